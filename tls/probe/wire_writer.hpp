// SPDX-License-Identifier: Apache-2.0
// Writes what we say: big-endian numbers, and vectors with their lengths in front.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/check.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace tls::probe {

// RFC 8446 section 3. What is written is ours: that it fits its length field is an invariant.
class WireWriter {
 public:
  WireWriter& u8(uint8_t value) { return number(value, 1); }
  WireWriter& u16(uint16_t value) { return number(value, 2); }
  WireWriter& u24(uint32_t value) { return number(value, 3); }
  WireWriter& bytes(flowtable::Bytes piece) {
    out_.insert(out_.end(), piece.begin(), piece.end());
    return *this;
  }
  WireWriter& text(std::string_view text) {
    out_.insert(out_.end(), text.begin(), text.end());
    return *this;
  }

  // A vector with a length of one, two or three bytes: what `fill` writes meanwhile.
  template <typename Fill>
  WireWriter& u8_vector(Fill&& fill) {
    return vector(1, std::forward<Fill>(fill));
  }
  template <typename Fill>
  WireWriter& u16_vector(Fill&& fill) {
    return vector(2, std::forward<Fill>(fill));
  }
  template <typename Fill>
  WireWriter& u24_vector(Fill&& fill) {
    return vector(3, std::forward<Fill>(fill));
  }

  [[nodiscard]] std::vector<uint8_t> take() { return std::move(out_); }

 private:
  WireWriter& number(size_t value, size_t width) {
    for (size_t i = width; i-- > 0;)
      out_.push_back(static_cast<uint8_t>(value >> 8 * i));
    return *this;
  }

  template <typename Fill>
  WireWriter& vector(size_t width, Fill&& fill) {
    const size_t at = out_.size();
    number(0, width);
    std::forward<Fill>(fill)();
    const size_t length = out_.size() - at - width;
    CHECK(length >> 8 * width == 0);
    for (size_t i = 0; i < width; ++i)
      out_[at + i] = static_cast<uint8_t>(length >> 8 * (width - 1 - i));
    return *this;
  }

  std::vector<uint8_t> out_;
};

}  // namespace tls::probe
