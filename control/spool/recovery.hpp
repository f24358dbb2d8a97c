// SPDX-License-Identifier: Apache-2.0
// What earlier processes left in the directory, put in order and counted.
#pragma once

#include "control/spool/segment.hpp"
#include "control/spool/spool_counter.hpp"
#include "control/spool/spool_directory.hpp"

#include <deque>
#include <functional>
#include <string_view>

namespace control {

struct RecoveredSpool {
  std::deque<Segment> segments;  // all complete
  SpoolProgress progress;
  int64_t epoch_last = 0;  // the latest that any file speaks of
};

using SpoolLog = std::function<void(std::string_view)>;

// Cuts off what a write had left half done, completes what was open, removes what is done with,
// and counts: recovered is what the files tell of, dropped_damaged of it what lies in no file.
[[nodiscard]] flowtable::OrError<RecoveredSpool> recover_spool(const SpoolDirectory& directory,
                                                               SpoolCounters& counters,
                                                               const SpoolLog& log);

}  // namespace control
