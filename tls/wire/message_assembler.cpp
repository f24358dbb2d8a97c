// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/message_assembler.hpp"

#include <algorithm>

namespace tls {

using flowtable::Bytes;

PieceFate MessageAssembler::insert(uint64_t offset, Bytes piece) noexcept {
  if (piece.empty()) return PieceFate::duplicate;
  if (offset >= buffer_.size()) {
    truncated_ = true;
    return PieceFate::outside;
  }
  const auto begin = static_cast<size_t>(offset);
  if (piece.size() > buffer_.size() - begin) {
    truncated_ = true;
    piece = piece.first(buffer_.size() - begin);
  }
  const Range range{static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + piece.size())};
  const std::span<Range> taken = touched(range);
  const bool has_start = num_ranges_ > 0 && ranges_[0].begin == 0;
  const size_t num_gaps = num_ranges_ - (has_start ? 1 : 0);
  if (taken.empty() && begin > 0 && num_gaps == kGapsMax) {
    truncated_ = true;
    return PieceFate::gaps_full;
  }
  if (fill(range, taken, piece) == 0) return PieceFate::duplicate;
  merge(taken, range);
  return PieceFate::added;
}

Bytes MessageAssembler::prefix() const noexcept {
  if (num_ranges_ == 0 || ranges_[0].begin != 0) return {};
  return buffer_.first(ranges_[0].end);
}

bool MessageAssembler::has_gap() const noexcept {
  return num_ranges_ > 1 || (num_ranges_ == 1 && ranges_[0].begin != 0);
}

std::span<MessageAssembler::Range> MessageAssembler::touched(Range piece) noexcept {
  const std::span all = std::span(ranges_).first(num_ranges_);
  const auto first =
      std::ranges::find_if(all, [&](const Range& range) { return range.end >= piece.begin; });
  const auto last =
      std::find_if(first, all.end(), [&](const Range& range) { return range.begin > piece.end; });
  return {first, last};
}

size_t MessageAssembler::fill(Range piece, std::span<const Range> taken, Bytes bytes) noexcept {
  size_t num_new = 0;
  uint32_t at = piece.begin;
  const auto copy_until = [&](uint32_t end) {
    if (at >= end) return;
    std::ranges::copy(bytes.subspan(at - piece.begin, end - at), buffer_.begin() + at);
    num_new += end - at;
    at = end;
  };
  for (const Range& range : taken) {
    copy_until(std::min(range.begin, piece.end));
    const uint32_t end = std::min(range.end, piece.end);
    if (at >= end) continue;
    const Bytes again = bytes.subspan(at - piece.begin, end - at);
    conflict_ = conflict_ || !std::ranges::equal(again, buffer_.subspan(at, again.size()));
    at = end;
  }
  copy_until(piece.end);
  return num_new;
}

void MessageAssembler::merge(std::span<Range> taken, Range piece) noexcept {
  const auto all_end = ranges_.begin() + static_cast<std::ptrdiff_t>(num_ranges_);
  const auto to = ranges_.begin() + (taken.data() - ranges_.data());
  if (taken.empty()) {
    std::move_backward(to, all_end, all_end + 1);
    *to = piece;
    ++num_ranges_;
    return;
  }
  *to = {std::min(piece.begin, taken.front().begin), std::max(piece.end, taken.back().end)};
  std::move(to + static_cast<std::ptrdiff_t>(taken.size()), all_end, to + 1);
  num_ranges_ -= taken.size() - 1;
}

}  // namespace tls
