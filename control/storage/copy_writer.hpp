// SPDX-License-Identifier: Apache-2.0
// Stores a record in one transaction.
#pragma once

#include "control/spool/spool_load.hpp"
#include "control/storage/connection.hpp"
#include "control/storage/session_partitions.hpp"
#include "control/storage/store_record.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace control {

struct StoreOutcome {
  bool stored_before = false;      // an earlier attempt had been committed after all
  bool out_of_turn = false;        // what went before it is missing: nothing was stored
  SpoolLoad stored;                // what the database has of the record now
  SpoolLoad refused;               // what the server would not take, left out and logged
  uint64_t num_links_refused = 0;  // the same of rows that no book counts: certificates, links, …
  uint64_t num_certificates_new = 0;
  uint64_t num_chains_new = 0;
};

// The place of a record among those of its sensor.
struct RecordPlace {
  int64_t epoch = 0;
  int64_t seq = 0;
  // Of the record before it, which has to be stored first; -1: whatever is there is enough.
  int64_t after = -1;

  friend bool operator==(const RecordPlace&, const RecordPlace&) = default;
};

// Binary COPY: sessions straight into their partitions, everything that has to be merged through
// temporary staging tables. All of a record is committed or nothing, and once: its place goes into
// `ingest_cursor` in the same transaction. A place already passed there means that the record is
// stored; so after a connection that died during COMMIT the same call is simply made again. It
// waits (row lock of the cursor) for a transaction of the dead connection that the server still
// has, and for another writer that stores the same record.
//
// Rows are locked table by table in a fixed order, and in each by key: writers never deadlock.
// Owns its connection; one thread.
class CopyWriter {
 public:
  using Log = std::function<void(std::string_view)>;
  // For its connection: nothing may hang for ever, neither we in a lock, nor our locks after the
  // network went away.
  static DatabaseConnection::Options session_options(std::string application_name);
  // Makes the staging tables of a new connection.
  static OrDatabaseError<CopyWriter> open(DatabaseConnection database, Log log);

  // Records of a sensor's epoch come in the order of their `seq`, from 1; numbers may be missing.
  // `load` is what `bytes` hold (see encode_store_record). On an error nothing of the record is
  // stored, or (when the connection died) perhaps all of it: call again with the same. Rows that
  // the server refuses are found by halving and left out; they cause no error, and neither does a
  // damaged record: all of it is refused.
  OrDatabaseError<StoreOutcome> store(const RecordPlace& place, const SpoolLoad& load,
                                      std::string_view bytes);

  // The same in three steps, for two writers that take turns (RelayWriter); what fails in one is
  // told by finish(). `bytes` are borrowed until then.
  // Copies a record that is not stored yet into an open transaction. Nobody who stores a record
  // waits for its locks.
  void stage(const RecordPlace& place, const SpoolLoad& load, std::string_view bytes);
  // Takes its place and sends the rest, COMMIT too; waits only for who stores the same record, or
  // the one before it.
  void send_merge();
  OrDatabaseError<StoreOutcome> finish();

  [[nodiscard]] bool is_alive() const noexcept { return database_.is_alive(); }
  // The place up to which a sensor's epoch is stored; 0 where nothing is.
  OrDatabaseError<int64_t> stored_up_to(std::string_view sensor, int64_t epoch);

 private:
  using Tuples = std::span<const std::string_view>;
  CopyWriter(DatabaseConnection database, Log log)
      : database_(std::move(database)), log_(std::move(log)) {}
  // A record between stage() and finish().
  struct Turn {
    RecordPlace place;
    SpoolLoad load;
    StoreRecord record;
    StoreOutcome outcome;
    OrDatabaseError<void> state;
    bool is_over = false;  // nothing to store
    bool is_sent = false;
  };
  OrDatabaseError<void> prepare(const StoreRecord& record);
  OrDatabaseError<void> copy_unless_stored(Turn& turn);
  OrDatabaseError<void> copy_all(const StoreRecord& record);
  OrDatabaseError<void> receive_merge(Turn& turn);
  OrDatabaseError<bool> advance(const RecordPlace& place, const StoreRecord& record);
  OrDatabaseError<void> say_why_not(const RecordPlace& place, const StoreRecord& record,
                                    StoreOutcome& outcome);
  OrDatabaseError<void> copy_section(const StoreSection& section, std::string_view tuples);
  OrDatabaseError<void> store_section(const StoreSection& section, std::string_view tuples,
                                      StoreOutcome& outcome);
  OrDatabaseError<StoreOutcome> store_without_refused(const RecordPlace& place,
                                                      const StoreRecord& record);
  OrDatabaseError<void> store_guarded(const StoreSection& section, Tuples tuples,
                                      StoreOutcome& outcome);
  OrDatabaseError<void> store_halves(const StoreSection& section, Tuples tuples,
                                     StoreOutcome& outcome);
  void note_refused(const StoreSection& section, std::string_view tuple, const DatabaseError& error,
                    StoreOutcome& outcome) const;
  void log(const std::string& line) const;

  DatabaseConnection database_;
  Log log_;
  SessionPartitions partitions_;
  std::set<std::string, std::less<>> sensors_noted_;
  std::optional<Turn> turn_;
};

}  // namespace control
