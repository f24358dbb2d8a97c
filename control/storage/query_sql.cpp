// SPDX-License-Identifier: Apache-2.0
#include "control/storage/query_sql.hpp"

#include "control/storage/query_parts.hpp"
#include "control/storage/scan_query_sql.hpp"

namespace control {
namespace {

using query_parts::hex;
using query_parts::utc;

// "EC P-256", "RSA 2048".
constexpr std::string_view kKeyColumn =
    "concat_ws(' ', nullif(c.key_algorithm, ''), coalesce(nullif(c.key_curve, ''),"
    " nullif(c.key_bits, 0)::text)) AS key";

// Addresses × ports whose own certificate it is.
constexpr std::string_view kNumServices =
    "(SELECT count(*) FROM (SELECT DISTINCT s.server, s.port, s.transport FROM certificate_chain k"
    " JOIN sighting s ON s.chain = k.id WHERE k.leaf = c.sha256) d) AS services";

// Of a session that the tap asked the scanner for; null of all others.
constexpr std::string_view kFetched =
    "CASE WHEN x.wanted_ts IS NOT NULL THEN 'fetched, not seen; ' ||"
    " floor(extract(epoch FROM x.ts - x.wanted_ts) * 1000)::bigint || ' ms later' END AS note";

// The same of a sighting `s`: by its latest fetch.
std::string fetched_sql() {
  return "SELECT " + std::string(kFetched) +
         " FROM session x WHERE s.source = 'active' AND x.source = 'active'"
         " AND x.wanted_ts IS NOT NULL AND x.dst = s.server AND x.dport = s.port"
         " AND x.transport = s.transport AND coalesce(x.sni, '') = s.sni"
         " AND coalesce(x.probe, '') = s.probe AND coalesce(x.chain, '') = s.chain"
         " ORDER BY x.ts DESC LIMIT 1";
}

std::string session_columns_sql() {
  return utc("x.ts") +
         ", host(x.src) AS src, x.sport, host(x.dst) AS dst, x.dport, x.transport, x.sni,"
         " encode(x.ja3, 'hex') AS ja3, x.ja4, '0x' || lpad(to_hex(x.server_version), 4, '0')"
         " AS server_version, '0x' || lpad(to_hex(x.cipher), 4, '0') AS cipher,"
         " x.missing_reason, x.source, x.probe, " +
         std::string(kFetched);
}

std::string sessions_sql(const std::string& where) {
  return "SELECT " + session_columns_sql() + " FROM session x WHERE " + where +
         " ORDER BY x.ts DESC LIMIT $2::int";
}

// A certificate of a person's choice, as a condition on the table that `alias` names.
using CertificateTest = std::string (*)(const std::string& alias);

// The latest sessions of each chain that begins with the certificate, from the index of that chain
// alone: a certificate that everybody visits must not make the server sort all its visits.
std::string sessions_of_chains_sql(CertificateTest test, const std::string& column) {
  return "SELECT " + session_columns_sql() +
         " FROM (SELECT k.id FROM certificate c JOIN certificate_chain k ON k.leaf = c.sha256"
         " WHERE " +
         test("c") + " LIMIT $2::int) chosen CROSS JOIN LATERAL (SELECT * FROM session y WHERE y." +
         column +
         " = chosen.id ORDER BY y.ts DESC LIMIT $2::int) x"
         " ORDER BY x.ts DESC LIMIT $2::int";
}

std::string ssh_sql(const std::string& where) {
  return "SELECT host(h.server) AS server, h.port, host(h.client) AS client, h.client_id,"
         " h.server_id, " +
         hex("h.hassh") + ", " + hex("h.hassh_server") + ", " + utc("h.first_seen") + ", " +
         utc("h.last_seen") + ", h.count FROM ssh_sighting h WHERE " + where +
         " ORDER BY h.last_seen DESC, h.server, h.port, h.client LIMIT $2::int";
}

std::string fingerprints_sql(const std::string& where) {
  return "SELECT f.method, f.hash, f.raw, f.algorithm_version, " + utc("f.first_seen") + ", " +
         utc("f.last_seen") + " FROM fingerprint f WHERE " + where +
         " ORDER BY f.method LIMIT $2::int";
}

// Sightings from the index of their chain alone, the first by address: of a chain that everybody
// shows the latest would be known after reading all.
std::string first_sightings(const std::string& where) {
  return "(SELECT * FROM sighting y WHERE " + where +
         " ORDER BY y.server, y.port, y.transport LIMIT $2::int) s";
}

// The same of all chains that hold the certificate, each once: a key may be in one of them twice.
// An authority is in more of them than anybody reads.
std::string sightings_of_chains(CertificateTest test, const std::string& condition = "true") {
  return "(SELECT DISTINCT m.id FROM (SELECT k2.id FROM certificate_chain k2 JOIN certificate c2"
         " ON k2.certificates @> ARRAY[c2.sha256] WHERE " +
         test("c2") + " LIMIT $2::int) m) chosen CROSS JOIN LATERAL " +
         first_sightings("y.chain = chosen.id AND " + condition);
}

std::vector<ShowQuestion> about_certificate(CertificateTest test) {
  return {{"certificates", certificates_sql(test("c"))},
          {"services", sightings_from_sql(sightings_of_chains(test))},
          {"scanned services",
           scanned_sql(is_among_sql(sightings_of_chains(test, "y.source = 'active'")))},
          {"sessions", sessions_of_chains_sql(test, "chain")},
          {"shown by clients", sessions_of_chains_sql(test, "client_chain")}};
}

constexpr std::string_view kDigest = "decode($1::text, 'hex')";

std::string has_sha256(const std::string& alias) {
  return "(" + alias + ".sha256 = " + std::string(kDigest) + " OR " + alias +
         ".spki_sha256 = " + std::string(kDigest) + ")";
}

std::string has_sha1(const std::string& alias) {
  return alias + ".sha1 = " + std::string(kDigest);
}

}  // namespace

// The certificate that a server showed first, beside each sighting: to whose eye, and to which of
// the scanner's hellos. What has no row of the tap's was fetched, and is not seen in the traffic.
// The page is cut first: the rest is looked up for the rows shown.
std::string sightings_from_sql(const std::string& from) {
  const std::string order = " ORDER BY s.last_seen DESC, s.server, s.port";
  return "SELECT host(s.server) AS server, s.port, s.transport, s.sni, s.source, s.probe,"
         " coalesce(encode(c.sha256, 'hex'), '') AS sha256, c.subject_cn, " +
         utc("c.not_after") + ", " + utc("s.first_seen") + ", " + utc("s.last_seen") +
         ", s.count, fetched.note FROM (SELECT s.* FROM " + from + order +
         " LIMIT $2::int) s LEFT JOIN certificate_chain k ON k.id = s.chain"
         " LEFT JOIN certificate c ON c.sha256 = k.leaf"
         " LEFT JOIN LATERAL (" +
         fetched_sql() + ") fetched ON true" + order;
}

std::string sightings_sql(const std::string& where) {
  return sightings_from_sql("sighting s WHERE " + where);
}

// One certificate down the page: its fields by name, most of them as they are stored.
std::string certificates_sql(const std::string& where) {
  return "SELECT " + hex("c.sha256") + ", " + hex("c.sha1") + ", " + hex("c.spki_sha256") +
         ", c.subject, c.issuer, c.serial, " + utc("c.not_before") + ", " + utc("c.not_after") +
         ", " + std::string(kKeyColumn) +
         ", c.signature_algorithm, array_to_string(c.san, ' ') AS san, c.is_ca::text AS is_ca, "
         "c.self_issued::text AS self_issued,"
         " c.must_staple::text AS must_staple, c.sct_list::text AS sct_list, c.ja4x,"
         " 'T1' || upper(encode(c.tlsh, 'hex')) AS tlsh,"
         " c.malformed::text AS malformed, " +
         utc("c.first_seen") + ", " + utc("c.last_seen") + ", " + std::string(kNumServices) +
         " FROM certificate c WHERE " + where +
         " ORDER BY c.last_seen DESC, c.sha256 LIMIT $2::int";
}

std::vector<ShowQuestion> show_questions(TermKind kind) {
  const std::string digest(kDigest);
  switch (kind) {
    case TermKind::address:
      return {{"services", sightings_sql("s.server = $1::inet")},
              {"scanned services", scanned_sql("v.server = $1::inet")},
              {"sessions as server", sessions_sql("x.dst = $1::inet")},
              {"sessions as client", sessions_sql("x.src = $1::inet")},
              {"ssh", ssh_sql("(h.server = $1::inet OR h.client = $1::inet)")}};
    case TermKind::service: {
      const std::string address = "split_part($1::text, ' ', 1)::inet";
      const std::string port = "split_part($1::text, ' ', 2)::int";
      return {{"services", sightings_sql("s.server = " + address + " AND s.port = " + port)},
              {"scanned services", scanned_sql("v.server = " + address + " AND v.port = " + port)},
              {"sessions as server", sessions_sql("x.dst = " + address + " AND x.dport = " + port)},
              {"sessions as client", sessions_sql("x.src = " + address + " AND x.sport = " + port)},
              {"ssh", ssh_sql("h.server = " + address + " AND h.port = " + port)}};
    }
    case TermKind::network:
      // network(): host bits may be set in what a person types.
      return {{"scanned services", scanned_sql("v.server <<= network($1::inet)")},
              {"ssh", ssh_sql("h.server <<= network($1::inet)")}};
    case TermKind::sha256: {
      std::vector<ShowQuestion> out = about_certificate(has_sha256);
      out.push_back(
          {"services with this chain", sightings_from_sql(first_sightings("y.chain = " + digest))});
      return out;
    }
    case TermKind::sha1:
      return about_certificate(has_sha1);
    case TermKind::md5:
      return {{"fingerprints", fingerprints_sql("f.hash = $1::text")},
              {"sessions", sessions_sql("x.ja3 = " + digest)},
              {"sessions with this JA3S", sessions_sql("x.ja3s = " + digest)},
              {"ssh", ssh_sql("(h.hassh = " + digest + " OR h.hassh_server = " + digest + ")")}};
    case TermKind::ja4:
      return {{"fingerprints", fingerprints_sql("f.hash = $1::text")},
              {"sessions", sessions_sql("x.ja4 = $1::text")}};
    case TermKind::jarm:
      return {{"fingerprints", fingerprints_sql("f.hash = $1::text")},
              {"scanned services", scanned_sql("v.jarm = $1::text")}};
    case TermKind::ja4s:
      return {{"fingerprints", fingerprints_sql("f.hash = $1::text")}};
    case TermKind::suffix:
    case TermKind::serial:
    case TermKind::words:
      return {};  // link_questions() has them
    case TermKind::name:
      return {{"certificates", certificates_sql("c.names && ARRAY[$1::text,"
                                                " regexp_replace($1::text, '^[^.]+', '*')]")},
              {"services", sightings_sql("lower(s.sni) = $1::text")},
              {"scanned services", scanned_sql("v.name <> '' AND lower(v.name) = $1::text")},
              {"sessions", sessions_sql("x.sni IS NOT NULL AND lower(x.sni) = $1::text")}};
  }
  return {};
}

}  // namespace control
