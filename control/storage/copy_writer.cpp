// SPDX-License-Identifier: Apache-2.0
#include "control/storage/copy_writer.hpp"

#include "control/storage/row_map.hpp"
#include "control/storage/scan_rows_writer.hpp"
#include "control/storage/staged_merge.hpp"
#include "control/storage/stored_text.hpp"

#include <algorithm>

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
constexpr Merge kMergeSightings{"sighting", "server, port, transport, sni, chain, source, probe",
                                kAddSighting};
constexpr Merge kMergeSshSightings{
    "ssh_sighting", "server, port, client, client_id, server_id, hassh, hassh_server",
    kAddSshSighting};

// Nothing comes back where the batch is stored already. Waits for a transaction that holds the row.
constexpr std::string_view kAdvanceCursor =
    "INSERT INTO ingest_cursor (sensor, epoch, seq) VALUES ($1, $2, $3)"
    " ON CONFLICT (sensor, epoch) DO UPDATE SET seq = excluded.seq, updated_at = now()"
    " WHERE ingest_cursor.seq < excluded.seq RETURNING seq";

std::string server_text(const flowtable::Endpoint& server) {
  return "server " + hex_text(server.address.bytes) + " port " + std::to_string(server.port);
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
  if (auto made = make_scan_staging(writer.database_); !made) return Failure{made.error()};
  return writer;
}

OrDatabaseError<StoreOutcome> CopyWriter::store(int64_t seq, const StoreItems& items) {
  if (auto ready = partitions_.ensure(database_, items.observations); !ready) {
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
    stored = store_rows(items, outcome);
    if (stored) stored = database_.run_script("COMMIT");
  }
  if (stored) return outcome;
  (void)database_.run_script("ROLLBACK");
  if (stored.error().refuses_row()) return store_without_refused(seq, items);
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

OrDatabaseError<void> CopyWriter::store_rows(const StoreItems& items, StoreOutcome& outcome) {
  const BatchRows rows = make_batch_rows(items, options_.sensor);
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
  if (auto done = store_scan_rows(database_, rows.scan); !done) return done;
  if (auto done = copy_in(database_, "session", session_columns(), rows.sessions); !done) {
    return done;
  }
  const auto num_scanned = static_cast<uint64_t>(
      std::ranges::count_if(items.observations, [](auto* seen) { return is_of_scanner(*seen); }));
  outcome.num_sessions += items.observations.size() - num_scanned;
  outcome.num_scan_rows += num_scanned + items.reports.size() + items.replies.size();
  outcome.num_certificates_new += certificates.value();
  outcome.num_chains_new += chains.value();
  return {};
}

// The same transaction once more, in parts: what a part's savepoint takes back is divided, until
// the rows at fault are alone.
OrDatabaseError<StoreOutcome> CopyWriter::store_without_refused(int64_t seq,
                                                                const StoreItems& items) {
  StoreOutcome outcome;
  const OrDatabaseError<bool> begun = begin(seq);
  OrDatabaseError<void> stored;
  if (!begun) {
    stored = Failure{begun.error()};
  } else if (begun.value()) {
    stored = store_guarded(items, outcome);
  } else {
    outcome.stored_before = true;
  }
  if (stored) stored = database_.run_script("COMMIT");
  if (stored) return outcome;
  (void)database_.run_script("ROLLBACK");
  return Failure{stored.error()};
}

OrDatabaseError<void> CopyWriter::store_guarded(const StoreItems& items, StoreOutcome& outcome) {
  auto done = database_.run_script("SAVEPOINT part");
  if (!done) return done;
  OrDatabaseError<void> stored = store_rows(items, outcome);
  if (stored) {
    stored = database_.run_script(std::string(kEmptyStaging) + ", " + std::string(kScanStaging));
  }
  if (stored) return database_.run_script("RELEASE SAVEPOINT part");
  if (!stored.error().refuses_row()) return stored;
  done = database_.run_script("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part");
  if (!done) return done;
  if (items.size() > 1) return store_halves(items, outcome);
  note_refused(items, stored.error(), outcome);
  return {};
}

OrDatabaseError<void> CopyWriter::store_halves(const StoreItems& items, StoreOutcome& outcome) {
  const size_t half = items.size() / 2;
  if (auto done = store_guarded(items.part(0, half), outcome); !done) return done;
  return store_guarded(items.part(half, items.size() - half), outcome);
}

// Counts the item that is alone, and says which it is.
void CopyWriter::note_refused(const StoreItems& one, const DatabaseError& error,
                              StoreOutcome& outcome) const {
  std::string what;
  if (!one.observations.empty()) {
    const tls::Observation& seen = *one.observations.front();
    ++(is_of_scanner(seen) ? outcome.num_scan_rows_refused : outcome.num_refused);
    const std::string sni = seen.sni.value_or("");
    what = "session: " + server_text(seen.server) + ", sni \"" + indexed_text(sni) + "\"";
  } else if (!one.scans.empty()) {
    ++outcome.num_scans_refused;
    what = "row of scan " + std::to_string(one.scans.front()->id);
  } else {
    ++outcome.num_scan_rows_refused;
    what = one.reports.empty() ? "target: " + server_text(one.replies.front()->server)
                               : "service: " + server_text(one.reports.front()->server);
  }
  if (!options_.log) return;
  options_.log("the database refused one " + what + ", and it is left out: " + error.message +
               " (SQLSTATE " + error.sqlstate + ")");
}

}  // namespace control
