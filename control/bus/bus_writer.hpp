// SPDX-License-Identifier: Apache-2.0
// From the bus into Postgres.
#pragma once

#include "control/bus/bus_counter.hpp"
#include "control/bus/bus_session.hpp"
#include "control/storage/connection.hpp"
#include "control/storage/copy_writer.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace control {

// The database's end: a thread for each partition. Any number of writers share a bus. A partition's
// records are handed out one at a time, and another writer gets what one of them did not
// acknowledge; both may store the same record, of which the database takes one.
class BusWriter {
 public:
  struct Options {
    BusAddress address;
    DatabaseAddress database;
    std::chrono::milliseconds retry{500};
    // Called before a thread connects to the database: EmbeddedCluster::ensure_running.
    std::function<flowtable::OrError<void>()> revive;
    std::function<void(std::string_view)> log;  // by any of the threads, one at a time
  };

  explicit BusWriter(Options options);  // starts the threads
  BusWriter(const BusWriter&) = delete;
  BusWriter& operator=(const BusWriter&) = delete;
  ~BusWriter();  // each thread ends after the record it has in hand, or gives that back

  [[nodiscard]] uint64_t count(BusCounter counter) const noexcept;

 private:
  class Lane;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace control
