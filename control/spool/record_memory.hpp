// SPDX-License-Identifier: Apache-2.0
// The newest records' payloads.
#pragma once

#include "control/spool/spool_point.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

namespace control {

// Of one epoch, in order of seq. What is on disk too is let go, oldest first, when there is more
// than `bytes_max`; what is not stays until it is released.
class RecordMemory {
 public:
  explicit RecordMemory(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  struct Kept {
    int64_t seq = 0;
    SpoolLoad before;
    SpoolLoad load;
    std::shared_ptr<const std::string> payload;
    uint64_t segment_offset = 0;  // where the record after it begins
    bool is_only_copy = false;
  };

  [[nodiscard]] bool has_room_for_only_copy(uint64_t payload_bytes) const noexcept;
  void add(Kept record);
  [[nodiscard]] const Kept* find(int64_t seq) const noexcept;
  // Of records above `after` up to and including `last`.
  void remove(int64_t after, int64_t last);

 private:
  using Records = std::deque<Kept>;
  void forget(const Kept& record) noexcept;
  void shrink();

  uint64_t bytes_max_;
  uint64_t bytes_ = 0;
  uint64_t only_copy_bytes_ = 0;
  Records records_;
};

}  // namespace control
