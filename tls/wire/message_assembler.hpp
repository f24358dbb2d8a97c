// SPDX-License-Identifier: Apache-2.0
// Pieces of a byte range that come with their offsets, put in their places.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tls {

// What insert() did with a piece.
enum class PieceFate : uint8_t {
  added,      // at least one byte of it is new
  duplicate,  // nothing new
  outside,    // begins behind the end of the buffer
  gaps_full,  // would open one gap more than kGapsMax: not stored
};

// For fragments of a DTLS message (RFC 9147 section 5.5) and for CRYPTO frames of a QUIC packet
// number space (RFC 9000 section 19.6): pieces in any order, again, and overlapping. Where they
// overlap the bytes that came first win, and a later copy that differs sets conflict(). The
// caller's buffer is the bound. Allocates nothing; one thread at a time.
class MessageAssembler {
 public:
  // Browsers cut a hello into some dozen pieces and shuffle them on purpose.
  static constexpr size_t kGapsMax = 64;

  MessageAssembler() noexcept = default;
  // The first byte of `buffer` is offset 0. Borrowed, less than 4 GiB.
  explicit MessageAssembler(std::span<uint8_t> buffer) noexcept : buffer_(buffer) {}

  // What sticks out of the buffer's end is cut off.
  PieceFate insert(uint64_t offset, flowtable::Bytes piece) noexcept;

  // The bytes from offset 0 up to the first gap.
  [[nodiscard]] flowtable::Bytes prefix() const noexcept;
  // The buffer is full, without a gap.
  [[nodiscard]] bool full() const noexcept { return prefix().size() == buffer_.size(); }
  [[nodiscard]] bool has_gap() const noexcept;
  // Two copies of a byte differed.
  [[nodiscard]] bool conflict() const noexcept { return conflict_; }
  // A piece reached beyond the buffer's end, or there were too many gaps to keep it.
  [[nodiscard]] bool truncated() const noexcept { return truncated_; }
  [[nodiscard]] size_t capacity() const noexcept { return buffer_.size(); }

 private:
  struct Range {
    uint32_t begin;
    uint32_t end;
  };

  // The ranges that [begin, end) overlaps or touches.
  [[nodiscard]] std::span<Range> touched(Range piece) noexcept;
  // Copies what is new of `piece` around `taken`, compares the rest; returns the bytes copied.
  size_t fill(Range piece, std::span<const Range> taken, flowtable::Bytes bytes) noexcept;
  void merge(std::span<Range> taken, Range piece) noexcept;

  std::span<uint8_t> buffer_;
  // What is there: sorted, apart from each other. One more than gaps, for the range at offset 0.
  std::array<Range, kGapsMax + 1> ranges_{};
  size_t num_ranges_ = 0;
  bool conflict_ = false;
  bool truncated_ = false;
};

}  // namespace tls
