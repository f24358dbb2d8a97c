// SPDX-License-Identifier: Apache-2.0
#include "control/storage/d4/d4_source.hpp"

#include "control/storage/stored_text.hpp"
#include "tls/digest/digest.hpp"
#include "tls/x509/pem.hpp"

#include <algorithm>
#include <charconv>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// The record's Raw, standard base64: read as a PEM block would be.
std::vector<std::vector<uint8_t>> der_of(const std::vector<std::string>& raws) {
  std::string pem;
  for (const std::string& raw : raws)
    pem += "-----BEGIN CERTIFICATE-----\n" + raw + "\n-----END CERTIFICATE-----\n";
  if (pem.empty()) return {};
  return tls::split_certificate_file(tls::bytes_of(pem)).ders;
}

// Which sessions showed a certificate.
constexpr std::string_view kSeen =
    "SELECT min(s.{sessionrecord.timestamp})::text AS first,"
    " max(s.{sessionrecord.timestamp})::text AS last";
constexpr std::string_view kShown =
    " FROM {many_sessionrecord_has_many_certificate} m JOIN {sessionrecord} s"
    " ON s.{sessionrecord.id} = m.{many_sessionrecord_has_many_certificate.id_sessionrecord}";

constexpr std::string_view kCertificates =
    "SELECT encode(c.{certificate.hash}, 'hex'), c.{certificate.subject?}::text,"
    " c.{certificate.mounted_path?}::text, c.{certificate.atrest_path?}::text, seen.first,"
    " seen.last FROM {certificate} c LEFT JOIN (%SEEN,"
    " m.{many_sessionrecord_has_many_certificate.hash_certificate} AS hash %SHOWN"
    " GROUP BY 3) AS seen ON seen.hash = c.{certificate.hash} ORDER BY 1";

constexpr std::string_view kKeys =
    "SELECT encode(k.{public_key.hash}, 'hex'), k.{public_key.type?}::text,"
    " k.{public_key.curve_name?}::text, k.{public_key.bitsize?}::text,"
    " (8 * k.{public_key.modulus_size?}::bigint)::text, seen.first, seen.last"
    " FROM {public_key} k LEFT JOIN (%SEEN,"
    " p.{many_certificate_has_many_public_key.hash_public_key} AS hash %SHOWN"
    " JOIN {many_certificate_has_many_public_key} p"
    " ON p.{many_certificate_has_many_public_key.hash_certificate} ="
    " m.{many_sessionrecord_has_many_certificate.hash_certificate}"
    " GROUP BY 3) AS seen ON seen.hash = k.{public_key.hash} ORDER BY 1";

// The order of the wire is not kept there: a chain is written from its root, so that the longest is
// the server's own. Of several TLSH values of one session the first.
constexpr std::string_view kSessions =
    "SELECT s.{sessionrecord.id}, s.{sessionrecord.timestamp}::text,"
    " host(s.{sessionrecord.src_ip}), s.{sessionrecord.src_port}, host(s.{sessionrecord.dst_ip}),"
    " s.{sessionrecord.dst_port}, encode(s.{sessionrecord.hash_ja3}, 'hex'), j.{ja3.raw?},"
    " f.value, c.hashes FROM {sessionrecord} s"
    " LEFT JOIN {ja3} j ON j.{ja3.hash} = s.{sessionrecord.hash_ja3}"
    " LEFT JOIN (SELECT DISTINCT ON (t.{fuzzy_hash.id_sessionrecord})"
    "  t.{fuzzy_hash.id_sessionrecord} AS id, t.{fuzzy_hash.value} AS value FROM {fuzzy_hash} t"
    "  ORDER BY t.{fuzzy_hash.id_sessionrecord}, t.{fuzzy_hash.id}) AS f"
    "  ON f.id = s.{sessionrecord.id}"
    " LEFT JOIN (SELECT m.{many_sessionrecord_has_many_certificate.id_sessionrecord} AS id,"
    "  string_agg(encode(m.{many_sessionrecord_has_many_certificate.hash_certificate}, 'hex'), ','"
    "   ORDER BY coalesce(length(k.{certificate.cert_chain?}::text), 0) DESC,"
    "   m.{many_sessionrecord_has_many_certificate.hash_certificate}) AS hashes"
    "  FROM {many_sessionrecord_has_many_certificate} m LEFT JOIN {certificate} k"
    "  ON k.{certificate.hash} = m.{many_sessionrecord_has_many_certificate.hash_certificate}"
    "  GROUP BY 1) AS c ON c.id = s.{sessionrecord.id}"
    " WHERE s.{sessionrecord.id} > %AFTER ORDER BY s.{sessionrecord.id}";

constexpr std::string_view kJsonSessions =
    "SELECT s.{sessions.id}, d->>'Timestamp', d->>'ClientIP', d->>'ClientPort', d->>'ServerIP',"
    " d->>'ServerPort', d->>'JA3Digest', d->>'JA3', d->>'TLSH', NULL, d->>'JA3SDigest',"
    " d->>'JA3S', (SELECT string_agg(c->>'Raw', ',' ORDER BY n) FROM jsonb_array_elements("
    "  CASE jsonb_typeof(d->'Certificates') WHEN 'array' THEN d->'Certificates' ELSE '[]' END)"
    "  WITH ORDINALITY AS e(c, n)) FROM {sessions} s, LATERAL (SELECT s.{sessions.data} AS d) AS r"
    " WHERE s.{sessions.id} > %AFTER ORDER BY s.{sessions.id}";

std::string filled(std::string_view sql, std::string_view mark, std::string_view value) {
  std::string out(sql);
  for (size_t at = 0; (at = out.find(mark, at)) != std::string::npos; at += value.size())
    out.replace(at, mark.size(), value);
  return out;
}

std::string algorithm_of(std::string_view type) {
  return type == "ECDSA" ? "EC" : std::string(type);
}

// A digest in hex of either case; anything else is none.
std::string md5_text(std::string_view text) {
  return text.size() == 32 && is_hex(text) ? lower_case(text) : "";
}

}  // namespace

int64_t whole_number_of(std::string_view text) noexcept {
  int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::string d4_digest(std::string_view hex, size_t size) {
  if (hex.size() == 2 * size) return lower_case(hex);
  if (hex.size() != 4 * size) return {};
  const auto bytes = bytes_of_hex(hex);
  if (!bytes) return {};
  const std::string text(bytes->begin(), bytes->end());
  return is_hex(text) ? lower_case(text) : "";
}

OrError<D4Source> D4Source::open(const std::string& url) {
  DatabaseAddress address;
  address.url = url;
  DatabaseConnection::Options options;
  options.application_name = "tapseal import";
  options.settings = {{"default_transaction_read_only", "on"}};
  auto database = DatabaseConnection::open(address, options);
  if (!database) return Failure{Error{database.error().message}};
  D4Source source(std::move(database).value());
  if (OrError<void> seen = source.look_around(); !seen) return Failure{seen.error()};
  return source;
}

OrError<void> D4Source::look_around() {
  const auto begun = database_.run_script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (!begun) return Failure{Error{begun.error().message}};
  const auto columns = database_.query(
      "SELECT quote_ident(c.relname), quote_ident(a.attname), lower(c.relname), lower(a.attname)"
      " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
      " AND NOT a.attisdropped WHERE c.relkind IN ('r', 'p', 'v') AND pg_table_is_visible(c.oid)"
      " AND c.relnamespace <> 'pg_catalog'::regnamespace");
  if (!columns) return Failure{Error{columns.error().message}};
  for (int row = 0; row < columns.value().num_rows(); ++row) {
    const std::string table(columns.value().text(row, 2));
    names_[table] = columns.value().text(row, 0);
    names_[table + "." + std::string(columns.value().text(row, 3))] = columns.value().text(row, 1);
  }
  const auto who = database_.query(
      "SELECT current_database(), (SELECT oid FROM pg_database WHERE datname ="
      " current_database())::text || ' ' || (SELECT system_identifier FROM pg_control_system())");
  if (!who) return Failure{Error{who.error().message}};
  name_ = "d4:" + std::string(who.value().text(0, 0));
  const tls::Sha256 digest = tls::sha256(tls::bytes_of(who.value().text(0, 1)));
  for (size_t i = 0; i < 7; ++i)
    identity_ = identity_ << 8 | digest[i];
  return {};
}

bool D4Source::has_table(std::string_view table) const {
  return names_.contains(table);
}

bool D4Source::has_column(std::string_view table, std::string_view column) const {
  return names_.contains(std::string(table) + "." + std::string(column));
}

bool D4Source::has(D4Form form) const noexcept {
  if (form == D4Form::json) return has_column("sessions", "data") && has_column("sessions", "id");
  return has_column("sessionrecord", "hash_ja3") && has_table("ja3") && has_table("certificate") &&
         has_table("public_key") && has_table("fuzzy_hash") &&
         has_table("many_sessionrecord_has_many_certificate") &&
         has_table("many_certificate_has_many_public_key");
}

int64_t D4Source::epoch(D4Form form) const noexcept {
  return identity_ << 1 | static_cast<int64_t>(form);
}

std::string D4Source::name_at(std::string_view reference) const {
  const bool may_lack = reference.ends_with('?');
  if (may_lack) reference.remove_suffix(1);
  const auto found = names_.find(reference);
  if (found != names_.end()) return found->second;
  // An error of the server, with this name in it.
  return may_lack ? "" : std::string(reference);
}

std::string D4Source::resolved(std::string_view sql) const {
  std::string out;
  while (!sql.empty()) {
    const size_t open = std::min(sql.find('{'), sql.size());
    out += sql.substr(0, open);
    sql.remove_prefix(open);
    if (sql.empty()) break;
    const size_t close = sql.find('}');
    const std::string name = name_at(sql.substr(1, close - 1));
    // "c.{certificate.subject?}": the alias goes with the column.
    if (name.empty()) {
      out.resize(out.size() - 2);
      out += "NULL";
    }
    out += name;
    sql.remove_prefix(close + 1);
  }
  return out;
}

OrDatabaseError<QueryRows> D4Source::ask(std::string_view sql,
                                         const DatabaseConnection::Parameters& parameters) {
  return database_.query(resolved(filled(filled(sql, "%SEEN", kSeen), "%SHOWN", kShown)),
                         parameters);
}

OrDatabaseError<std::vector<D4Certificate>> D4Source::certificates() {
  const auto rows = ask(kCertificates);
  if (!rows) return Failure{rows.error()};
  std::vector<D4Certificate> out;
  for (int row = 0; row < rows.value().num_rows(); ++row) {
    const auto text = [&](int column) { return std::string(rows.value().text(row, column)); };
    D4Certificate certificate{d4_digest(text(0), 20), text(1), {}, text(4), text(5)};
    for (const int column : {2, 3})
      if (!text(column).empty()) certificate.paths.push_back(text(column));
    out.push_back(std::move(certificate));
  }
  return out;
}

OrDatabaseError<std::vector<D4Key>> D4Source::keys() {
  const auto rows = ask(kKeys);
  if (!rows) return Failure{rows.error()};
  std::vector<D4Key> out;
  for (int row = 0; row < rows.value().num_rows(); ++row) {
    const auto text = [&](int column) { return std::string(rows.value().text(row, column)); };
    // Of RSA keys only the modulus has a size, in bytes.
    const std::string bits = text(3).empty() || text(3) == "0" ? text(4) : text(3);
    out.push_back({d4_digest(text(0), 32), algorithm_of(text(1)), text(2), bits, text(5), text(6)});
  }
  return out;
}

OrDatabaseError<std::vector<std::vector<std::string>>> D4Source::fingerprints() {
  const auto rows =
      ask("SELECT encode(j.{ja3.hash}, 'hex'), j.{ja3.raw?}::text,"
          " j.{ja3.type?}::text FROM {ja3} j ORDER BY 1");
  if (!rows) return Failure{rows.error()};
  std::vector<std::vector<std::string>> out;
  for (int row = 0; row < rows.value().num_rows(); ++row) {
    const std::string hash = d4_digest(rows.value().text(row, 0), 16);
    const std::string method = rows.value().text(row, 2) == "ja3s" ? "ja3s" : "ja3";
    if (!hash.empty()) out.push_back({method, hash, stored_text(rows.value().text(row, 1))});
  }
  return out;
}

OrDatabaseError<uint64_t> D4Source::count_sessions(D4Form form, int64_t until) {
  const auto rows = ask(form == D4Form::json
                            ? "SELECT count(*) FROM {sessions} WHERE {sessions.id} <= $1"
                            : "SELECT count(*) FROM {sessionrecord} WHERE {sessionrecord.id} <= $1",
                        {std::to_string(until)});
  if (!rows) return Failure{rows.error()};
  return static_cast<uint64_t>(whole_number_of(rows.value().text(0, 0)));
}

OrDatabaseError<void> D4Source::begin_sessions(D4Form form, int64_t after) {
  reading_ = form;
  const std::string sql =
      filled(form == D4Form::json ? kJsonSessions : kSessions, "%AFTER", std::to_string(after));
  (void)database_.run_script("CLOSE ALL");
  return database_.run_script("DECLARE d4 NO SCROLL CURSOR FOR " + resolved(sql));
}

OrDatabaseError<std::vector<D4Session>> D4Source::next_sessions(size_t count) {
  const auto rows = database_.query("FETCH " + std::to_string(count) + " FROM d4");
  if (!rows) return Failure{rows.error()};
  std::vector<D4Session> out;
  for (int row = 0; row < rows.value().num_rows(); ++row) {
    const auto text = [&](int column) { return std::string(rows.value().text(row, column)); };
    D4Session session{.id = whole_number_of(text(0)),
                      .time = text(1),
                      .client = text(2),
                      .client_port = text(3),
                      .server = text(4),
                      .server_port = text(5)};
    session.ja3_raw = stored_text(text(7));
    session.tlsh = text(8).size() == 70 && is_hex(text(8)) ? lower_case(text(8)) : "";
    if (reading_ == D4Form::json) {
      session.ja3 = md5_text(text(6));
      session.ja3s = md5_text(text(10));
      session.ja3s_raw = stored_text(text(11));
      session.whole_certs = der_of(split(text(12), ','));
    } else {
      session.ja3 = d4_digest(text(6), 16);
      for (const std::string& hash : split(text(9), ','))
        session.certificates.push_back(d4_digest(hash, 20));
    }
    out.push_back(std::move(session));
  }
  return out;
}

}  // namespace control
