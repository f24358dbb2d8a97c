// SPDX-License-Identifier: Apache-2.0
#include "control/storage/verb_sql.hpp"

#include <algorithm>

namespace control {
namespace {

using Form = ColumnForm;
using Home = FieldHome;

// "EC P-256", "RSA 2048".
constexpr SqlLiteral kKey =
    "concat_ws(' ', nullif(c.key_algorithm, ''), coalesce(nullif(c.key_curve, ''),"
    " nullif(c.key_bits, 0)::text))";

constexpr SqlLiteral kEnd = ")";

// Sightings of a certificate `c` as a server's own.
constexpr VerbLink kShown = {
    {Home::sighting, Home::sighting},
    "EXISTS (SELECT FROM certificate_chain k JOIN sighting s ON s.chain = k.id"
    " WHERE k.leaf = c.sha256 AND ",
    kEnd};

constexpr Home kOwnCertificate[] = {Home::certificate};

// certs
constexpr VerbColumn kCertsColumns[] = {
    {"not_after", Form::time, "c.not_after", true},
    {"remaining", Form::number,
     "CASE WHEN isfinite(c.not_after) THEN"
     " extract(epoch FROM date_trunc('second', c.not_after - now()))::bigint END",
     true},
    {"subject_cn", Form::text, "c.subject_cn", true},
    {"issuer_cn", Form::text, "c.issuer_cn", true},
    {"key", Form::text, kKey},
    {"services", Form::number,
     "(SELECT count(*) FROM (SELECT DISTINCT s.server, s.port, s.transport FROM certificate_chain k"
     " JOIN sighting s ON s.chain = k.id WHERE k.leaf = c.sha256) d)"},
    {"owner", Form::text,
     "(SELECT string_agg(DISTINCT t.owner, ' ') FROM tag_rule t WHERE t.owner IS NOT NULL AND"
     " EXISTS (SELECT FROM certificate_chain k JOIN sighting s ON s.chain = k.id"
     " WHERE k.leaf = c.sha256"
     " AND tag_applies(t, s.server, s.port, s.sni, c.names, c.issuer)))",
     true},
    {"first_seen", Form::time, "c.first_seen"},
    {"last_seen", Form::time, "c.last_seen"},
    {"sha256", Form::hex, "c.sha256"},
};
constexpr VerbKey kCertsKeys[] = {{"c.sha256", "bytea"}};
constexpr VerbLink kCertsLinks[] = {kShown};

// hosts
constexpr VerbColumn kHostsColumns[] = {
    {"server", Form::address, "v.server"},
    {"port", Form::number, "v.port"},
    {"transport", Form::text, "v.transport"},
    {"names", Form::number,
     "(SELECT count(DISTINCT lower(s.sni)) FROM sighting s WHERE s.server = v.server"
     " AND s.port = v.port AND s.transport = v.transport AND s.sni <> '')"},
    {"certificates", Form::number,
     "(SELECT count(DISTINCT k.leaf) FROM sighting s JOIN certificate_chain k ON k.id = s.chain"
     " WHERE s.server = v.server AND s.port = v.port AND s.transport = v.transport)"},
    {"subject_cn", Form::text,
     "(SELECT a.subject_cn FROM certificate_chain k JOIN certificate a ON a.sha256 = k.leaf"
     " WHERE k.id = v.chain)",
     true},
    {"not_after", Form::time,
     "(SELECT a.not_after FROM certificate_chain k JOIN certificate a ON a.sha256 = k.leaf"
     " WHERE k.id = v.chain)",
     true},
    {"tags", Form::text,
     "(SELECT string_agg(DISTINCT t.tag, ' ') FROM tag_rule t WHERE EXISTS (SELECT FROM sighting s"
     " LEFT JOIN certificate_chain k ON k.id = s.chain"
     " LEFT JOIN certificate c ON c.sha256 = k.leaf WHERE s.server = v.server"
     " AND s.port = v.port AND s.transport = v.transport"
     " AND tag_applies(t, s.server, s.port, s.sni, c.names, c.issuer)))",
     true},
    {"owner", Form::text,
     "(SELECT string_agg(DISTINCT t.owner, ' ') FROM tag_rule t WHERE t.owner IS NOT NULL AND"
     " EXISTS (SELECT FROM sighting s LEFT JOIN certificate_chain k ON k.id = s.chain"
     " LEFT JOIN certificate c ON c.sha256 = k.leaf WHERE s.server = v.server"
     " AND s.port = v.port AND s.transport = v.transport"
     " AND tag_applies(t, s.server, s.port, s.sni, c.names, c.issuer)))",
     true},
    {"first_seen", Form::time, "v.first_seen"},
    {"last_seen", Form::time, "v.last_seen"},
    {"sha256", Form::hex, "(SELECT k.leaf FROM certificate_chain k WHERE k.id = v.chain)", true},
};
constexpr VerbKey kHostsKeys[] = {{"v.server", "inet"}, {"v.port", "int"}, {"v.transport", "text"}};
constexpr Home kHostsOwn[] = {Home::service};
constexpr VerbLink kHostsLinks[] = {
    {{Home::sighting, Home::certificate},
     "EXISTS (SELECT FROM sighting s LEFT JOIN certificate_chain k ON k.id = s.chain"
     " LEFT JOIN certificate c ON c.sha256 = k.leaf WHERE s.server = v.server"
     " AND s.port = v.port AND s.transport = v.transport AND ",
     kEnd,
     "k.id IS NOT NULL AND "}};

// names
constexpr VerbColumn kNamesColumns[] = {
    {"name", Form::text, "reverse(d.name_rev)"},
    {"certificates", Form::number,
     "(SELECT count(*) FROM certificate_name n WHERE n.name_rev = d.name_rev)"},
    {"services", Form::number,
     "(SELECT count(DISTINCT (s.server, s.port, s.transport)) FROM sighting s WHERE s.sni <> ''"
     " AND reverse(lower(s.sni)) = d.name_rev)"},
    {"not_after", Form::time,
     "(SELECT max(c.not_after) FROM certificate_name n JOIN certificate c ON c.sha256 = n.sha256"
     " WHERE n.name_rev = d.name_rev)",
     true},
    {"last_seen", Form::time,
     "greatest((SELECT max(s.last_seen) FROM sighting s WHERE s.sni <> ''"
     " AND reverse(lower(s.sni)) = d.name_rev), (SELECT max(c.last_seen) FROM certificate_name n"
     " JOIN certificate c ON c.sha256 = n.sha256 WHERE n.name_rev = d.name_rev))",
     true},
};
constexpr VerbKey kNamesKeys[] = {{"d.name_rev", "text"}};
constexpr Home kNamesOwn[] = {Home::name};
constexpr VerbLink kNamesLinks[] = {
    {{Home::certificate, Home::certificate},
     "EXISTS (SELECT FROM certificate_name m JOIN certificate c ON c.sha256 = m.sha256"
     " WHERE m.name_rev = d.name_rev AND ",
     kEnd},
    {{Home::sighting, Home::sighting},
     "EXISTS (SELECT FROM sighting s LEFT JOIN certificate_chain k ON k.id = s.chain"
     " LEFT JOIN certificate c ON c.sha256 = k.leaf WHERE s.sni <> ''"
     " AND reverse(lower(s.sni)) = d.name_rev AND ",
     kEnd}};

// cas
constexpr VerbColumn kCasColumns[] = {
    {"issuer_cn", Form::text, "g.issuer_cn", true},
    {"certificates", Form::number, "g.certificates"},
    {"expired", Form::number, "g.expired"},
    {"next_expiry", Form::time, "g.next_expiry", true},
    {"self_signed", Form::flag, "g.self_signed"},
    {"first_seen", Form::time, "g.first_seen"},
    {"last_seen", Form::time, "g.last_seen"},
    {"issuer", Form::text, "g.issuer"},
};
// The issuer itself can be longer than what a caller may send back.
constexpr VerbKey kCasKeys[] = {{"md5(g.issuer)", "text"}};

// keys
constexpr VerbColumn kKeysColumns[] = {
    {"key", Form::text,
     "concat_ws(' ', nullif(g.algorithm, ''), coalesce(nullif(g.curve, ''),"
     " nullif(g.bits, 0)::text))"},
    {"certificates", Form::number, "g.certificates"},
    {"subjects", Form::number, "g.subjects"},
    {"services", Form::number,
     "(SELECT count(DISTINCT (s.server, s.port, s.transport)) FROM certificate a"
     " JOIN certificate_chain k ON k.leaf = a.sha256 JOIN sighting s ON s.chain = k.id"
     " WHERE a.spki_sha256 = g.spki_sha256)"},
    {"subject_cn", Form::text, "g.subject_cn", true},
    {"first_seen", Form::time, "g.first_seen"},
    {"last_seen", Form::time, "g.last_seen"},
    {"spki", Form::hex, "g.spki_sha256"},
};
constexpr VerbKey kKeysKeys[] = {{"g.spki_sha256", "bytea"}};

// fingerprints
constexpr VerbColumn kPrintsColumns[] = {
    {"method", Form::text, "x.method"},
    {"hash", Form::text, "x.hash"},
    {"services", Form::number,
     "(SELECT count(*) FROM service_fingerprint f WHERE f.hash = x.hash AND f.method = x.method)"},
    {"clients", Form::number,
     "CASE x.method WHEN 'ja4' THEN (SELECT count(DISTINCT l.client) FROM client_sighting l"
     " WHERE l.ja4 <> '' AND l.ja4 = x.hash) WHEN 'ja3' THEN (SELECT count(DISTINCT l.client)"
     " FROM client_sighting l WHERE l.ja3 <> '' AND l.ja3 = decode(x.hash, 'hex')) ELSE 0 END"},
    {"first_seen", Form::time, "x.first_seen"},
    {"last_seen", Form::time, "x.last_seen"},
    {"raw", Form::text, "x.raw", true},
};
constexpr VerbKey kPrintsKeys[] = {{"x.method", "text"}, {"x.hash", "text"}};
constexpr Home kPrintsOwn[] = {Home::fingerprint};

// changes
constexpr VerbColumn kChangesColumns[] = {
    {"first_seen", Form::time, "s.first_seen"},
    {"what", Form::text,
     "CASE WHEN s.method <> '' THEN 'fingerprint'"
     " WHEN b.leaf = k.leaf THEN 'chain'"
     " WHEN b.last_seen IS NOT NULL THEN 'certificate'"
     " WHEN NOT EXISTS (SELECT FROM sighting p WHERE p.server = s.server AND p.port = s.port"
     " AND p.transport = s.transport AND p.first_seen < s.first_seen) THEN 'service'"
     " WHEN NOT EXISTS (SELECT FROM sighting p WHERE p.server = s.server AND p.port = s.port"
     " AND p.transport = s.transport AND p.sni = s.sni AND p.first_seen < s.first_seen) THEN 'name'"
     " ELSE 'certificate' END"},
    {"how", Form::text,
     "CASE WHEN b.last_seen IS NULL THEN 'began' WHEN b.last_seen < s.first_seen THEN 'replaced'"
     " ELSE 'added' END"},
    {"server", Form::address, "s.server"},
    {"port", Form::number, "s.port"},
    {"transport", Form::text, "s.transport"},
    {"sni", Form::text, "s.sni"},
    {"seen_by", Form::text,
     "concat_ws(' ', nullif(s.source, ''), nullif(s.probe, ''),"
     " nullif(s.method, ''))"},
    {"subject_before", Form::text,
     "(SELECT a.subject_cn FROM certificate a WHERE a.sha256 = b.leaf)", true},
    {"subject", Form::text, "c.subject_cn", true},
    {"issuer_before", Form::text, "(SELECT a.issuer_cn FROM certificate a WHERE a.sha256 = b.leaf)",
     true},
    {"issuer", Form::text, "c.issuer_cn", true},
    {"key", Form::text,
     "(SELECT CASE WHEN a.spki_sha256 = c.spki_sha256 THEN 'kept' ELSE 'changed' END"
     " FROM certificate a WHERE a.sha256 = b.leaf AND c.sha256 IS NOT NULL)",
     true},
    {"before", Form::text, "coalesce(encode(b.leaf, 'hex'), b.hash)", true},
    {"after", Form::text, "coalesce(encode(k.leaf, 'hex'), nullif(s.hash, ''))", true},
};
constexpr VerbKey kChangesKeys[] = {
    {"s.server", "inet"},
    {"s.port", "int"},
    {"concat_ws(' ', s.transport, s.sni, s.source, s.probe, encode(s.chain, 'hex'), s.method,"
     " s.hash)",
     "text"}};
constexpr Home kChangesOwn[] = {Home::sighting, Home::certificate};

constexpr VerbSql kVerbs[kNumQueryVerbs] = {
    {"certificate c", "true", "", kCertsColumns, kCertsKeys, kOwnCertificate, kCertsLinks,
     "not_after"},
    {"service v", "true", "", kHostsColumns, kHostsKeys, kHostsOwn, kHostsLinks, "server"},
    {"(SELECT n.name_rev FROM certificate_name n UNION SELECT reverse(lower(s.sni)) FROM sighting s"
     " WHERE s.sni <> '') d",
     "true", "", kNamesColumns, kNamesKeys, kNamesOwn, kNamesLinks, "name"},
    {"(SELECT c.issuer, min(c.issuer_cn) AS issuer_cn, count(*) AS certificates,"
     " count(*) FILTER (WHERE c.not_after < now()) AS expired,"
     " min(c.not_after) FILTER (WHERE c.not_after >= now()) AS next_expiry,"
     " bool_and(c.self_issued) AS self_signed, min(c.first_seen) AS first_seen,"
     " max(c.last_seen) AS last_seen FROM certificate c",
     "true", " GROUP BY c.issuer) g", kCasColumns, kCasKeys, kOwnCertificate, kCertsLinks,
     "certificates", true},
    {"(SELECT c.spki_sha256, min(c.key_algorithm) AS algorithm, min(c.key_curve) AS curve,"
     " min(c.key_bits) AS bits, count(*) AS certificates, count(DISTINCT c.subject) AS subjects,"
     " min(c.subject_cn) AS subject_cn, min(c.first_seen) AS first_seen,"
     " max(c.last_seen) AS last_seen FROM certificate c",
     "c.spki_sha256 IS NOT NULL", " GROUP BY c.spki_sha256) g", kKeysColumns, kKeysKeys,
     kOwnCertificate, kCertsLinks, "certificates", true},
    // The scanner's JARMs have no raw text, and so no row of their own.
    {"(SELECT r.method, r.hash, r.raw, r.first_seen, r.last_seen FROM fingerprint r"
     " UNION ALL SELECT f.method, f.hash, NULL, min(f.first_seen), max(f.last_seen)"
     " FROM service_fingerprint f WHERE f.method = 'jarm' AND NOT EXISTS (SELECT FROM fingerprint r"
     " WHERE r.method = f.method AND r.hash = f.hash) GROUP BY f.method, f.hash) x",
     "true",
     "",
     kPrintsColumns,
     kPrintsKeys,
     kPrintsOwn,
     {},
     "method"},
    // `b` is what the same service showed before under the same name to the same hello. A sighting
    // without a chain says only that nobody could see one.
    {"(SELECT s.first_seen, s.server, s.port, s.transport, s.sni, s.source, s.probe, s.chain,"
     " '' AS method, '' AS hash FROM sighting s UNION ALL SELECT f.first_seen, f.server, f.port,"
     " f.transport, '', '', '', '', f.method, f.hash FROM service_fingerprint f) s"
     " LEFT JOIN certificate_chain k ON k.id = s.chain"
     " LEFT JOIN certificate c ON c.sha256 = k.leaf"
     " LEFT JOIN LATERAL (SELECT o.leaf, NULL AS hash, p.last_seen, p.first_seen"
     " FROM sighting p LEFT JOIN certificate_chain o ON o.id = p.chain WHERE s.method = ''"
     " AND p.server = s.server AND p.port = s.port AND p.transport = s.transport AND p.sni = s.sni"
     " AND p.source = s.source AND p.probe = s.probe AND p.chain <> ''"
     " AND p.first_seen < s.first_seen UNION ALL SELECT NULL, p.hash, p.last_seen, p.first_seen"
     " FROM service_fingerprint p WHERE s.method <> '' AND p.server = s.server AND p.port = s.port"
     " AND p.transport = s.transport AND p.method = s.method AND p.first_seen < s.first_seen"
     " ORDER BY first_seen DESC LIMIT 1) b ON true",
     "NOT (s.method = '' AND s.chain = '' AND b.last_seen IS NOT NULL)",
     "",
     kChangesColumns,
     kChangesKeys,
     kChangesOwn,
     {},
     "first_seen",
     true},
};

}  // namespace

const VerbColumn* VerbSql::column(std::string_view name) const noexcept {
  const auto found = std::ranges::find(columns, name, &VerbColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

const VerbSql& verb_sql(QueryVerb verb) noexcept {
  return kVerbs[static_cast<size_t>(verb)];
}

}  // namespace control
