// SPDX-License-Identifier: Apache-2.0
#include "control/storage/link_query_sql.hpp"

#include "control/storage/query_parts.hpp"

namespace control {
namespace {

using query_parts::hex;
using query_parts::utc;

// Of an address the latest rows; of a network, whose rows may be millions, the first in the order
// of an index.
constexpr std::string_view kLatestClients = "l.last_seen DESC, l.server, l.port, l.client";
constexpr std::string_view kLatestPrints = "f.last_seen DESC, f.server, f.port, f.method";

std::string clients_sql(const std::string& where, std::string_view order = kLatestClients) {
  return "SELECT host(l.client) AS client, host(l.server) AS server, l.port, l.transport, l.sni,"
         " l.ja4, " +
         hex("l.ja3") + ", " + utc("l.first_seen") + ", " + utc("l.last_seen") +
         ", l.count FROM client_sighting l WHERE " + where + " ORDER BY " + std::string(order) +
         " LIMIT $2::int";
}

std::string prints_sql(const std::string& where, std::string_view order = kLatestPrints) {
  return "SELECT host(f.server) AS server, f.port, f.transport, f.method, f.hash, " +
         utc("f.first_seen") + ", " + utc("f.last_seen") +
         ", f.count FROM service_fingerprint f WHERE " + where + " ORDER BY " + std::string(order) +
         " LIMIT $2::int";
}

std::string key_sql(const std::string& where) {
  return "SELECT " + hex("p.spki_sha256") + ", p.algorithm, p.curve, p.bits, " +
         utc("p.first_seen") + ", " + utc("p.last_seen") + " FROM public_key p WHERE " + where +
         " LIMIT $2::int";
}

// A line for each certificate that is beside another one.
std::string neighbours_sql(const std::string& where) {
  return "SELECT " + hex("c.sha256") + ", c.subject_cn, c.issuer_cn, " + utc("c.not_before") +
         ", " + utc("c.not_after") + ", " + utc("c.last_seen") + " FROM certificate c WHERE " +
         where + " ORDER BY c.not_after DESC, c.sha256 LIMIT $2::int";
}

std::vector<ShowQuestion> beside_certificate(const std::string& is_it) {
  return {
      {"public key",
       key_sql("p.spki_sha256 IN (SELECT a.spki_sha256 FROM certificate a WHERE " + is_it + ")")},
      {"others with this key",
       neighbours_sql("c.spki_sha256 IN (SELECT a.spki_sha256 FROM certificate a WHERE " + is_it +
                      ") AND c.sha256 NOT IN (SELECT a.sha256 FROM certificate a WHERE " + is_it +
                      ")")},
      {"others for its names",
       neighbours_sql("c.sha256 IN (SELECT b.sha256 FROM certificate a CROSS JOIN LATERAL"
                      " unnest(a.names) AS name JOIN certificate_name b"
                      " ON b.name_rev = reverse(name) WHERE " +
                      is_it + " AND b.sha256 <> a.sha256)")}};
}

// Everything below a domain is a range of names that are stored backwards: '/' follows '.'.
std::string below(const std::string& name) {
  return name + " > reverse($1::text) || '.' AND " + name + " < reverse($1::text) || '/'";
}

}  // namespace

std::vector<ShowQuestion> link_questions(TermKind kind) {
  const std::string digest = "decode($1::text, 'hex')";
  const std::string address = "split_part($1::text, ' ', 1)::inet";
  const std::string port = "split_part($1::text, ' ', 2)::int";
  switch (kind) {
    case TermKind::address:
      return {{"clients", clients_sql("l.server = $1::inet")},
              {"asked as client", clients_sql("l.client = $1::inet")},
              {"fingerprints of its services", prints_sql("f.server = $1::inet")}};
    case TermKind::service:
      return {{"clients", clients_sql("l.server = " + address + " AND l.port = " + port)},
              {"fingerprints", prints_sql("f.server = " + address + " AND f.port = " + port)}};
    case TermKind::network:
      return {
          {"clients", clients_sql("l.server <<= network($1::inet)",
                                  "l.server, l.port, l.transport, l.client")},
          {"asked as client", clients_sql("l.client <<= network($1::inet)", "l.client")},
          {"fingerprints of its services", prints_sql("f.server <<= network($1::inet)",
                                                      "f.server, f.port, f.transport, f.method")}};
    case TermKind::sha256:
      return beside_certificate("(a.sha256 = " + digest + " OR a.spki_sha256 = " + digest + ")");
    case TermKind::sha1: {
      std::vector<ShowQuestion> out = beside_certificate("a.sha1 = " + digest);
      // As long as the longest serial number.
      out.push_back({"certificates with this serial number",
                     certificates_sql("left(c.serial, 128) = $1::text")});
      return out;
    }
    case TermKind::md5:
      return {{"certificates", certificates_sql("md5(c.der) = $1::text")},
              {"certificates with this serial number",
               certificates_sql("left(c.serial, 128) = $1::text")},
              {"clients", clients_sql("l.ja3 <> '' AND l.ja3 = " + digest)},
              {"services with this fingerprint", prints_sql("f.hash = $1::text")}};
    case TermKind::ja4:
      return {{"clients", clients_sql("l.ja4 <> '' AND l.ja4 = $1::text")}};
    case TermKind::ja4s:
    case TermKind::jarm:
      return {{"services with this fingerprint", prints_sql("f.hash = $1::text")}};
    case TermKind::suffix:
      // Sightings by name, from the index: the latest would be known after reading all.
      return {{"certificates",
               certificates_sql("c.sha256 IN (SELECT n.sha256 FROM certificate_name n WHERE " +
                                below("n.name_rev") + ")")},
              {"services", sightings_from_sql("(SELECT * FROM sighting y WHERE y.sni <> '' AND " +
                                              below("reverse(lower(y.sni))") +
                                              " ORDER BY reverse(lower(y.sni)) LIMIT $2::int) s")}};
    case TermKind::serial:
      return {{"certificates", certificates_sql("left(c.serial, 128) = $1::text")}};
    case TermKind::words:
      return {{"certificates of this issuer",
               neighbours_sql("words_of(c.issuer) @@ phrase_of($1::text)")},
              {"certificates of this subject",
               neighbours_sql("words_of(c.subject) @@ phrase_of($1::text)")}};
    case TermKind::name:
      return {};
  }
  return {};
}

std::string hosts_query(const QueryTerm& term) {
  return term.kind == TermKind::network ? "server:" + term.value : "";
}

std::string changes_query(const QueryTerm& term) {
  switch (term.kind) {
    case TermKind::address:
    case TermKind::network:
      return "server:" + term.value;
    case TermKind::service: {
      const size_t space = term.value.find(' ');
      return "server:" + term.value.substr(0, space) + " port:" + term.value.substr(space + 1);
    }
    default:
      return "";
  }
}

}  // namespace control
