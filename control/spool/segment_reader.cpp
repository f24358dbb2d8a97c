// SPDX-License-Identifier: Apache-2.0
#include "control/spool/segment_reader.hpp"

#include "control/spool/mark_finder.hpp"

#include <utility>

namespace control {

SegmentRead read_record(const SpoolFile& file, const SpoolReadOrder& order) {
  SegmentRead read;
  MarkFinder finder(file, order.epoch, order.limit);
  uint64_t offset = order.offset;
  while (auto found = finder.at_or_after(offset)) {
    offset = found->next();
    if (found->mark.part == FrameMark::Part::foot) continue;
    // A number that is not of this segment: the head's place is all that counts.
    if (found->mark.seq < order.seq_min || found->mark.seq > order.end.seq) continue;
    auto payload = finder.payload_of(*found);
    if (!payload) continue;
    read.record =
        SpoolReading{found->mark.begin(), found->mark.end(),
                     std::make_shared<const std::string>(std::move(*payload)), offset + kMarkBytes};
    break;
  }
  read.failures = finder.failures();
  return read;
}

}  // namespace control
