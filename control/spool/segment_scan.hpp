// SPDX-License-Identifier: Apache-2.0
// What a process that was killed left in the segment it was writing.
#pragma once

#include "control/spool/mark_finder.hpp"
#include "control/spool/spool_point.hpp"

#include <cstdint>
#include <optional>

namespace control {

struct ScannedSegment {
  SpoolPoint begin;
  SpoolPoint end;
  uint64_t bytes = 0;  // to here records were written whole; what follows is half of one
};

// From the marks alone: the payload of the last record is looked at only where its foot is not
// there. nullopt where no record was written whole, or none can be told of.
[[nodiscard]] std::optional<ScannedSegment> scan_segment(MarkFinder& finder, int64_t first_seq);

}  // namespace control
