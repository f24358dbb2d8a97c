// SPDX-License-Identifier: Apache-2.0
// Who takes records out of the spool.
#pragma once

#include "control/storage/store_counter.hpp"

#include <chrono>

namespace control {

// Owns a thread that is the spool's only consumer: it stores records in a database itself, or sends
// them to someone who does, and releases what the database has.
class RecordDrain {
 public:
  virtual ~RecordDrain() = default;
  // Goes on until the (closed) spool is empty, at most until `deadline`, then ends the thread; what
  // is left stays in the spool. Once.
  virtual void stop(std::chrono::steady_clock::time_point deadline) = 0;
  // The other side took the last record (or none was tried yet). Any thread.
  [[nodiscard]] virtual bool is_storing() const = 0;
  [[nodiscard]] virtual const StoreCounters& counters() const noexcept = 0;
};

}  // namespace control
