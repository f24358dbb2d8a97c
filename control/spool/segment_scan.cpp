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

  [[nodiscard]] bool fits(const FrameMark& mark) const {
    if (mark.seq < first_seq_) return false;
    return !known_ || mark.begin().is_at_or_after(known_->end) || mark.end() == known_->end;
  }
  // A record was written whole, and the file up to `bytes` belongs to it and those before.
  void add(const FrameMark& mark, uint64_t bytes) {
    if (!known_) known_ = ScannedSegment{mark.begin(), mark.end(), bytes};
    known_->end = mark.end();
    known_->bytes = bytes;
  }
  [[nodiscard]] const std::optional<ScannedSegment>& known() const { return known_; }

 private:
  int64_t first_seq_;
  std::optional<ScannedSegment> known_;
};

}  // namespace

std::optional<ScannedSegment> scan_segment(MarkFinder& finder, int64_t first_seq) {
  Extent extent(first_seq);
  std::optional<Found> unconfirmed;  // a head without anything after it so far
  uint64_t offset = 0;
  while (const auto found = finder.at_or_after(offset)) {
    offset = found->at + kMarkBytes;
    if (!extent.fits(found->mark)) continue;
    offset = found->next();
    if (found->mark.part == FrameMark::Part::head) {
      // Something follows the one before: it was whole, though its foot is damaged.
      if (unconfirmed) extent.add(unconfirmed->mark, found->at);
      unconfirmed = found;
    } else {
      extent.add(found->mark, offset);
      unconfirmed.reset();
    }
  }
  if (unconfirmed && extent.fits(unconfirmed->mark) && finder.payload_of(*unconfirmed)) {
    const uint64_t end = unconfirmed->next() + kMarkBytes;
    extent.add(unconfirmed->mark, std::min(end, finder.limit()));
  }
  return extent.known();
}

}  // namespace control
