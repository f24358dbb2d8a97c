// SPDX-License-Identifier: Apache-2.0
// What the import of a D4 database says to our own. Part of d4_import.cpp, apart only for its
// length.
#pragma once

#include "control/storage/d4/d4_source.hpp"

#include <array>
#include <string>
#include <string_view>

namespace control::d4_sql {

enum class Empty : bool { is_null, kept };

// One field of COPY's text format, and what ends it.
inline void append_field(std::string& out, std::string_view value, char end,
                         Empty empty = Empty::is_null) {
  if (value.empty() && empty == Empty::is_null) out += "\\N";
  for (const char c : value) {
    if (c == '\\') out += '\\';
    out += c == '\t' || c == '\n' || c == '\r' ? ' ' : c;
  }
  out += end;
}
// Bytes, of their hex digits; none are NULL.
inline void append_bytes(std::string& out, std::string_view hex, char end) {
  append_field(out, hex.empty() ? "" : "\\x" + std::string(hex), end);
}

// A row of d4_session; `chain` in hex.
inline void append_session(std::string& rows, const D4Session& session, const std::string& chain) {
  append_field(rows, std::to_string(session.id), '\t');
  append_field(rows, session.time, '\t', Empty::kept);
  append_field(rows, session.client, '\t', Empty::kept);
  append_field(rows, session.client_port, '\t', Empty::kept);
  append_field(rows, session.server, '\t', Empty::kept);
  append_field(rows, session.server_port, '\t', Empty::kept);
  append_bytes(rows, session.ja3, '\t');
  append_field(rows, session.ja3_raw, '\t', Empty::kept);
  append_bytes(rows, session.ja3s, '\t');
  append_field(rows, session.ja3s_raw, '\t', Empty::kept);
  append_bytes(rows, session.tlsh, '\t');
  append_bytes(rows, chain, '\n');
}

inline constexpr std::string_view kStages =
    "CREATE TEMP TABLE d4_certificate (LIKE certificate) ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE d4_span (sha256 bytea, first timestamptz, last timestamptz)"
    " ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE d4_key (spki_sha256 bytea, algorithm text, curve text, bits int,"
    " first timestamptz, last timestamptz) ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE d4_print (method text, hash text, raw text) ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE d4_chain (id bytea, certificates bytea[]) ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE d4_session (id bigint, ts timestamptz, src inet, sport int, dst inet,"
    " dport int, ja3 bytea, ja3_raw text, ja3s bytea, ja3s_raw text, tlsh bytea, chain bytea)"
    " ON COMMIT DELETE ROWS";

inline constexpr std::string_view kMakeDay =
    "SELECT create_session_partition(($1::timestamptz AT TIME ZONE 'UTC')::date, 1500)";

inline constexpr std::string_view kCursorBegin =
    "INSERT INTO ingest_cursor (sensor, epoch, seq) VALUES ($1, $2::bigint, 0)"
    " ON CONFLICT (sensor, epoch) DO UPDATE SET seq = ingest_cursor.seq RETURNING seq";
inline constexpr std::string_view kCursorLock =
    "SELECT seq FROM ingest_cursor WHERE sensor = $1 AND epoch = $2::bigint FOR UPDATE";
inline constexpr std::string_view kCursorMove =
    "UPDATE ingest_cursor SET seq = $3::bigint, updated_at = now() WHERE sensor = $1"
    " AND epoch = $2::bigint";

// Of certificates that no session showed, the time is that of the import.
inline std::array<std::string, 4> certificate_merges(const std::string& columns) {
  return {
      "UPDATE d4_certificate c SET first_seen = coalesce(s.first, now()),"
      " last_seen = coalesce(s.last, now()) FROM d4_span s WHERE s.sha256 = c.sha256",
      "INSERT INTO certificate (" + columns + ") SELECT DISTINCT ON (sha256) " + columns +
          " FROM d4_certificate ORDER BY sha256 ON CONFLICT (sha256) DO UPDATE SET"
          " first_seen = least(certificate.first_seen, excluded.first_seen),"
          " last_seen = greatest(certificate.last_seen, excluded.last_seen)",
      "INSERT INTO certificate_name (name_rev, sha256) SELECT DISTINCT reverse(name), sha256"
      " FROM d4_certificate, unnest(names) AS name ORDER BY 1, 2 ON CONFLICT DO NOTHING",
      "INSERT INTO public_key (spki_sha256, algorithm, curve, bits, first_seen, last_seen)"
      " SELECT DISTINCT ON (spki_sha256) spki_sha256, key_algorithm, key_curve, key_bits,"
      " min(first_seen) OVER same, max(last_seen) OVER same FROM d4_certificate"
      " WHERE spki_sha256 IS NOT NULL WINDOW same AS (PARTITION BY spki_sha256)"
      " ORDER BY spki_sha256 ON CONFLICT (spki_sha256) DO UPDATE SET"
      " first_seen = least(public_key.first_seen, excluded.first_seen),"
      " last_seen = greatest(public_key.last_seen, excluded.last_seen)"};
}

// What our own reader says of a key stays: it knows more kinds.
inline constexpr std::string_view kKeyMerge =
    "INSERT INTO public_key (spki_sha256, algorithm, curve, bits, first_seen, last_seen)"
    " SELECT DISTINCT ON (spki_sha256) spki_sha256, algorithm, curve, bits,"
    " coalesce(first, now()), coalesce(last, now()) FROM d4_key ORDER BY spki_sha256"
    " ON CONFLICT (spki_sha256) DO UPDATE SET"
    " first_seen = least(public_key.first_seen, excluded.first_seen),"
    " last_seen = greatest(public_key.last_seen, excluded.last_seen)";

// Not of the rules of ours: a hello that ends in GREASE has another JA3 there.
inline constexpr std::string_view kPrintMerge =
    "INSERT INTO fingerprint (method, hash, raw, algorithm_version, first_seen, last_seen)"
    " SELECT DISTINCT ON (method, hash) method, hash, raw, 'd4', now(), now() FROM d4_print"
    " ORDER BY method, hash ON CONFLICT DO NOTHING";

// In the order of their keys, so that this and the writer cannot wait for each other in a circle.
inline constexpr std::array<std::string_view, 9> kSessionMerges = {
    "INSERT INTO sensor (name) VALUES ($1) ON CONFLICT DO NOTHING",
    "INSERT INTO certificate_chain (id, certificates) SELECT DISTINCT ON (id) id, certificates"
    " FROM d4_chain ORDER BY id ON CONFLICT DO NOTHING",
    "INSERT INTO fingerprint (method, hash, raw, algorithm_version, first_seen, last_seen)"
    " SELECT method, encode(hash, 'hex'), max(raw), 'd4', min(ts), max(ts) FROM (SELECT 'ja3' AS"
    " method, ja3 AS hash, ja3_raw AS raw, ts FROM d4_session UNION ALL SELECT 'ja3s', ja3s,"
    " ja3s_raw, ts FROM d4_session) AS p WHERE hash IS NOT NULL GROUP BY method, hash"
    " ORDER BY method, encode(hash, 'hex') ON CONFLICT (method, hash) DO UPDATE SET"
    " first_seen = least(fingerprint.first_seen, excluded.first_seen),"
    " last_seen = greatest(fingerprint.last_seen, excluded.last_seen)",
    "INSERT INTO sighting (server, port, transport, sni, chain, source, probe, first_seen,"
    " last_seen, count) SELECT dst, dport, 'tcp', '', coalesce(chain, ''), 'imported', '',"
    " min(ts), max(ts), count(*) FROM d4_session GROUP BY dst, dport, coalesce(chain, '')"
    " ORDER BY dst, dport, coalesce(chain, '')"
    " ON CONFLICT (server, port, transport, sni, chain, source, probe) DO UPDATE SET"
    " first_seen = least(sighting.first_seen, excluded.first_seen),"
    " last_seen = greatest(sighting.last_seen, excluded.last_seen),"
    " count = sighting.count + excluded.count",
    "INSERT INTO service AS v (server, port, transport, first_seen, last_seen, chain, chain_seen)"
    " SELECT dst, dport, 'tcp', min(ts), max(ts),"
    " coalesce((array_agg(chain ORDER BY ts DESC, chain) FILTER (WHERE chain <> ''))[1], ''),"
    " coalesce(max(ts) FILTER (WHERE chain <> ''), '-infinity') FROM d4_session"
    " GROUP BY dst, dport ORDER BY dst, dport ON CONFLICT (server, port, transport) DO UPDATE SET"
    " first_seen = least(v.first_seen, excluded.first_seen),"
    " last_seen = greatest(v.last_seen, excluded.last_seen),"
    " chain = CASE WHEN (excluded.chain_seen, v.chain) > (v.chain_seen, excluded.chain)"
    " THEN excluded.chain ELSE v.chain END,"
    " chain_seen = greatest(v.chain_seen, excluded.chain_seen)",
    "INSERT INTO client_sighting (server, port, transport, client, sni, ja4, ja3, first_seen,"
    " last_seen, count) SELECT dst, dport, 'tcp', src, '', '', coalesce(ja3, ''), min(ts),"
    " max(ts), count(*) FROM d4_session GROUP BY dst, dport, src, coalesce(ja3, '')"
    " ORDER BY dst, dport, src, coalesce(ja3, '')"
    " ON CONFLICT (server, port, transport, client, sni, ja4, ja3) DO UPDATE SET"
    " first_seen = least(client_sighting.first_seen, excluded.first_seen),"
    " last_seen = greatest(client_sighting.last_seen, excluded.last_seen),"
    " count = client_sighting.count + excluded.count",
    "INSERT INTO service_fingerprint (server, port, transport, method, hash, first_seen,"
    " last_seen, count) SELECT dst, dport, 'tcp', 'ja3s', encode(ja3s, 'hex'), min(ts), max(ts),"
    " count(*) FROM d4_session WHERE ja3s IS NOT NULL GROUP BY dst, dport, ja3s"
    " ORDER BY dst, dport, encode(ja3s, 'hex')"
    " ON CONFLICT (server, port, transport, method, hash) DO UPDATE SET"
    " first_seen = least(service_fingerprint.first_seen, excluded.first_seen),"
    " last_seen = greatest(service_fingerprint.last_seen, excluded.last_seen),"
    " count = service_fingerprint.count + excluded.count",
    // A row whose time or addresses are missing is refused here, by the columns of the table.
    "INSERT INTO session (ts, plaintext_before, sport, dport, hrr, resumed, conflict, complete,"
    " sensor, source, transport, src, dst, ja3, ja3s, chain, tlsh) SELECT ts, 0, sport, dport,"
    " false, false, false, true, $1, 'imported', 'tcp', src, dst, ja3, ja3s, chain, tlsh"
    " FROM d4_session ORDER BY id",
    // Certificates and keys were seen as long as the sessions that showed them.
    "UPDATE certificate c SET first_seen = least(c.first_seen, s.first),"
    " last_seen = greatest(c.last_seen, s.last) FROM (SELECT sha256, min(ts) AS first,"
    " max(ts) AS last FROM d4_session JOIN d4_chain ON d4_chain.id = d4_session.chain,"
    " unnest(certificates) AS sha256 GROUP BY sha256) AS s WHERE s.sha256 = c.sha256"
    " AND (c.first_seen > s.first OR c.last_seen < s.last)"};

}  // namespace control::d4_sql
