// SPDX-License-Identifier: Apache-2.0
#include "control/storage/d4/d4_import.hpp"

#include "control/storage/d4/d4_files.hpp"
#include "control/storage/d4/d4_sql.hpp"
#include "control/storage/row_map.hpp"
#include "control/storage/stored_text.hpp"
#include "tls/pipeline/certificate_cache.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>

namespace control {
namespace {

using d4_sql::append_bytes;
using d4_sql::append_field;
using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

constexpr size_t kProblemsMax = 20;

Failure<Error> failed(const std::string& step, const DatabaseError& error) {
  return Failure{Error{step + ": " + error.message}};
}

class D4Import {
 public:
  D4Import(const D4ImportOptions& options, D4Source source, DatabaseConnection memory)
      : options_(options),
        source_(std::move(source)),
        memory_(std::move(memory)),
        files_(options.folder) {}

  OrError<D4ImportSums> run() {
    if (auto staged = memory_.run_script(std::string(d4_sql::kStages)); !staged)
      return failed("memory", staged.error());
    if (source_.has(D4Form::tables)) {
      // Fingerprints last: those of sessions are seen when these are.
      for (const auto step : {&D4Import::take_certificates, &D4Import::take_keys,
                              &D4Import::take_sessions_of_tables, &D4Import::take_fingerprints}) {
        if (OrError<void> done = (this->*step)(); !done) return Failure{done.error()};
      }
    }
    if (source_.has(D4Form::json)) {
      if (OrError<void> done = take_sessions(D4Form::json); !done) return Failure{done.error()};
    }
    return sums_;
  }

 private:
  using Sessions = std::span<const D4Session>;

  void problem(std::string text) {
    if (sums_.problems.size() < kProblemsMax) sums_.problems.push_back(std::move(text));
  }

  // --- What has a key: merged, as often as it comes ---

  OrError<void> take_certificates() {
    const auto listed = source_.certificates();
    if (!listed) return failed("certificate", listed.error());
    std::vector<tls::CertificatePtr> found;
    for (const D4Certificate& certificate : listed.value()) {
      auto der = files_.find(certificate.sha1, certificate.paths);
      if (!der) {
        lost_.push_back(certificate.sha1);
        problem("certificate " + certificate.sha1 + " (" + stored_text(certificate.subject) +
                "): its file is not readable here");
        continue;
      }
      spans_[certificate.sha1] = {certificate.first_seen, certificate.last_seen};
      found.push_back(cache_.find_or_parse(*der).certificate);
      if (found.size() < 500) continue;
      if (auto kept = keep_certificates(found); !kept) return kept;
      found.clear();
    }
    sums_.certificates_lost = lost_.size();
    return keep_certificates(found);
  }

  // In a transaction of its own.
  OrError<void> keep_certificates(const std::vector<tls::CertificatePtr>& found) {
    if (found.empty()) return {};
    const auto done = in_transaction([&] { return merge_certificates(found); });
    if (!done) return failed("certificate", done.error());
    sums_.certificates += found.size();
    return {};
  }

  OrDatabaseError<void> merge_certificates(const std::vector<tls::CertificatePtr>& found) {
    if (auto staged = stage_certificates(found); !staged) return staged;
    std::string spans;
    for (const tls::CertificatePtr& certificate : found) {
      const auto span = spans_.find(hex_text(certificate->sha1));
      append_bytes(spans, hex_text(certificate->sha256), '\t');
      append_field(spans, span == spans_.end() ? "" : span->second.first, '\t');
      append_field(spans, span == spans_.end() ? "" : span->second.second, '\n');
    }
    if (auto staged = copy_text("d4_span", spans); !staged) return staged;
    const std::string columns = column_list(certificate_columns());
    for (const std::string& sql : d4_sql::certificate_merges(columns))
      if (auto merged = memory_.query(sql); !merged) return Failure{merged.error()};
    return {};
  }

  OrDatabaseError<void> stage_certificates(const std::vector<tls::CertificatePtr>& found) {
    auto begun = memory_.begin_copy("COPY d4_certificate (" + column_list(certificate_columns()) +
                                    ") FROM STDIN (FORMAT binary)");
    if (!begun) return begun;
    CopyEncoder encoder;
    encoder.begin();
    for (const tls::CertificatePtr& certificate : found) {
      encode_row(encoder, certificate_columns(), CertificateRow{certificate.get(), {}});
      if (auto put = memory_.put_copy(encoder.bytes()); !put) return put;
      encoder.clear();
    }
    encoder.end();
    if (auto put = memory_.put_copy(encoder.bytes()); !put) return put;
    if (const auto ended = memory_.end_copy(); !ended) return Failure{ended.error()};
    return {};
  }

  OrError<void> take_keys() {
    const auto listed = source_.keys();
    if (!listed) return failed("public_key", listed.error());
    std::string rows;
    for (const D4Key& key : listed.value()) {
      if (key.spki_sha256.empty()) continue;
      append_bytes(rows, key.spki_sha256, '\t');
      append_field(rows, stored_text(key.algorithm), '\t', d4_sql::Empty::kept);
      append_field(rows, stored_text(key.curve), '\t', d4_sql::Empty::kept);
      append_field(rows, key.bits.empty() ? "0" : key.bits, '\t');
      append_field(rows, key.first_seen, '\t');
      append_field(rows, key.last_seen, '\n');
      ++sums_.keys;
    }
    return merge_text("d4_key", rows, d4_sql::kKeyMerge);
  }

  OrError<void> take_fingerprints() {
    const auto listed = source_.fingerprints();
    if (!listed) return failed("ja3", listed.error());
    std::string rows;
    for (const auto& print : listed.value()) {
      append_field(rows, print[0], '\t');
      append_field(rows, print[1], '\t');
      append_field(rows, print[2], '\n', d4_sql::Empty::kept);
      ++sums_.fingerprints;
    }
    return merge_text("d4_print", rows, d4_sql::kPrintMerge);
  }

  OrError<void> merge_text(const std::string& stage, const std::string& rows,
                           std::string_view sql) {
    const auto done = in_transaction([&]() -> OrDatabaseError<void> {
      if (auto staged = copy_text(stage, rows); !staged) return staged;
      const auto merged = memory_.query(std::string(sql));
      if (!merged) return Failure{merged.error()};
      return {};
    });
    if (!done) return failed(stage, done.error());
    return {};
  }

  // --- Sessions: once ---

  OrError<void> take_sessions_of_tables() {
    // Certificates whose file is lost here may have come to us in another way.
    for (const std::string& sha1 : lost_) {
      const auto known = sha256_of(sha1);
      if (!known) return failed("certificate", known.error());
      if (!known.value().empty()) ++sums_.certificates_known;
    }
    return take_sessions(D4Form::tables);
  }

  OrError<void> take_sessions(D4Form form) {
    const std::string epoch = std::to_string(source_.epoch(form));
    const auto cursor = memory_.query(std::string(d4_sql::kCursorBegin), {source_.name(), epoch});
    if (!cursor) return failed("ingest_cursor", cursor.error());
    const int64_t after = whole_number_of(cursor.value().text(0, 0));
    const auto before = source_.count_sessions(form, after);
    if (!before) return failed("sessions", before.error());
    sums_.sessions_before += before.value();
    if (auto begun = source_.begin_sessions(form, after); !begun)
      return failed("sessions", begun.error());
    while (true) {
      const auto read = source_.next_sessions(options_.batch_rows);
      if (!read) return failed("sessions", read.error());
      if (read.value().empty()) return {};
      if (auto done = store(read.value(), epoch); !done) return done;
    }
  }

  // One transaction; where the server refuses a value, its halves, down to the row it is in.
  OrError<void> store(Sessions sessions, const std::string& epoch) {
    if (form_has_whole_certs(sessions)) {
      if (auto kept = keep_whole_certs(sessions); !kept) return kept;
    }
    if (auto days = make_days(sessions); !days && !days.error().refuses_row())
      return failed("sessions", days.error());
    const auto done = in_transaction([&] { return store_batch(sessions, epoch); });
    if (done) return {};
    if (!done.error().refuses_row()) return failed("sessions", done.error());
    if (sessions.size() > 1) {
      const size_t half = sessions.size() / 2;
      if (auto first = store(sessions.first(half), epoch); !first) return first;
      return store(sessions.subspan(half), epoch);
    }
    ++sums_.sessions_refused;
    problem("session " + std::to_string(sessions[0].id) + ": " + done.error().message);
    return {};
  }

  static bool form_has_whole_certs(Sessions sessions) {
    return std::ranges::any_of(sessions,
                               [](const auto& each) { return !each.whole_certs.empty(); });
  }

  OrError<void> keep_whole_certs(Sessions sessions) {
    std::map<tls::Sha256, tls::CertificatePtr> found;
    for (const D4Session& session : sessions) {
      for (const std::vector<uint8_t>& der : session.whole_certs) {
        const tls::CertificatePtr certificate = cache_.find_or_parse(der).certificate;
        found[certificate->sha256] = certificate;
        auto& span = spans_[hex_text(certificate->sha1)];
        if (span.first.empty() || session.time < span.first) span.first = session.time;
        if (session.time > span.second) span.second = session.time;
      }
    }
    std::vector<tls::CertificatePtr> list;
    for (const auto& [sha256, certificate] : found)
      list.push_back(certificate);
    auto kept = keep_certificates(list);
    // A time that no calendar holds is the session's fault, and found there.
    if (!kept) spans_.clear();
    return kept ? kept : keep_certificates(list);
  }

  OrDatabaseError<void> make_days(Sessions sessions) {
    for (const D4Session& session : sessions) {
      const std::string day = session.time.substr(0, 10);
      if (days_.contains(day)) continue;
      const auto made = memory_.query(std::string(d4_sql::kMakeDay), {session.time});
      if (!made) return Failure{made.error()};
      days_.insert(day);
    }
    return {};
  }

  OrDatabaseError<void> store_batch(Sessions sessions, const std::string& epoch) {
    const std::string last = std::to_string(sessions.back().id);
    const auto cursor = memory_.query(std::string(d4_sql::kCursorLock), {source_.name(), epoch});
    if (!cursor) return Failure{cursor.error()};
    // Where another import of the same source was quicker.
    const int64_t stored = whole_number_of(cursor.value().text(0, 0));
    while (!sessions.empty() && sessions.front().id <= stored)
      sessions = sessions.subspan(1);
    if (sessions.empty()) return {};
    std::string rows;
    std::string chains;
    for (const D4Session& session : sessions) {
      const auto chain = chain_of(session, chains);
      if (!chain) return Failure{chain.error()};
      d4_sql::append_session(rows, session, chain.value());
    }
    if (auto staged = copy_text("d4_session", rows); !staged) return staged;
    if (auto staged = copy_text("d4_chain", chains); !staged) return staged;
    for (const std::string_view sql : d4_sql::kSessionMerges) {
      const bool named = sql.find("$1") != std::string_view::npos;
      const auto merged = named ? memory_.query(std::string(sql), {source_.name()})
                                : memory_.query(std::string(sql));
      if (!merged) return Failure{merged.error()};
    }
    const auto moved =
        memory_.query(std::string(d4_sql::kCursorMove), {source_.name(), epoch, last});
    if (!moved) return Failure{moved.error()};
    if (options_.before_commit) options_.before_commit();
    stored_now_ = sessions.size();
    oldest_now_ = std::ranges::min_element(sessions, {}, &D4Session::time)->time.substr(0, 10);
    return {};
  }

  // Its id in hex, and what it consists of appended to `chains`; empty where a certificate of it is
  // not known.
  OrDatabaseError<std::string> chain_of(const D4Session& session, std::string& chains) {
    std::vector<std::string> parts;
    for (const std::vector<uint8_t>& der : session.whole_certs)
      parts.push_back(hex_text(tls::sha256(der)));
    for (const std::string& sha1 : session.certificates) {
      auto known = sha256_of(sha1);
      if (!known) return Failure{known.error()};
      if (known.value().empty()) {
        ++incomplete_now_;
        return std::string();
      }
      parts.push_back(std::move(known).value());
    }
    if (parts.empty()) return std::string();
    std::string joined;
    std::string list = "{";
    for (const std::string& part : parts) {
      joined += part;
      list += (list.size() > 1 ? "," : "") + std::string("\"\\\\x") + part + "\"";
    }
    const auto bytes = bytes_of_hex(joined);
    std::string id = hex_text(tls::sha256(*bytes));
    append_bytes(chains, id, '\t');
    append_field(chains, list + "}", '\n');
    return id;
  }

  // In hex; empty where our memory does not hold that certificate.
  OrDatabaseError<std::string> sha256_of(const std::string& sha1) {
    const auto [known, is_new] = sha256_by_sha1_.try_emplace(sha1);
    if (!is_new || sha1.empty()) return known->second;
    const auto rows = memory_.query(
        "SELECT encode(sha256, 'hex') FROM certificate WHERE sha1 = decode($1, 'hex')", {sha1});
    if (!rows) {
      sha256_by_sha1_.erase(known);
      return Failure{rows.error()};
    }
    if (rows.value().num_rows() > 0) known->second = rows.value().text(0, 0);
    return known->second;
  }

  // --- Both ---

  template <typename Work>
  OrDatabaseError<void> in_transaction(Work work) {
    stored_now_ = incomplete_now_ = 0;
    if (auto begun = memory_.run_script("BEGIN"); !begun) return begun;
    auto done = work();
    if (done) done = memory_.run_script("COMMIT");
    if (!done) {
      (void)memory_.run_script("ROLLBACK");
      return done;
    }
    sums_.sessions += stored_now_;
    sums_.chains_incomplete += incomplete_now_;
    if (stored_now_ > 0 && (sums_.oldest.empty() || oldest_now_ < sums_.oldest))
      sums_.oldest = oldest_now_;
    return done;
  }

  OrDatabaseError<void> copy_text(const std::string& table, const std::string& rows) {
    if (auto begun = memory_.begin_copy("COPY " + table + " FROM STDIN"); !begun) return begun;
    if (auto put = memory_.put_copy(rows); !put) return put;
    if (const auto ended = memory_.end_copy(); !ended) return Failure{ended.error()};
    return {};
  }

  const D4ImportOptions& options_;
  D4Source source_;
  DatabaseConnection memory_;
  D4Files files_;
  tls::CertificateCache cache_{65'536};
  D4ImportSums sums_;
  std::vector<std::string> lost_;                                     // SHA-1
  std::map<std::string, std::pair<std::string, std::string>> spans_;  // by SHA-1: first, last
  std::map<std::string, std::string> sha256_by_sha1_;                 // empty: unknown
  std::set<std::string> days_;
  // Of the transaction under way.
  uint64_t stored_now_ = 0;
  uint64_t incomplete_now_ = 0;
  std::string oldest_now_;
};

}  // namespace

OrError<D4ImportSums> import_d4(const D4ImportOptions& options) {
  auto source = D4Source::open(options.source);
  if (!source) return Failure{source.error()};
  if (!source.value().has(D4Form::tables) && !source.value().has(D4Form::json)) {
    return Failure{
        Error{"this is no database of a D4 passive SSL analyzer: neither its tables "
              "(sessionRecord, ja3, certificate, …) nor sessions(data, id) are there"}};
  }
  auto memory = DatabaseConnection::open(options.memory, {.application_name = "tapseal import"});
  if (!memory) return failed("memory", memory.error());
  return D4Import(options, std::move(source).value(), std::move(memory).value()).run();
}

}  // namespace control
