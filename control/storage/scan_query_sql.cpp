// SPDX-License-Identifier: Apache-2.0
#include "control/storage/scan_query_sql.hpp"

#include "control/storage/query_parts.hpp"

namespace control {
namespace {

using query_parts::utc;

std::string service_columns_sql() {
  return "v.scan, host(v.server) AS server, v.port, v.transport, v.name, v.outcome,"
         " v.tls::text AS tls, v.no_tls, v.starttls, v.speaks, v.step, v.code, v.alert, v.jarm,"
         " v.accepted, v.connections, " +
         utc("v.ended") + ", v.sensor";
}

}  // namespace

std::string scanned_sql(const std::string& where) {
  return "SELECT " + service_columns_sql() + " FROM scan_service v WHERE " + where +
         " ORDER BY v.ended DESC, v.server, v.port LIMIT $2::int";
}

std::string is_among_sql(const std::string& sightings) {
  return "(v.server, v.port, v.transport) IN (SELECT s.server, s.port, s.transport FROM " +
         sightings + ")";
}

std::string scans_sql() {
  return "SELECT n.id, n.state, n.who, " + utc("n.started") + ", " + utc("n.ended") +
         ", n.spec, n.shard, n.shards, n.targets, n.sent, n.open, n.closed, n.unreachable,"
         " n.silent, n.lost_locally, n.tls, n.certificates, n.sensor FROM scan n"
         " ORDER BY n.started DESC, n.id DESC, n.sensor LIMIT $1::int";
}

std::string scan_services_sql() {
  // The page is cut first: certificates are looked up for the rows shown.
  return "WITH page AS (SELECT * FROM scan_service WHERE scan = $1::bigint"
         " AND ($3::text IS NULL OR sensor = $3::text)"
         " AND ($4::boolean IS NULL OR tls = $4::boolean)"
         " AND ($5::text IS NULL OR no_tls = $5::text)"
         " ORDER BY server, port, transport, name, sensor LIMIT $2::int OFFSET $6::bigint)"
         " SELECT " +
         service_columns_sql() +
         ", shown.probe, shown.sha256, shown.subject_cn, shown.not_after FROM page v"
         " LEFT JOIN LATERAL (SELECT s.probe, encode(c.sha256, 'hex') AS sha256, c.subject_cn, " +
         utc("c.not_after") +
         " FROM sighting s JOIN certificate_chain k ON k.id = s.chain"
         " JOIN certificate c ON c.sha256 = k.leaf"
         " WHERE s.server = v.server AND s.port = v.port AND s.transport = v.transport"
         " AND s.sni = v.name AND s.source = 'active'"
         " ORDER BY s.last_seen DESC, s.probe LIMIT 1) shown ON v.tls"
         " ORDER BY v.server, v.port, v.transport, v.name, v.sensor";
}

}  // namespace control
