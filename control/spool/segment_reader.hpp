// SPDX-License-Identifier: Apache-2.0
// Reads the next record of a segment's file.
#pragma once

#include "control/spool/spool_books.hpp"
#include "control/spool/spool_file.hpp"

#include <cstdint>
#include <optional>

namespace control {

struct SegmentRead {
  std::optional<SpoolReading> record;  // empty: no whole one is left up to the order's end
  uint64_t failures = 0;               // of the system's reads
};

// Passes over what is damaged, and over records that the order does not ask for.
[[nodiscard]] SegmentRead read_record(const SpoolFile& file, const SpoolReadOrder& order);

}  // namespace control
