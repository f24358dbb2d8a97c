// SPDX-License-Identifier: Apache-2.0
// The memory: which database, who writes it, who asks it.
#pragma once

#include "control/bus/bus_drain.hpp"
#include "control/bus/bus_writer.hpp"
#include "control/config/settings.hpp"
#include "control/storage/embedded_cluster.hpp"
#include "control/storage/labels.hpp"
#include "control/storage/queries.hpp"
#include "control/storage/retention.hpp"
#include "control/storage/store_writer.hpp"
#include "flowtable/base/result.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace control {

// Of `storage.database`: the private cluster, yours, or none. Owner: the main thread.
class Memory {
 public:
  // Starts the private cluster where it is wanted, brings the schema up to date and starts the
  // writer. With "none" everything below is null. A database of yours that does not answer is an
  // error at the first start in this state_dir; at a later one the spool takes what comes until it
  // does.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<Memory>> open(const Settings& settings);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  [[nodiscard]] StoreWriter* writer() noexcept { return writer_.get(); }
  [[nodiscard]] const StoreWriter* writer() const noexcept { return writer_.get(); }
  [[nodiscard]] Queries* queries() noexcept { return queries_.get(); }
  // What takes other sensors' records from the bus; null where this daemon does not.
  [[nodiscard]] const BusWriter* bus_writer() const noexcept { return bus_writer_.get(); }
  // The sensor's end of the bus; null where records go into the database themselves.
  [[nodiscard]] const BusDrain* bus_drain() const noexcept { return bus_drain_; }
  [[nodiscard]] const Retention* retention() const noexcept { return retention_.get(); }
  // Null where there is none.
  [[nodiscard]] const DatabaseAddress* address() const noexcept {
    return address_ ? &*address_ : nullptr;
  }
  [[nodiscard]] Labels* labels() noexcept { return labels_.get(); }
  // One word for `tapseal status`: connected, away, none.
  [[nodiscard]] std::string_view state() const;

  // Stores what is waiting, then stops the private cluster. Once; after the pipeline has drained.
  void drain();

 private:
  Memory() = default;
  [[nodiscard]] flowtable::OrError<DatabaseAddress> choose_database(const Settings& settings);
  [[nodiscard]] flowtable::OrError<void> start_writing(const Settings& settings);
  [[nodiscard]] flowtable::OrError<void> prepare_schema(const Settings& settings);
  [[nodiscard]] flowtable::OrError<void> revive();
  void stop_writer();

  std::mutex reviving_;
  std::atomic<bool> is_schema_due_ = false;  // of a database that was away at the start
  std::unique_ptr<EmbeddedCluster> cluster_;
  std::unique_ptr<StoreWriter> writer_;
  BusDrain* bus_drain_ = nullptr;  // the writer's
  std::unique_ptr<BusWriter> bus_writer_;
  std::unique_ptr<Queries> queries_;
  std::unique_ptr<Retention> retention_;
  std::optional<DatabaseAddress> address_;
  std::unique_ptr<Labels> labels_;
};

}  // namespace control
