// SPDX-License-Identifier: Apache-2.0
#include "control/spool/segment_scan.hpp"

#include <algorithm>

namespace control {
namespace {

using Found = MarkFinder::Found;

// Marks in order make the extent of a segment; one that goes back or contradicts is passed over.
class Extent {
 public:
  explicit Extent(int64_t first_seq) : first_seq_(first_seq) {}

  // False where the mark is passed over.
  bool take(const Found& found) {
    const FrameMark& mark = found.mark;
    const bool is_foot = mark.part == FrameMark::Part::foot;
    const bool is_due_foot =
        is_foot && head_ && mark.begin() == head_->mark.begin() && mark.end() == head_->mark.end();
    if (!is_due_foot) {
      if (!is_later(mark)) return false;
      // Something follows the record before: it was whole, though its foot is damaged.
      if (head_) add(head_->mark, found.at);
      head_.reset();
    }
    if (is_foot) {
      add(mark, found.next());
      head_.reset();
    } else {
      head_ = found;
    }
    return true;
  }

  // The last head, where nothing behind it says that its record was written whole.
  [[nodiscard]] const std::optional<Found>& open_head() const { return head_; }
  void confirm(uint64_t bytes) { add(head_->mark, bytes); }
  [[nodiscard]] const std::optional<ScannedSegment>& known() const { return known_; }

 private:
  [[nodiscard]] bool is_later(const FrameMark& mark) const {
    if (head_) return mark.begin().is_at_or_after(head_->mark.end());
    if (known_) return mark.begin().is_at_or_after(known_->end);
    return mark.seq >= first_seq_;
  }
  // A record was written whole, and the file up to `bytes` belongs to it and those before.
  void add(const FrameMark& mark, uint64_t bytes) {
    if (!known_) known_ = ScannedSegment{mark.begin(), mark.end(), bytes};
    known_->end = mark.end();
    known_->bytes = bytes;
  }

  int64_t first_seq_;
  std::optional<ScannedSegment> known_;
  std::optional<Found> head_;
};

}  // namespace

std::optional<ScannedSegment> scan_segment(MarkFinder& finder, int64_t first_seq) {
  Extent extent(first_seq);
  uint64_t offset = 0;
  while (const auto found = finder.at_or_after(offset)) {
    offset = extent.take(*found) ? found->next() : found->at + kMarkBytes;
  }
  const auto& head = extent.open_head();
  if (head && finder.payload_of(*head)) {
    extent.confirm(std::min(head->next() + kMarkBytes, finder.limit()));
  }
  return extent.known();
}

}  // namespace control
