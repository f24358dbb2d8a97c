// SPDX-License-Identifier: Apache-2.0
// The only way to read wire bytes.
#pragma once

#include "flowtable/base/big_endian.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace flowtable {

// Borrowed bytes. Whoever hands them out says for how long they stay.
using Bytes = std::span<const uint8_t>;

// To `to`, where there is room for them. The library's std::ranges::copy() goes byte by byte
// between a span and an array (GCC 12).
inline void copy_bytes(Bytes from, uint8_t* to) noexcept {
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
}

// A cursor over borrowed bytes. Every read either succeeds and advances, or returns false and
// leaves the cursor where it was; all go through take(), so there is one bounds check to audit.
// A length-prefixed field is read into a child reader that sees exactly its window, and a parser
// that has read all it knows asks empty(): left-over bytes are an error where the format says so.
// Owns nothing, allocates nothing, never throws; one thread at a time.
class ByteReader {
 public:
  constexpr ByteReader() noexcept = default;
  constexpr explicit ByteReader(Bytes bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] constexpr bool empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] constexpr size_t size() const noexcept { return bytes_.size(); }
  // What has not been read yet.
  [[nodiscard]] constexpr Bytes rest() const noexcept { return bytes_; }

  [[nodiscard]] constexpr bool take(size_t length, Bytes& out) noexcept {
    if (length > bytes_.size()) return false;
    out = bytes_.first(length);
    bytes_ = bytes_.subspan(length);
    return true;
  }

  [[nodiscard]] constexpr bool skip(size_t length) noexcept {
    Bytes ignored;
    return take(length, ignored);
  }

  [[nodiscard]] constexpr bool u8(uint8_t& out) noexcept {
    Bytes field;
    if (!take(1, field)) return false;
    out = field[0];
    return true;
  }

  [[nodiscard]] constexpr bool u16(uint16_t& out) noexcept {
    Bytes field;
    if (!take(2, field)) return false;
    out = load_be16(field.data());
    return true;
  }

  [[nodiscard]] constexpr bool u24(uint32_t& out) noexcept {
    Bytes field;
    if (!take(3, field)) return false;
    out = load_be24(field.data());
    return true;
  }

  [[nodiscard]] constexpr bool u32(uint32_t& out) noexcept {
    Bytes field;
    if (!take(4, field)) return false;
    out = load_be32(field.data());
    return true;
  }

  [[nodiscard]] constexpr bool u64(uint64_t& out) noexcept {
    Bytes field;
    if (!take(8, field)) return false;
    out = load_be64(field.data());
    return true;
  }

  // TLS vectors (RFC 8446 section 3.4): a length of one, two or three bytes, then that many bytes.
  [[nodiscard]] constexpr bool u8_prefixed(ByteReader& child) noexcept {
    return prefixed(&ByteReader::u8, uint8_t{}, child);
  }
  [[nodiscard]] constexpr bool u16_prefixed(ByteReader& child) noexcept {
    return prefixed(&ByteReader::u16, uint16_t{}, child);
  }
  [[nodiscard]] constexpr bool u24_prefixed(ByteReader& child) noexcept {
    return prefixed(&ByteReader::u24, uint32_t{}, child);
  }

 private:
  template <typename Length>
  [[nodiscard]] constexpr bool prefixed(bool (ByteReader::*read)(Length&) noexcept, Length length,
                                        ByteReader& child) noexcept {
    ByteReader ahead = *this;
    Bytes window;
    if (!(ahead.*read)(length) || !ahead.take(length, window)) return false;
    child = ByteReader(window);
    *this = ahead;
    return true;
  }

  Bytes bytes_;
};

}  // namespace flowtable
