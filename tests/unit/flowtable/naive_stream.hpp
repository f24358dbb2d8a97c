// SPDX-License-Identifier: Apache-2.0
// What StreamAssembler does, said byte by byte.
#pragma once

#include "flowtable/reassembly.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace flowtable {

// A map from place to byte; the first to come wins. As slow as it is obvious.
class NaiveStream {
 public:
  NaiveStream(size_t capacity, uint32_t base_seq)
      : capacity_(static_cast<int64_t>(capacity)), base_seq_(base_seq) {}

  SegmentFate insert(uint32_t seq, Bytes payload) {
    if (payload.empty()) return SegmentFate::duplicate;
    // The signed distance that is congruent to seq - base_seq modulo 2^32.
    int64_t begin = int64_t{seq} - int64_t{base_seq_};
    if (begin >= int64_t{1} << 31) begin -= int64_t{1} << 32;
    if (begin < -(int64_t{1} << 31)) begin += int64_t{1} << 32;

    const int64_t end = begin + static_cast<int64_t>(payload.size());
    const size_t prefix_before = prefix().size();
    const bool full = static_cast<int64_t>(prefix_before) == capacity_;
    if (end > capacity_ && (begin < capacity_ || full)) cut_ = true;
    if (end <= 0 || begin >= capacity_) return SegmentFate::outside;
    if (would_be_one_hole_too_many(begin, end)) return SegmentFate::holes_full;

    size_t num_new = 0;
    for (size_t i = 0; i < payload.size(); ++i) {
      const int64_t place = begin + static_cast<int64_t>(i);
      if (place < 0 || place >= capacity_) continue;
      const auto [at, is_new] = bytes_.emplace(place, payload[i]);
      num_new += is_new ? 1 : 0;
      conflict_ = conflict_ || at->second != payload[i];
    }
    if (num_new == 0) return SegmentFate::duplicate;
    return prefix().size() > prefix_before ? SegmentFate::appended : SegmentFate::stored;
  }

  std::vector<uint8_t> prefix() const {
    std::vector<uint8_t> out;
    for (const auto& [place, byte] : bytes_) {
      if (place != static_cast<int64_t>(out.size())) break;
      out.push_back(byte);
    }
    return out;
  }
  void grow(size_t capacity) { capacity_ = static_cast<int64_t>(capacity); }
  bool conflict() const { return conflict_; }
  bool truncated() const { return cut_; }
  bool has_hole() const { return num_runs() > 0; }

 private:
  // Runs of bytes that do not begin at the start.
  size_t num_runs() const {
    size_t runs = 0;
    int64_t previous = -1;
    bool in_prefix = true;
    for (const auto& [place, byte] : bytes_) {
      const bool continues = place == previous + 1;
      if (!continues) {
        in_prefix = false;
        ++runs;
      }
      previous = place;
    }
    return in_prefix ? 0 : runs;
  }

  bool would_be_one_hole_too_many(int64_t begin, int64_t end) const {
    if (num_runs() < StreamAssembler::kHolesMax || begin <= 0) return false;
    // Bytes there, or right before or after, belong to a run that the segment would join.
    for (int64_t place = begin - 1; place <= end; ++place) {
      if (bytes_.contains(place)) return false;
    }
    return true;
  }

  std::map<int64_t, uint8_t> bytes_;
  int64_t capacity_;
  uint32_t base_seq_;
  bool conflict_ = false;
  bool cut_ = false;
};

}  // namespace flowtable
