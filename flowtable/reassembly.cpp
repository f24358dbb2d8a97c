// SPDX-License-Identifier: Apache-2.0
#include "flowtable/reassembly.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>
#include <limits>

namespace flowtable {
namespace {

constexpr size_t kBufferMax = std::numeric_limits<int32_t>::max();

}  // namespace

void StreamAssembler::start(std::span<uint8_t> buffer, uint32_t base_seq) noexcept {
  DCHECK(buffer.size() <= kBufferMax);
  *this = StreamAssembler();
  buffer_ = buffer;
  base_seq_ = base_seq;
}

int64_t StreamAssembler::offset_of(uint32_t seq) const noexcept {
  // RFC 9293 section 3.4: sequence numbers are compared modulo 2^32; the nearer way round counts.
  return static_cast<int32_t>(seq - base_seq_);
}

bool StreamAssembler::covers(uint32_t seq, size_t payload_bytes) const noexcept {
  const int64_t offset = offset_of(seq);
  const auto capacity_bytes = static_cast<int64_t>(buffer_.size());
  return offset <= capacity_bytes &&
         payload_bytes <= static_cast<uint64_t>(capacity_bytes - offset);
}

SegmentFate StreamAssembler::insert(uint32_t seq, Bytes payload) noexcept {
  if (payload.empty()) return SegmentFate::duplicate;
  int64_t begin = offset_of(seq);
  if (begin < 0) {
    if (static_cast<uint64_t>(-begin) >= payload.size()) return SegmentFate::outside;
    payload = payload.subspan(static_cast<size_t>(-begin));
    begin = 0;
  }
  const size_t offset = static_cast<size_t>(begin);
  if (offset >= buffer_.size()) {
    truncated_ = truncated_ || (started() && prefix_bytes_ == buffer_.size());
    return SegmentFate::outside;
  }
  const size_t space = buffer_.size() - offset;
  if (payload.size() > space) {
    truncated_ = true;
    payload = payload.first(space);
  }

  const Interval segment{static_cast<uint32_t>(offset),
                         static_cast<uint32_t>(offset + payload.size())};
  const std::span<Interval> taken = touched(segment);
  const bool at_prefix = segment.begin <= prefix_bytes_;
  if (!at_prefix && taken.empty() && num_intervals_ == kHolesMax) return SegmentFate::holes_full;
  const size_t num_filled = fill(segment, taken, payload);
  if (num_filled == 0) return SegmentFate::duplicate;
  Interval merged = segment;
  if (!taken.empty()) {
    merged = {std::min(segment.begin, taken.front().begin),
              std::max(segment.end, taken.back().end)};
  }
  replace(taken, merged);
  return at_prefix ? SegmentFate::appended : SegmentFate::stored;
}

std::span<StreamAssembler::Interval> StreamAssembler::touched(Interval segment) noexcept {
  const std::span all = std::span(intervals_).first(num_intervals_);
  const auto first = std::ranges::find_if(
      all, [&](const Interval& interval) { return interval.end >= segment.begin; });
  const auto last = std::find_if(
      first, all.end(), [&](const Interval& interval) { return interval.begin > segment.end; });
  return {first, last};
}

size_t StreamAssembler::fill(Interval segment, std::span<const Interval> taken,
                             Bytes payload) noexcept {
  size_t num_filled = 0;
  uint32_t at = segment.begin;
  const auto copy_until = [&](uint32_t end) {
    if (at >= end) return;
    copy_bytes(payload.subspan(at - segment.begin, end - at), buffer_.data() + at);
    num_filled += end - at;
    at = end;
  };
  const auto pass = [&](Interval interval) {
    const Interval part{std::max(at, interval.begin), std::min(segment.end, interval.end)};
    if (part.begin >= part.end) return;
    copy_until(part.begin);
    compare(part, segment, payload);
    at = part.end;
  };
  pass(Interval{0, prefix_bytes_});
  for (const Interval& interval : taken)
    pass(interval);
  copy_until(segment.end);
  return num_filled;
}

void StreamAssembler::compare(Interval part, Interval segment, Bytes payload) noexcept {
  const Bytes again = payload.subspan(part.begin - segment.begin, part.end - part.begin);
  conflict_ = conflict_ || !std::ranges::equal(again, buffer_.subspan(part.begin, again.size()));
}

void StreamAssembler::replace(std::span<Interval> touched, Interval merged) noexcept {
  const auto all_end = intervals_.begin() + num_intervals_;
  auto to = intervals_.begin() + (touched.data() - intervals_.data());
  const auto after = to + static_cast<std::ptrdiff_t>(touched.size());
  if (merged.begin <= prefix_bytes_) {
    prefix_bytes_ = std::max(prefix_bytes_, merged.end);
  } else if (touched.empty()) {
    std::move_backward(after, all_end, all_end + 1);
    *to = merged;
    ++num_intervals_;
    return;
  } else {
    *to++ = merged;
  }
  num_intervals_ = static_cast<uint8_t>(std::move(after, all_end, to) - intervals_.begin());
}

void StreamAssembler::move_to(std::span<uint8_t> larger) noexcept {
  DCHECK(larger.size() >= buffer_.size() && larger.size() <= kBufferMax);
  const auto move = [&](Interval part) {
    std::ranges::copy(buffer_.subspan(part.begin, part.end - part.begin),
                      larger.begin() + part.begin);
  };
  move(Interval{0, prefix_bytes_});
  for (size_t i = 0; i < num_intervals_; ++i)
    move(intervals_[i]);
  buffer_ = larger;
}

Bytes StreamAssembler::behind_hole() const noexcept {
  if (prefix_bytes_ > 0 || num_intervals_ == 0) return {};
  return buffer_.subspan(intervals_[0].begin, intervals_[0].end - intervals_[0].begin);
}

Bytes StreamAssembler::from(uint32_t seq) const noexcept {
  const int64_t offset = offset_of(seq);
  const auto rest_of = [&](Interval part) -> Bytes {
    if (offset < part.begin || offset >= part.end) return {};
    return buffer_.subspan(static_cast<size_t>(offset), part.end - static_cast<size_t>(offset));
  };
  Bytes out = rest_of({0, prefix_bytes_});
  for (size_t i = 0; i < num_intervals_ && out.empty(); ++i)
    out = rest_of(intervals_[i]);
  return out;
}

void StreamAssembler::skip_hole() noexcept {
  if (behind_hole().empty()) return;
  const uint32_t hole_bytes = intervals_[0].begin;
  buffer_ = buffer_.subspan(hole_bytes);
  base_seq_ += hole_bytes;
  for (Interval& interval : std::span(intervals_).first(num_intervals_)) {
    interval.begin -= hole_bytes;
    interval.end -= hole_bytes;
  }
  prefix_bytes_ = intervals_[0].end;
  const auto all_end = intervals_.begin() + num_intervals_;
  std::move(intervals_.begin() + 1, all_end, intervals_.begin());
  --num_intervals_;
}

void StreamAssembler::move_start(uint32_t seq) noexcept {
  const int64_t offset = offset_of(seq);
  const auto capacity_bytes = static_cast<int64_t>(buffer_.size());
  if (offset > capacity_bytes || offset < -capacity_bytes) return;
  if (offset > 0) move_later(static_cast<uint32_t>(offset));
  if (offset < 0) move_earlier(static_cast<uint32_t>(-offset));
}

void StreamAssembler::move_later(uint32_t bytes) noexcept {
  std::ranges::copy(buffer_.subspan(bytes), buffer_.begin());
  base_seq_ += bytes;
  prefix_bytes_ = prefix_bytes_ > bytes ? prefix_bytes_ - bytes : 0;
  size_t num_left = 0;
  for (const Interval& old : std::span(intervals_).first(num_intervals_)) {
    if (old.end <= bytes) continue;
    const Interval moved{old.begin > bytes ? old.begin - bytes : 0, old.end - bytes};
    if (moved.begin == 0) {
      prefix_bytes_ = moved.end;
    } else {
      intervals_[num_left++] = moved;
    }
  }
  num_intervals_ = static_cast<uint8_t>(num_left);
}

void StreamAssembler::move_earlier(uint32_t bytes) noexcept {
  std::ranges::copy_backward(buffer_.first(buffer_.size() - bytes), buffer_.end());
  base_seq_ -= bytes;
  // What has been in order becomes the first of the intervals.
  const size_t num_new = prefix_bytes_ > 0 ? 1 : 0;
  const size_t num_kept = std::min<size_t>(num_intervals_, kHolesMax - num_new);
  truncated_ = truncated_ || num_kept < num_intervals_;
  std::move_backward(intervals_.begin(), intervals_.begin() + num_kept,
                     intervals_.begin() + num_kept + num_new);
  if (num_new > 0) intervals_[0] = {0, prefix_bytes_};
  prefix_bytes_ = 0;
  const auto capacity_bytes = static_cast<uint32_t>(buffer_.size());
  size_t num_left = 0;
  for (const Interval& old : std::span(intervals_).first(num_kept + num_new)) {
    truncated_ = truncated_ || old.end + bytes > capacity_bytes;
    if (old.begin + bytes >= capacity_bytes) break;
    intervals_[num_left++] = {old.begin + bytes, std::min(old.end + bytes, capacity_bytes)};
  }
  num_intervals_ = static_cast<uint8_t>(num_left);
}

void StreamAssembler::compare_again(uint32_t seq, Bytes payload) noexcept {
  const int64_t begin = std::max<int64_t>(offset_of(seq), 0);
  const int64_t end =
      std::min<int64_t>(offset_of(seq) + static_cast<int64_t>(payload.size()), prefix_bytes_);
  if (begin >= end) return;
  const Bytes there =
      prefix().subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
  const Bytes again = payload.subspan(static_cast<size_t>(begin - offset_of(seq)), there.size());
  conflict_ = conflict_ || !std::ranges::equal(there, again);
}

}  // namespace flowtable
