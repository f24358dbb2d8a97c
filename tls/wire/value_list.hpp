// SPDX-License-Identifier: Apache-2.0
// Lists of fixed-size numbers, read in place.
#pragma once

#include "flowtable/base/big_endian.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstddef>
#include <cstdint>

namespace tls {

// A window of 16-bit values in network order. Borrows; iterates in wire order.
class U16List {
 public:
  class Iterator {
   public:
    explicit Iterator(const uint8_t* at) noexcept : at_(at) {}
    uint16_t operator*() const noexcept { return flowtable::load_be16(at_); }
    Iterator& operator++() noexcept {
      at_ += 2;
      return *this;
    }
    bool operator==(const Iterator&) const noexcept = default;

   private:
    const uint8_t* at_;
  };

  U16List() noexcept = default;
  [[nodiscard]] static Parsed<U16List> from(flowtable::Bytes bytes) noexcept {
    if (bytes.size() % 2 != 0) return fail(ParseError::list_length_odd);
    U16List list;
    list.bytes_ = bytes;
    return list;
  }

  [[nodiscard]] Iterator begin() const noexcept { return Iterator(bytes_.data()); }
  [[nodiscard]] Iterator end() const noexcept { return Iterator(bytes_.data() + bytes_.size()); }
  [[nodiscard]] size_t size() const noexcept { return bytes_.size() / 2; }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

 private:
  flowtable::Bytes bytes_;
};

}  // namespace tls
