// SPDX-License-Identifier: Apache-2.0
// Stores a batch in one transaction.
#pragma once

#include "control/storage/batch_rows.hpp"
#include "control/storage/connection.hpp"
#include "control/storage/session_partitions.hpp"
#include "control/storage/store_items.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace control {

struct StoreOutcome {
  bool stored_before = false;  // an earlier attempt had been committed after all
  uint64_t num_sessions = 0;   // the tap's TLS sessions and SSH connections
  uint64_t num_refused = 0;    // of those, what the server would not take, left out and logged
  uint64_t num_scan_rows = 0;  // the scanner's sessions, services and targets
  uint64_t num_scan_rows_refused = 0;
  uint64_t num_scans_refused = 0;  // audit rows
  uint64_t num_certificates_new = 0;
  uint64_t num_chains_new = 0;
};

// Binary COPY: sessions straight into their partitions, everything that has to be merged through
// temporary staging tables. All of a batch is committed or nothing, and once: its number goes into
// `ingest_cursor` in the same transaction. A number already there means that the batch is stored;
// so after a connection that died during COMMIT the same call is simply made again. It waits
// (row lock of the cursor) for a transaction of the dead connection that the server still has.
//
// Rows are locked table by table in a fixed order, and in each by key: writers never deadlock.
// Owns its connection; one thread.
class CopyWriter {
 public:
  struct Options {
    std::string sensor;
    int64_t epoch = 0;  // of this run of the writer: batch numbers count within it
    std::function<void(std::string_view)> log;
  };
  // Makes the staging tables of a new connection and the row of the sensor.
  static OrDatabaseError<CopyWriter> open(DatabaseConnection database, Options options);

  // `seq` grows by one per batch, from 1. On an error nothing of the batch is stored, or (when the
  // connection died) perhaps all of it: call again with the same number and the same rows. Rows
  // that the server refuses are found by halving and left out; they cause no error.
  OrDatabaseError<StoreOutcome> store(int64_t seq, const StoreItems& items);
  OrDatabaseError<StoreOutcome> store(int64_t seq, ObservationRefs observations) {
    return store(seq, StoreItems{observations, {}, {}, {}});
  }

  [[nodiscard]] bool is_alive() const noexcept { return database_.is_alive(); }

 private:
  CopyWriter(DatabaseConnection database, Options options)
      : database_(std::move(database)), options_(std::move(options)) {}
  OrDatabaseError<bool> begin(int64_t seq);
  OrDatabaseError<void> store_rows(const StoreItems& items, StoreOutcome& outcome);
  OrDatabaseError<void> store_halves(const StoreItems& items, StoreOutcome& outcome);
  OrDatabaseError<void> store_guarded(const StoreItems& items, StoreOutcome& outcome);
  OrDatabaseError<StoreOutcome> store_without_refused(int64_t seq, const StoreItems& items);
  void note_refused(const StoreItems& one, const DatabaseError& error, StoreOutcome& outcome) const;

  DatabaseConnection database_;
  Options options_;
  SessionPartitions partitions_;
};

}  // namespace control
