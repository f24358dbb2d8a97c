// SPDX-License-Identifier: Apache-2.0
// One direction of a TCP connection, put in order inside a fixed buffer.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace flowtable {

// What insert() did with a segment.
enum class SegmentFate : uint8_t {
  appended,    // continued the in-order prefix (which may have grown over stored bytes too)
  stored,      // beyond a hole: waits for the bytes before it
  duplicate,   // nothing new
  outside,     // wholly before the start or beyond the buffer's end, or not started
  holes_full,  // would open one hole more than kHolesMax: not stored
};

// Bytes go straight from the packet to their place in the buffer, in order or not: the one copy of
// the packet path. Which places are filled is a short sorted list of intervals. Where segments
// overlap the bytes that came first win, and a later copy that differs sets conflict().
// Owned by one core until the capture that holds it is handed off; no allocation.
class StreamAssembler {
 public:
  // Intervals beyond the in-order prefix.
  static constexpr size_t kHolesMax = 24;

  // Starts afresh over `buffer` (borrowed, less than 2 GiB), whose first byte is TCP sequence
  // number `base_seq`.
  void start(std::span<uint8_t> buffer, uint32_t base_seq) noexcept;

  // Puts the payload that begins at sequence number `seq` in its place. Sequence numbers wrap: one
  // that is 2^31 or more after base_seq counts as before it. What sticks out of the buffer at
  // either end is cut off.
  SegmentFate insert(uint32_t seq, Bytes payload) noexcept;
  // True where insert() would cut nothing off at the buffer's end; ask before, move to a larger
  // one.
  [[nodiscard]] bool covers(uint32_t seq, size_t payload_bytes) const noexcept;

  // For a datagram that does not fit: says what insert() would say of a stream.
  void mark_truncated() noexcept { truncated_ = true; }

  // Moves what is there to a larger buffer (borrowed, less than 2 GiB, no overlap).
  void move_to(std::span<uint8_t> larger) noexcept;

  // Where nothing is there from the start on, but something behind the first hole: those bytes;
  // skip_hole() then makes them the start. For what will not be filled any more.
  [[nodiscard]] Bytes behind_hole() const noexcept;
  // What is there without a hole from `seq` on.
  [[nodiscard]] Bytes from(uint32_t seq) const noexcept;
  void skip_hole() noexcept;

  // Makes `seq` the first byte's number. What lies before it is let go; where it lies before the
  // start there is a hole then, and what does not fit any more behind it is cut off. Nothing
  // happens where `seq` is further from the start than the buffer is long.
  void move_start(uint32_t seq) noexcept;

  // Compares bytes that come again with those that are there, and stores nothing.
  void compare_again(uint32_t seq, Bytes payload) noexcept;

  [[nodiscard]] bool started() const noexcept { return !buffer_.empty(); }
  // The bytes from base_seq up to the first hole.
  [[nodiscard]] Bytes prefix() const noexcept { return buffer_.first(prefix_bytes_); }
  [[nodiscard]] bool has_hole() const noexcept { return num_intervals_ > 0; }
  // Two copies of a byte differed.
  [[nodiscard]] bool conflict() const noexcept { return conflict_; }
  // Bytes of the stream were cut off at the end of the buffer, or came after it was full.
  [[nodiscard]] bool truncated() const noexcept { return truncated_; }
  [[nodiscard]] uint32_t base_seq() const noexcept { return base_seq_; }
  [[nodiscard]] size_t capacity() const noexcept { return buffer_.size(); }

 private:
  struct Interval {
    uint32_t begin;
    uint32_t end;
  };

  [[nodiscard]] int64_t offset_of(uint32_t seq) const noexcept;
  // The intervals that [begin, end) overlaps or touches.
  [[nodiscard]] std::span<Interval> touched(Interval segment) noexcept;
  // Fills what is free of `segment` from `payload`, compares the rest; returns the bytes filled.
  size_t fill(Interval segment, std::span<const Interval> taken, Bytes payload) noexcept;
  void compare(Interval part, Interval segment, Bytes payload) noexcept;
  void replace(std::span<Interval> touched, Interval merged) noexcept;
  void move_later(uint32_t bytes) noexcept;
  void move_earlier(uint32_t bytes) noexcept;

  std::span<uint8_t> buffer_;
  uint32_t base_seq_ = 0;
  uint32_t prefix_bytes_ = 0;
  uint8_t num_intervals_ = 0;
  bool conflict_ = false;
  bool truncated_ = false;
  std::array<Interval, kHolesMax> intervals_{};
};

}  // namespace flowtable
