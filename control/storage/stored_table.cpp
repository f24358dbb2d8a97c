// SPDX-License-Identifier: Apache-2.0
#include "control/storage/stored_table.hpp"

#include "control/storage/row_map.hpp"

#include <algorithm>

namespace control {
namespace {

using Steps = std::span<const std::string_view>;

template <auto kColumns>
std::string_view columns_text() {
  static const std::string kText = column_list(kColumns());
  return kText;
}

// In the statements: %1 the columns, %2 the table, %3 its key. Rows are locked in the order of
// their key, by every writer.

// Names and keys come with a certificate's first row. Its times are moved by certificate_seen
// alone: two passes over one table could make two writers wait for each other.
constexpr std::array<std::string_view, 3> kCertificateMerge = {
    "INSERT INTO %2 (%1) SELECT %1 FROM stage_%2 ORDER BY %3 ON CONFLICT (%3) DO NOTHING",
    "INSERT INTO certificate_name (name_rev, sha256)"
    " SELECT DISTINCT reverse(name), sha256 FROM stage_%2, unnest(names) AS name"
    " ORDER BY 1, 2 ON CONFLICT DO NOTHING",
    "INSERT INTO public_key (spki_sha256, algorithm, curve, bits, first_seen, last_seen)"
    " SELECT spki_sha256, min(key_algorithm), min(key_curve), min(key_bits), min(first_seen),"
    " max(last_seen) FROM stage_%2 WHERE spki_sha256 IS NOT NULL GROUP BY spki_sha256"
    " ORDER BY spki_sha256 ON CONFLICT DO NOTHING"};

// Of what is known already only the times move, and only where they do: a certificate that
// everybody shows is not written again and again.
constexpr std::array<std::string_view, 2> kCertificateSeenMerge = {
    "WITH moved AS MATERIALIZED (SELECT c.sha256, s.first_seen, s.last_seen FROM certificate c"
    " JOIN stage_%2 s ON s.sha256 = c.sha256 WHERE c.first_seen > s.first_seen"
    " OR c.last_seen < s.last_seen ORDER BY c.sha256 FOR UPDATE OF c)"
    " UPDATE certificate c SET first_seen = least(c.first_seen, moved.first_seen),"
    " last_seen = greatest(c.last_seen, moved.last_seen) FROM moved WHERE c.sha256 = moved.sha256",
    "WITH span AS MATERIALIZED (SELECT c.spki_sha256, min(s.first_seen) AS first_seen,"
    " max(s.last_seen) AS last_seen FROM stage_%2 s JOIN certificate c ON c.sha256 = s.sha256"
    " WHERE c.spki_sha256 IS NOT NULL GROUP BY c.spki_sha256),"
    " moved AS MATERIALIZED (SELECT k.spki_sha256, span.first_seen, span.last_seen"
    " FROM public_key k JOIN span ON span.spki_sha256 = k.spki_sha256"
    " WHERE k.first_seen > span.first_seen OR k.last_seen < span.last_seen"
    " ORDER BY k.spki_sha256 FOR UPDATE OF k)"
    " UPDATE public_key k SET first_seen = least(k.first_seen, moved.first_seen),"
    " last_seen = greatest(k.last_seen, moved.last_seen) FROM moved"
    " WHERE k.spki_sha256 = moved.spki_sha256"};

constexpr std::array<std::string_view, 1> kKeepFirst = {
    "INSERT INTO %2 (%1) SELECT %1 FROM stage_%2 ORDER BY %3 ON CONFLICT (%3) DO NOTHING"};

// To the hour: half of all sessions show one of a few fingerprints.
constexpr std::array<std::string_view, 1> kFingerprintMerge = {
    "INSERT INTO %2 AS t (%1) SELECT %1 FROM stage_%2 ORDER BY %3 ON CONFLICT (%3) DO UPDATE SET"
    " first_seen = least(t.first_seen, excluded.first_seen),"
    " last_seen = greatest(t.last_seen, excluded.last_seen)"
    " WHERE t.first_seen > excluded.first_seen"
    " OR t.last_seen < excluded.last_seen - interval '1 hour'"};

// Times widen, counts add up.
constexpr std::string_view kAddLinks =
    "INSERT INTO %2 AS t (%1) SELECT %1 FROM stage_%2 ORDER BY %3 ON CONFLICT (%3) DO UPDATE SET"
    " first_seen = least(t.first_seen, excluded.first_seen),"
    " last_seen = greatest(t.last_seen, excluded.last_seen), count = t.count + excluded.count";
constexpr std::array<std::string_view, 1> kLinksMerge = {kAddLinks};
constexpr std::array<std::string_view, 2> kSightingMerge = {
    kAddLinks,
    // Of several chains the latest counts as the service's own, whatever came later without one.
    "INSERT INTO service AS v (server, port, transport, first_seen, last_seen, chain, chain_seen)"
    " SELECT server, port, transport, min(first_seen), max(last_seen),"
    " coalesce((array_agg(chain ORDER BY last_seen DESC, chain) FILTER (WHERE chain <> ''))[1], "
    "''),"
    " coalesce(max(last_seen) FILTER (WHERE chain <> ''), '-infinity') FROM stage_%2"
    " GROUP BY server, port, transport ORDER BY server, port, transport"
    " ON CONFLICT (server, port, transport) DO UPDATE SET"
    " first_seen = least(v.first_seen, excluded.first_seen),"
    " last_seen = greatest(v.last_seen, excluded.last_seen),"
    " chain = CASE WHEN (excluded.chain_seen, v.chain) > (v.chain_seen, excluded.chain)"
    " THEN excluded.chain ELSE v.chain END,"
    " chain_seen = greatest(v.chain_seen, excluded.chain_seen)"
    " WHERE v.first_seen > excluded.first_seen OR v.last_seen < excluded.last_seen"
    " OR (excluded.chain_seen, v.chain) > (v.chain_seen, excluded.chain)"};

constexpr std::array<std::string_view, 1> kSuiteDayMerge = {
    "INSERT INTO %2 AS t (%1) SELECT %1 FROM stage_%2 ORDER BY %3 ON CONFLICT (%3)"
    " DO UPDATE SET sessions = t.sessions + excluded.sessions"};

// What was asked for, by whom and when stays as it was first said: this is the audit's row.
constexpr std::array<std::string_view, 1> kScanMerge = {
    "INSERT INTO %2 AS t (%1) SELECT %1 FROM stage_%2 ORDER BY %3 ON CONFLICT (%3) DO UPDATE SET"
    " ended = excluded.ended, state = excluded.state, targets = excluded.targets,"
    " sent = excluded.sent, open = excluded.open, closed = excluded.closed,"
    " unreachable = excluded.unreachable, silent = excluded.silent,"
    " lost_locally = excluded.lost_locally, tls = excluded.tls,"
    " certificates = excluded.certificates"};

// Asked again in the same job: the later answer stays. Deep looks that it did not repeat stay, too.
constexpr std::array<std::string_view, 1> kScanServiceMerge = {
    "INSERT INTO %2 AS t (%1) SELECT %1 FROM stage_%2 ORDER BY %3 ON CONFLICT (%3) DO UPDATE SET"
    " ended = excluded.ended, tls = excluded.tls, outcome = excluded.outcome,"
    " connections = excluded.connections,"
    " no_tls = excluded.no_tls, starttls = excluded.starttls, speaks = excluded.speaks,"
    " step = excluded.step, code = excluded.code, alert = excluded.alert,"
    " jarm = coalesce(excluded.jarm, t.jarm), accepted = coalesce(excluded.accepted, t.accepted),"
    " group_classic = coalesce(excluded.group_classic, t.group_classic),"
    " group_post_quantum = coalesce(excluded.group_post_quantum, t.group_post_quantum)"
    " WHERE t.ended <= excluded.ended"};

constexpr std::array<std::string_view, 1> kScanTargetMerge = {
    "INSERT INTO %2 AS t (%1) SELECT %1 FROM stage_%2 ORDER BY %3 ON CONFLICT (%3) DO UPDATE SET"
    " ts = excluded.ts, outcome = excluded.outcome, attempt = excluded.attempt,"
    " icmp_type = excluded.icmp_type, icmp_code = excluded.icmp_code"
    " WHERE t.ts <= excluded.ts"};

constexpr Steps kStraight{};

constexpr std::array<StoredTableRules, static_cast<size_t>(StoredTable::count_)> kTables = {{
    {StoredTable::certificate, "certificate", "sha256", columns_text<certificate_columns>,
     kCertificateMerge},
    {StoredTable::certificate_seen, "certificate_seen", "sha256",
     columns_text<certificate_seen_columns>, kCertificateSeenMerge},
    {StoredTable::certificate_chain, "certificate_chain", "id", columns_text<chain_columns>,
     kKeepFirst},
    {StoredTable::fingerprint, "fingerprint", "method, hash", columns_text<fingerprint_columns>,
     kFingerprintMerge},
    {StoredTable::sighting, "sighting", "server, port, transport, sni, chain, source, probe",
     columns_text<sighting_columns>, kSightingMerge},
    {StoredTable::client_sighting, "client_sighting",
     "server, port, transport, client, sni, ja4, ja3", columns_text<client_sighting_columns>,
     kLinksMerge},
    {StoredTable::service_fingerprint, "service_fingerprint",
     "server, port, transport, method, hash", columns_text<service_fingerprint_columns>,
     kLinksMerge},
    {StoredTable::suite_day, "suite_day", "day, sensor, source, server_version, cipher, key_group",
     columns_text<suite_day_columns>, kSuiteDayMerge},
    {StoredTable::ssh_sighting, "ssh_sighting",
     "server, port, client, client_id, server_id, hassh, hassh_server", columns_text<ssh_columns>,
     kLinksMerge},
    {StoredTable::scan, "scan", "id, sensor", columns_text<scan_columns>, kScanMerge},
    {StoredTable::scan_service, "scan_service", "scan, sensor, server, port, transport, name",
     columns_text<scan_service_columns>, kScanServiceMerge},
    {StoredTable::scan_target, "scan_target", "scan, sensor, server, port",
     columns_text<scan_target_columns>, kScanTargetMerge},
    {StoredTable::session, "session", "", columns_text<session_columns>, kStraight},
}};

constexpr bool is_in_order() {
  for (size_t i = 0; i < kTables.size(); ++i) {
    if (static_cast<size_t>(kTables[i].table) != i) return false;
  }
  return true;
}
static_assert(is_in_order());

// LIKE: their columns cannot drift from the tables'. What a row need not say has its default.
std::string make_staging_script() {
  std::string out;
  for (const StoredTableRules& each : kTables) {
    if (each.steps.empty()) continue;
    const std::string name(each.name);
    out += "CREATE TEMP TABLE stage_" + name;
    out += each.table == StoredTable::certificate_seen
               ? " (sha256 bytea, first_seen timestamptz, last_seen timestamptz)"
               : " (LIKE " + name + " INCLUDING DEFAULTS)";
    out += " ON COMMIT DELETE ROWS;";
  }
  return out;
}

std::string make_empty_staging_script() {
  std::string out;
  for (const StoredTableRules& each : kTables) {
    if (each.steps.empty()) continue;
    out += (out.empty() ? "TRUNCATE stage_" : ", stage_") + std::string(each.name);
  }
  return out;
}

}  // namespace

std::string step_text(const StoredTableRules& rules, std::string_view step,
                      std::string_view columns) {
  const std::array<std::string_view, 3> values = {columns, rules.name, rules.key};
  std::string out;
  while (true) {
    const size_t mark = step.find('%');
    out += step.substr(0, mark);
    if (mark == std::string_view::npos) return out;
    out += values[static_cast<size_t>(step[mark + 1] - '1')];
    step.remove_prefix(mark + 2);
  }
}

std::span<const StoredTableRules> stored_tables() noexcept {
  return kTables;
}

const StoredTableRules& rules_of(StoredTable table) noexcept {
  return kTables[static_cast<size_t>(table)];
}

std::optional<StoredTable> find_stored_table(std::string_view name) noexcept {
  const auto* const found =
      std::ranges::find(kTables, name, [](const StoredTableRules& each) { return each.name; });
  if (found == kTables.end()) return std::nullopt;
  return found->table;
}

const std::string& staging_script() {
  static const std::string kScript = make_staging_script();
  return kScript;
}

const std::string& empty_staging_script() {
  static const std::string kScript = make_empty_staging_script();
  return kScript;
}

}  // namespace control
