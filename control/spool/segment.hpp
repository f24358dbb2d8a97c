// SPDX-License-Identifier: Apache-2.0
// One segment as the spool knows it.
#pragma once

#include "control/spool/spool_file.hpp"
#include "control/spool/spool_point.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace control {

// A run of records: a file, or one record in memory alone (no name).
struct Segment {
  uint64_t id = 0;  // in their order, each its own
  int64_t epoch = 0;
  SpoolPoint begin;
  SpoolPoint end;
  SpoolPoint read;  // up to here each record was handed out once, or counted as damaged
  std::string name;
  uint64_t bytes = 0;
  bool continues = false;  // is dropped along with the one before
  bool complete = false;   // nothing is added any more
  std::chrono::system_clock::time_point began;
  // Shared with the consumer in the middle of a read; reset, it does not keep a dropped file's
  // bytes on the disk.
  std::shared_ptr<const SpoolFile> file;

  [[nodiscard]] bool is_on_disk() const noexcept { return !name.empty(); }
  [[nodiscard]] bool has(int64_t of_epoch, int64_t seq) const noexcept {
    return of_epoch == epoch && seq > begin.seq && seq <= end.seq;
  }
};

}  // namespace control
