// SPDX-License-Identifier: Apache-2.0
#include "control/storage/copy_writer.hpp"

#include "control/storage/copy_encoder.hpp"
#include "control/storage/refused_row.hpp"
#include "control/storage/stored_text.hpp"

namespace control {
namespace {

using flowtable::Failure;

// Nothing comes back where the record is stored already, or not yet to be stored. Waits for a
// transaction that holds the row.
constexpr std::string_view kAdvanceCursor =
    "INSERT INTO ingest_cursor AS c (sensor, epoch, seq)"
    " SELECT $1, $2::bigint, $3::bigint WHERE $4::bigint <= 0 OR EXISTS"
    " (SELECT FROM ingest_cursor WHERE sensor = $1 AND epoch = $2::bigint)"
    " ON CONFLICT (sensor, epoch) DO UPDATE SET seq = excluded.seq, updated_at = now()"
    " WHERE c.seq < excluded.seq AND c.seq >= $4::bigint RETURNING seq";

// Whose COMMIT comes back is on disk, whatever the server's default is: the spool lets go of it.
// And staging tables hold few rows that no statistics tell of: taken for a thousand, they made each
// transaction read all certificates.
constexpr const char* kSessionSettings =
    "SET synchronous_commit = on; SET enable_hashjoin = off; SET enable_mergejoin = off";

OrDatabaseError<void> copy_in(DatabaseConnection& database, const std::string& table,
                              std::string_view columns, std::string_view tuples) {
  auto begun = database.begin_copy("COPY " + table + " (" + std::string(columns) +
                                   ") FROM STDIN (FORMAT binary)");
  if (!begun) return begun;
  CopyEncoder frame;
  frame.begin();
  if (auto put = database.put_copy(frame.bytes()); !put) return put;
  if (auto put = database.put_copy(tuples); !put) return put;
  frame.clear();
  frame.end();
  if (auto put = database.put_copy(frame.bytes()); !put) return put;
  if (const auto ended = database.end_copy(); !ended) return Failure{ended.error()};
  return {};
}

std::string merge_script(const StoreRecord& record) {
  std::string out;
  for (const StoreSection& section : record.sections) {
    const StoredTableRules& rules = rules_of(section.table);
    for (const std::string_view step : rules.steps)
      out += step_text(rules, step, section.columns) + ";";
  }
  return out + "COMMIT";
}

// Of a table's first step.
void note_new(StoredTable table, int64_t num_rows, StoreOutcome& outcome) {
  const auto num_new = static_cast<uint64_t>(num_rows);
  if (table == StoredTable::certificate) outcome.num_certificates_new += num_new;
  if (table == StoredTable::certificate_chain) outcome.num_chains_new += num_new;
}

}  // namespace

DatabaseConnection::Options CopyWriter::session_options(std::string application_name) {
  DatabaseConnection::Options options;
  options.application_name = std::move(application_name);
  options.settings = {{"statement_timeout", "120s"},
                      {"lock_timeout", "30s"},
                      {"idle_in_transaction_session_timeout", "60s"}};
  return options;
}

OrDatabaseError<CopyWriter> CopyWriter::open(DatabaseConnection database, Log log) {
  CopyWriter writer(std::move(database), std::move(log));
  auto ready = writer.database_.run_script(kSessionSettings);
  if (ready) ready = writer.database_.run_script(staging_script());
  if (!ready) return Failure{ready.error()};
  return writer;
}

OrDatabaseError<StoreOutcome> CopyWriter::store(const RecordPlace& place, const SpoolLoad& load,
                                                std::string_view bytes) {
  stage(place, load, bytes);
  send_merge();
  return finish();
}

void CopyWriter::stage(const RecordPlace& place, const SpoolLoad& load, std::string_view bytes) {
  Turn& turn = turn_.emplace(Turn{});
  turn.place = place;
  turn.load = load;
  auto record = parse_store_record(bytes);
  if (record) {
    turn.record = std::move(record).value();
    turn.state = copy_unless_stored(turn);
  } else if (record.error().is_newer) {
    turn.state = Failure{DatabaseError{record.error().message, {}}};
  } else {
    log(record.error().message + "; it is left out");
    turn.outcome.refused = load;
    turn.is_over = true;
  }
}

// After a crash the spool hands out a segment's worth again: copied in vain, it would be as many
// dead rows.
OrDatabaseError<void> CopyWriter::copy_unless_stored(Turn& turn) {
  const OrDatabaseError<int64_t> stored = stored_up_to(turn.record.sensor, turn.place.epoch);
  if (!stored) return Failure{stored.error()};
  turn.is_over = turn.outcome.stored_before = stored.value() >= turn.place.seq;
  if (turn.is_over) return {};
  OrDatabaseError<void> done = prepare(turn.record);
  if (done) done = database_.run_script("BEGIN");
  if (done) done = copy_all(turn.record);
  return done;
}

void CopyWriter::send_merge() {
  Turn& turn = *turn_;
  if (!turn.state || turn.is_over) return;
  const OrDatabaseError<bool> advanced = advance(turn.place, turn.record);
  if (!advanced) {
    turn.state = Failure{advanced.error()};
  } else if (advanced.value()) {
    turn.state = database_.send_script(merge_script(turn.record));
    turn.is_sent = true;
  } else {
    turn.state = say_why_not(turn.place, turn.record, turn.outcome);
    if (turn.state) turn.state = database_.run_script("ROLLBACK");
    turn.is_over = true;
  }
}

OrDatabaseError<StoreOutcome> CopyWriter::finish() {
  Turn turn = std::move(*turn_);
  turn_.reset();
  if (turn.state && turn.is_sent) turn.state = receive_merge(turn);
  if (!turn.state) {
    (void)database_.run_script("ROLLBACK");
    if (!turn.state.error().refuses_row()) return Failure{turn.state.error()};
    OrDatabaseError<StoreOutcome> rest = store_without_refused(turn.place, turn.record);
    if (!rest) return rest;
    turn.outcome = rest.value();
  }
  if (!turn.outcome.out_of_turn) turn.outcome.stored = turn.load - turn.outcome.refused;
  return turn.outcome;
}

// What has a transaction of its own: partitions of the days, the sensor's row.
OrDatabaseError<void> CopyWriter::prepare(const StoreRecord& record) {
  if (auto ready = partitions_.ensure(database_, record.days); !ready) return ready;
  if (sensors_noted_.contains(record.sensor)) return {};
  const auto noted = database_.query("INSERT INTO sensor (name) VALUES ($1) ON CONFLICT DO NOTHING",
                                     {stored_text(record.sensor)});
  if (!noted) return Failure{noted.error()};
  sensors_noted_.emplace(record.sensor);
  return {};
}

OrDatabaseError<bool> CopyWriter::advance(const RecordPlace& place, const StoreRecord& record) {
  const auto advanced = database_.query(std::string(kAdvanceCursor),
                                        {stored_text(record.sensor), std::to_string(place.epoch),
                                         std::to_string(place.seq), std::to_string(place.after)});
  if (!advanced) return Failure{advanced.error()};
  return advanced.value().num_rows() == 1;
}

OrDatabaseError<void> CopyWriter::say_why_not(const RecordPlace& place, const StoreRecord& record,
                                              StoreOutcome& outcome) {
  const OrDatabaseError<int64_t> stored = stored_up_to(record.sensor, place.epoch);
  if (!stored) return Failure{stored.error()};
  outcome.stored_before = stored.value() >= place.seq;
  outcome.out_of_turn = !outcome.stored_before;
  return {};
}

OrDatabaseError<void> CopyWriter::copy_all(const StoreRecord& record) {
  for (const StoreSection& section : record.sections) {
    if (auto done = copy_section(section, section.tuples); !done) return done;
  }
  return {};
}

OrDatabaseError<void> CopyWriter::receive_merge(Turn& turn) {
  const auto touched = database_.receive();
  if (!touched) return Failure{touched.error()};
  size_t statement = 0;
  for (const StoreSection& section : turn.record.sections) {
    const auto steps = rules_of(section.table).steps;
    if (!steps.empty()) note_new(section.table, touched.value()[statement], turn.outcome);
    statement += steps.size();
  }
  return {};
}

OrDatabaseError<void> CopyWriter::copy_section(const StoreSection& section,
                                               std::string_view tuples) {
  const StoredTableRules& rules = rules_of(section.table);
  const std::string name(rules.name);
  return copy_in(database_, rules.steps.empty() ? name : "stage_" + name, section.columns, tuples);
}

OrDatabaseError<void> CopyWriter::store_section(const StoreSection& section,
                                                std::string_view tuples, StoreOutcome& outcome) {
  if (auto copied = copy_section(section, tuples); !copied) return copied;
  const StoredTableRules& rules = rules_of(section.table);
  for (size_t i = 0; i < rules.steps.size(); ++i) {
    const auto merged = database_.query(step_text(rules, rules.steps[i], section.columns));
    if (!merged) return Failure{merged.error()};
    if (i == 0) note_new(section.table, merged.value().num_affected(), outcome);
  }
  return {};
}

// The same transaction once more, table by table: what a savepoint takes back is divided, until the
// rows at fault are alone.
OrDatabaseError<StoreOutcome> CopyWriter::store_without_refused(const RecordPlace& place,
                                                                const StoreRecord& record) {
  StoreOutcome outcome;
  OrDatabaseError<void> stored = database_.run_script("BEGIN");
  if (!stored) return Failure{stored.error()};
  const OrDatabaseError<bool> advanced = advance(place, record);
  if (!advanced) {
    stored = Failure{advanced.error()};
  } else if (advanced.value()) {
    for (size_t i = 0; stored && i < record.sections.size(); ++i) {
      const StoreSection& section = record.sections[i];
      stored = store_guarded(section, tuples_of(section), outcome);
    }
  } else {
    stored = say_why_not(place, record, outcome);
  }
  if (stored) stored = database_.run_script("COMMIT");
  if (stored) return outcome;
  (void)database_.run_script("ROLLBACK");
  return Failure{stored.error()};
}

OrDatabaseError<void> CopyWriter::store_guarded(const StoreSection& section, Tuples tuples,
                                                StoreOutcome& outcome) {
  if (tuples.empty()) return {};
  auto done = database_.run_script("SAVEPOINT part");
  if (!done) return done;
  // Tuples of a part lie one behind the other.
  const char* const begin = tuples.front().data();
  const char* const end = tuples.back().data() + tuples.back().size();
  OrDatabaseError<void> stored =
      store_section(section, {begin, static_cast<size_t>(end - begin)}, outcome);
  if (stored) stored = database_.run_script(empty_staging_script());
  if (stored) return database_.run_script("RELEASE SAVEPOINT part");
  if (!stored.error().refuses_row()) return stored;
  done = database_.run_script("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part");
  if (!done) return done;
  if (tuples.size() > 1) return store_halves(section, tuples, outcome);
  note_refused(section, tuples.front(), stored.error(), outcome);
  return {};
}

OrDatabaseError<void> CopyWriter::store_halves(const StoreSection& section, Tuples tuples,
                                               StoreOutcome& outcome) {
  const size_t half = tuples.size() / 2;
  if (auto done = store_guarded(section, tuples.first(half), outcome); !done) return done;
  return store_guarded(section, tuples.subspan(half), outcome);
}

// Counts the row that is alone, and says which it is.
void CopyWriter::note_refused(const StoreSection& section, std::string_view tuple,
                              const DatabaseError& error, StoreOutcome& outcome) const {
  const RefusedRow row = refused_row(section, tuple);
  outcome.refused += row.load;
  outcome.num_links_refused += row.load == SpoolLoad{} ? 1 : 0;
  log("the database refused one " + row.text + ", and it is left out: " + error.message +
      " (SQLSTATE " + error.sqlstate + ")");
}

OrDatabaseError<int64_t> CopyWriter::stored_up_to(std::string_view sensor, int64_t epoch) {
  const auto found =
      database_.query("SELECT seq FROM ingest_cursor WHERE sensor = $1 AND epoch = $2",
                      {stored_text(sensor), std::to_string(epoch)});
  if (!found) return Failure{found.error()};
  if (found.value().num_rows() == 0) return int64_t{0};
  return std::stoll(std::string(found.value().text(0, 0)));
}

void CopyWriter::log(const std::string& line) const {
  if (log_) log_(line);
}

}  // namespace control
