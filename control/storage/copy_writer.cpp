// SPDX-License-Identifier: Apache-2.0
#include "control/storage/copy_writer.hpp"

#include "control/storage/row_map.hpp"
#include "control/storage/stored_text.hpp"

namespace control {
namespace {

using flowtable::Failure;

// LIKE: their columns cannot drift from the tables'.
constexpr std::string_view kStaging =
    "CREATE TEMP TABLE stage_certificate (LIKE certificate INCLUDING DEFAULTS)"
    " ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE stage_certificate_chain (LIKE certificate_chain INCLUDING DEFAULTS)"
    " ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE stage_fingerprint (LIKE fingerprint INCLUDING DEFAULTS)"
    " ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE stage_sighting (LIKE sighting INCLUDING DEFAULTS) ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE stage_ssh_sighting (LIKE ssh_sighting INCLUDING DEFAULTS)"
    " ON COMMIT DELETE ROWS";
constexpr std::string_view kEmptyStaging =
    "TRUNCATE stage_certificate, stage_certificate_chain, stage_fingerprint, stage_sighting,"
    " stage_ssh_sighting";

// What becomes of a staged row: inserted in the order of `key`, or else `conflict`.
struct Merge {
  std::string_view table;
  std::string_view key;
  std::string_view conflict;
};

constexpr std::string_view kKeep = "DO NOTHING";
// Of what is known already only the times move, and only where they do: a certificate that
// everybody shows is not written again and again.
constexpr std::string_view kTouchCertificate =
    "DO UPDATE SET first_seen = least(certificate.first_seen, excluded.first_seen),"
    " last_seen = greatest(certificate.last_seen, excluded.last_seen)"
    " WHERE certificate.first_seen > excluded.first_seen"
    " OR certificate.last_seen < excluded.last_seen";
// To the hour: half of all sessions show one of a few fingerprints.
constexpr std::string_view kTouchFingerprint =
    "DO UPDATE SET first_seen = least(fingerprint.first_seen, excluded.first_seen),"
    " last_seen = greatest(fingerprint.last_seen, excluded.last_seen)"
    " WHERE fingerprint.first_seen > excluded.first_seen"
    " OR fingerprint.last_seen < excluded.last_seen - interval '1 hour'";
constexpr std::string_view kAddSighting =
    "DO UPDATE SET first_seen = least(sighting.first_seen, excluded.first_seen),"
    " last_seen = greatest(sighting.last_seen, excluded.last_seen),"
    " count = sighting.count + excluded.count";
constexpr std::string_view kAddSshSighting =
    "DO UPDATE SET first_seen = least(ssh_sighting.first_seen, excluded.first_seen),"
    " last_seen = greatest(ssh_sighting.last_seen, excluded.last_seen),"
    " count = ssh_sighting.count + excluded.count";

constexpr Merge kInsertCertificates{"certificate", "sha256", kKeep};
constexpr Merge kTouchCertificates{"certificate", "sha256", kTouchCertificate};
constexpr Merge kInsertChains{"certificate_chain", "id", kKeep};
constexpr Merge kMergeFingerprints{"fingerprint", "method, hash", kTouchFingerprint};
constexpr Merge kMergeSightings{"sighting", "server, port, transport, sni, chain, source",
                                kAddSighting};
constexpr Merge kMergeSshSightings{
    "ssh_sighting", "server, port, client, client_id, server_id, hassh, hassh_server",
    kAddSshSighting};

// Nothing comes back where the batch is stored already. Waits for a transaction that holds the row.
constexpr std::string_view kAdvanceCursor =
    "INSERT INTO ingest_cursor (sensor, epoch, seq) VALUES ($1, $2, $3)"
    " ON CONFLICT (sensor, epoch) DO UPDATE SET seq = excluded.seq, updated_at = now()"
    " WHERE ingest_cursor.seq < excluded.seq RETURNING seq";

// One COPY of all rows.
template <typename Row>
OrDatabaseError<void> copy_in(DatabaseConnection& database, std::string_view table,
                              std::span<const Column<Row>> columns, const std::vector<Row>& rows) {
  constexpr size_t kPieceBytes = 256 * 1024;
  if (rows.empty()) return {};
  auto begun = database.begin_copy("COPY " + std::string(table) + " (" + column_list(columns) +
                                   ") FROM STDIN (FORMAT binary)");
  if (!begun) return begun;
  CopyEncoder encoder;
  encoder.begin();
  for (const Row& row : rows) {
    encode_row(encoder, columns, row);
    if (encoder.bytes().size() < kPieceBytes) continue;
    if (auto put = database.put_copy(encoder.bytes()); !put) return put;
    encoder.clear();
  }
  encoder.end();
  if (auto put = database.put_copy(encoder.bytes()); !put) return put;
  if (const auto ended = database.end_copy(); !ended) return Failure{ended.error()};
  return {};
}

// Returns how many rows were inserted or updated.
template <typename Row>
OrDatabaseError<uint64_t> merge(DatabaseConnection& database, const Merge& step,
                                std::span<const Column<Row>> columns) {
  const std::string names = column_list(columns);
  const std::string table(step.table);
  const std::string key(step.key);
  const auto merged = database.query("INSERT INTO " + table + " (" + names + ") SELECT " + names +
                                     " FROM stage_" + table + " ORDER BY " + key +
                                     " ON CONFLICT (" + key + ") " + std::string(step.conflict));
  if (!merged) return Failure{merged.error()};
  return static_cast<uint64_t>(merged.value().num_affected());
}

// Fills a staging table and takes its rows over. The number is that of `first`.
template <typename Row>
OrDatabaseError<uint64_t> stage_and_merge(DatabaseConnection& database, const Merge& first,
                                          std::span<const Column<Row>> columns,
                                          const std::vector<Row>& rows) {
  if (rows.empty()) return uint64_t{0};
  auto staged = copy_in(database, "stage_" + std::string(first.table), columns, rows);
  if (!staged) return Failure{staged.error()};
  return merge(database, first, columns);
}

}  // namespace

OrDatabaseError<CopyWriter> CopyWriter::open(DatabaseConnection database, Options options) {
  CopyWriter writer(std::move(database), std::move(options));
  const auto noted =
      writer.database_.query("INSERT INTO sensor (name) VALUES ($1) ON CONFLICT DO NOTHING",
                             {stored_text(writer.options_.sensor)});
  if (!noted) return Failure{noted.error()};
  if (auto made = writer.database_.run_script(std::string(kStaging)); !made) {
    return Failure{made.error()};
  }
  return writer;
}

OrDatabaseError<StoreOutcome> CopyWriter::store(int64_t seq, ObservationRefs observations) {
  if (auto ready = partitions_.ensure(database_, observations); !ready) {
    return Failure{ready.error()};
  }
  const OrDatabaseError<bool> begun = begin(seq);
  StoreOutcome outcome;
  OrDatabaseError<void> stored;
  if (!begun) {
    stored = Failure{begun.error()};
  } else if (!begun.value()) {
    outcome.stored_before = true;
    stored = database_.run_script("ROLLBACK");
  } else {
    stored = store_rows(observations, outcome);
    if (stored) stored = database_.run_script("COMMIT");
  }
  if (stored) return outcome;
  (void)database_.run_script("ROLLBACK");
  if (stored.error().refuses_row()) return store_without_refused(seq, observations);
  return Failure{stored.error()};
}

OrDatabaseError<bool> CopyWriter::begin(int64_t seq) {
  if (auto begun = database_.run_script("BEGIN"); !begun) return Failure{begun.error()};
  const auto advanced = database_.query(
      std::string(kAdvanceCursor),
      {stored_text(options_.sensor), std::to_string(options_.epoch), std::to_string(seq)});
  if (!advanced) return Failure{advanced.error()};
  return advanced.value().num_rows() == 1;
}

OrDatabaseError<void> CopyWriter::store_rows(ObservationRefs observations, StoreOutcome& outcome) {
  const BatchRows rows = make_batch_rows(observations, options_.sensor);
  const auto certificates =
      stage_and_merge(database_, kInsertCertificates, certificate_columns(), rows.certificates);
  if (!certificates) return Failure{certificates.error()};
  if (!rows.certificates.empty()) {
    const auto touched = merge(database_, kTouchCertificates, certificate_columns());
    if (!touched) return Failure{touched.error()};
  }
  const auto chains = stage_and_merge(database_, kInsertChains, chain_columns(), rows.chains);
  if (!chains) return Failure{chains.error()};
  const auto fingerprints =
      stage_and_merge(database_, kMergeFingerprints, fingerprint_columns(), rows.fingerprints);
  if (!fingerprints) return Failure{fingerprints.error()};
  const auto sightings =
      stage_and_merge(database_, kMergeSightings, sighting_columns(), rows.sightings);
  if (!sightings) return Failure{sightings.error()};
  const auto ssh = stage_and_merge(database_, kMergeSshSightings, ssh_columns(), rows.ssh);
  if (!ssh) return Failure{ssh.error()};
  if (auto done = copy_in(database_, "session", session_columns(), rows.sessions); !done) {
    return done;
  }
  outcome.num_sessions += rows.sessions.size() + rows.num_ssh;
  outcome.num_certificates_new += certificates.value();
  outcome.num_chains_new += chains.value();
  return {};
}

// The same transaction once more, in parts: what a part's savepoint takes back is divided, until
// the rows at fault are alone.
OrDatabaseError<StoreOutcome> CopyWriter::store_without_refused(int64_t seq,
                                                                ObservationRefs observations) {
  StoreOutcome outcome;
  const OrDatabaseError<bool> begun = begin(seq);
  OrDatabaseError<void> stored;
  if (!begun) {
    stored = Failure{begun.error()};
  } else if (begun.value()) {
    stored = store_guarded(observations, outcome);
  } else {
    outcome.stored_before = true;
  }
  if (stored) stored = database_.run_script("COMMIT");
  if (stored) return outcome;
  (void)database_.run_script("ROLLBACK");
  return Failure{stored.error()};
}

OrDatabaseError<void> CopyWriter::store_guarded(ObservationRefs observations,
                                                StoreOutcome& outcome) {
  auto done = database_.run_script("SAVEPOINT part");
  if (!done) return done;
  OrDatabaseError<void> stored = store_rows(observations, outcome);
  if (stored) stored = database_.run_script(std::string(kEmptyStaging));
  if (stored) return database_.run_script("RELEASE SAVEPOINT part");
  if (!stored.error().refuses_row()) return stored;
  done = database_.run_script("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part");
  if (!done) return done;
  if (observations.size() > 1) return store_halves(observations, outcome);
  note_refused(*observations.front(), stored.error());
  ++outcome.num_refused;
  return {};
}

OrDatabaseError<void> CopyWriter::store_halves(ObservationRefs observations,
                                               StoreOutcome& outcome) {
  const size_t half = observations.size() / 2;
  if (auto done = store_guarded(observations.first(half), outcome); !done) return done;
  return store_guarded(observations.subspan(half), outcome);
}

void CopyWriter::note_refused(const tls::Observation& observation,
                              const DatabaseError& error) const {
  if (!options_.log) return;
  const auto sni = observation.hello ? observation.hello->sni : std::nullopt;
  options_.log("the database refused one session and it is left out: server " +
               hex_text(observation.server.address.bytes) + " port " +
               std::to_string(observation.server.port) + ", sni \"" +
               indexed_text(sni.value_or("")) + "\": " + error.message + " (SQLSTATE " +
               error.sqlstate + ")");
}

}  // namespace control
