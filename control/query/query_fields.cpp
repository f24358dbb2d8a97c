// SPDX-License-Identifier: Apache-2.0
#include "control/query/query_field.hpp"

#include <algorithm>
#include <array>

namespace control {
namespace {

using enum QueryVerb;
using enum FieldForm;
using Home = FieldHome;

constexpr std::array<std::string_view, 3> kTransports = {"tcp", "quic", "dtls"};
constexpr std::array<std::string_view, 3> kSources = {"passive", "active", "imported"};
constexpr std::array<std::string_view, 5> kWhats = {"service", "name", "certificate", "chain",
                                                    "fingerprint"};
constexpr std::array<std::string_view, 3> kHows = {"began", "replaced", "added"};

// Which verbs a field serves.
constexpr VerbSet kHosts = {hosts};
constexpr VerbSet kNames = {names};
constexpr VerbSet kCas = {cas};
constexpr VerbSet kKeys = {keys};
constexpr VerbSet kPrints = {fingerprints};
constexpr VerbSet kChanges = {changes};
constexpr VerbSet kCertsKeys = {certs, keys};
constexpr VerbSet kHostsChanges = {hosts, changes};
constexpr VerbSet kGathered = {certs, cas, keys};
constexpr VerbSet kNamed = {certs, hosts, cas, keys, changes};
constexpr VerbSet kOfCertificates = {certs, hosts, names, cas, keys, changes};
constexpr VerbSet kOfSightings = kOfCertificates;
// Hosts have address and port themselves, fingerprints have them by a link of their own.
constexpr VerbSet kByService = {certs, names, cas, keys, changes};
constexpr VerbSet kWithServices = {certs, names, keys, fingerprints};
constexpr VerbSet kWithCertificates = {hosts, names, cas, keys};

constexpr uint64_t kPortMax = 65'535;
constexpr FieldDetails kCount = {.max = 1'000'000'000'000};
constexpr FieldDetails kPort = {.max = kPortMax};
constexpr FieldDetails kPast = {.past = true};
constexpr FieldDetails kByExpiry = {.paged = "coalesce(c.not_after, 'infinity'::timestamptz)"};
constexpr FieldDetails kSha256 = {.digits = 64};
constexpr FieldDetails kSha1 = {.digits = 40};
constexpr FieldDetails kTransport = {.words = kTransports};
constexpr FieldDetails kSource = {.words = kSources};
constexpr FieldDetails kWhat = {.words = kWhats};
constexpr FieldDetails kHow = {.words = kHows};

// What is in another table than the rows of its home, and how it is reached.
constexpr SqlLiteral kEnd = ")";
constexpr FieldDetails kIfGiven = {.before = "(s.sni <> '' AND ", .after = kEnd};
constexpr FieldDetails kOfName = {
    .before = "c.sha256 IN (SELECT n.sha256 FROM certificate_name n WHERE ", .after = kEnd};
constexpr FieldDetails kOfService = {
    .before =
        "(s.server, s.port, s.transport) IN (SELECT f.server, f.port, f.transport"
        " FROM service_fingerprint f WHERE ",
    .after = kEnd};
constexpr SqlLiteral kByClient =
    "(s.server, s.port, s.transport) IN (SELECT l.server, l.port, l.transport"
    " FROM client_sighting l WHERE ";
constexpr FieldDetails kOfClient = {.before = kByClient, .after = kEnd};
constexpr FieldDetails kOfClientMd5 = {.digits = 32, .before = kByClient, .after = kEnd};
constexpr FieldDetails kTagged = {
    .before =
        "EXISTS (SELECT FROM tag_rule t"
        " WHERE tag_applies(t, s.server, s.port, s.sni, c.names, c.issuer) AND ",
    .after = kEnd};
constexpr SqlLiteral kByItsService = "x.hash IN (SELECT f.hash FROM service_fingerprint f WHERE ";
constexpr FieldDetails kOfItsService = {.before = kByItsService, .after = kEnd};
constexpr FieldDetails kOfItsPort = {.max = kPortMax, .before = kByItsService, .after = kEnd};
constexpr FieldDetails kOfItsClient = {
    .before = "x.hash IN (SELECT l.ja4 FROM client_sighting l WHERE ", .after = kEnd};

constexpr QueryField kFields[] = {
    // Bare words.
    {kBareField, text, kCertsKeys, Home::certificate, "example.com",
     "words of the subject or of a name",
     "(words_of(c.subject) @@ phrase_of($) OR words_of_list(c.names) @@ phrase_of($))"},
    {kBareField, text, kHostsChanges, Home::sighting, "example.com",
     "name asked for or below it, or words of the subject or of a name",
     "(is_under(lower(s.sni), lower($)) OR words_of(c.subject) @@ phrase_of($) OR "
     "words_of_list(c.names) @@ phrase_of($))"},
    {kBareField, text, kNames, Home::name, "example.com", "words of the name",
     "words_of(reverse(d.name_rev)) @@ phrase_of($)"},
    {kBareField, text, kCas, Home::certificate, "\"Corp CA\"", "words of the issuer",
     "words_of(c.issuer) @@ phrase_of($)"},
    {kBareField, text, kPrints, Home::fingerprint, "ja4", "hash or method",
     "(x.hash = lower($) OR x.method = lower($))"},
    // Certificates.
    {"name", name, kNamed, Home::certificate, "name:*.example.com",
     "name in the certificate, a wildcard of its domain too", "n.name_rev", kOfName},
    {"name", name, kNames, Home::name, "name:*.example.com", "the name", "d.name_rev"},
    {"issuer", words, kOfCertificates, Home::certificate, "issuer:\"Corp CA\"",
     "words of the issuer", "c.issuer"},
    {"subject", words, kOfCertificates, Home::certificate, "subject:example",
     "words of the subject", "c.subject"},
    {"not_after", time, kOfCertificates, Home::certificate, "not_after<30d", "end of validity",
     "c.not_after", kByExpiry},
    {"not_before", time, kOfCertificates, Home::certificate, "not_before:2026-01-01..2026-06-30",
     "begin of validity", "c.not_before"},
    {"validity", span, kOfCertificates, Home::certificate, "validity>398d",
     "time from begin to end of validity", "validity_of(c.not_before, c.not_after)"},
    {"key.bits", number, kOfCertificates, Home::certificate, "key.bits<2048", "size of the key",
     "c.key_bits", kCount},
    {"key.algorithm", word, kOfCertificates, Home::certificate, "key.algorithm:rsa",
     "algorithm of the key", "lower(c.key_algorithm)"},
    {"key.curve", word, kOfCertificates, Home::certificate, "key.curve:p-256", "curve of the key",
     "lower(c.key_curve)"},
    {"signature", word, kOfCertificates, Home::certificate, "signature:*sha1*",
     "algorithm of the signature", "lower(c.signature_algorithm)"},
    {"serial", word, kOfCertificates, Home::certificate, "serial:4a17c0de",
     "serial number in hexadecimal", "left(c.serial, 128)"},
    {"sha256", digest, kOfCertificates, Home::certificate, "sha256:1e090637",
     "SHA-256 of the certificate", "c.sha256", kSha256},
    {"sha1", digest, kOfCertificates, Home::certificate, "sha1:1e090637",
     "SHA-1 of the certificate", "c.sha1", kSha1},
    {"md5", word, kOfCertificates, Home::certificate, "md5:5d41402abc4b2a76b9719d911017c592",
     "MD5 of the certificate", "md5(c.der)"},
    {"spki", digest, kOfCertificates, Home::certificate, "spki:1e090637",
     "SHA-256 of the public key", "c.spki_sha256", kSha256},
    {"ca", flag, kOfCertificates, Home::certificate, "ca:yes", "may sign others", "c.is_ca"},
    {"self_signed", flag, kOfCertificates, Home::certificate, "self_signed:yes",
     "names itself as issuer", "c.self_issued"},
    {"malformed", flag, kOfCertificates, Home::certificate, "malformed:yes",
     "breaks the rules of its format", "c.malformed"},
    // When.
    {"first_seen", time, kGathered, Home::certificate, "first_seen>-7d", "when it was first seen",
     "c.first_seen", kPast},
    {"first_seen", time, kHosts, Home::service, "first_seen>-7d", "when it was first seen",
     "v.first_seen", kPast},
    {"first_seen", time, kChanges, Home::sighting, "first_seen>-7d", "when it was first seen",
     "s.first_seen", kPast},
    {"first_seen", time, kPrints, Home::fingerprint, "first_seen>-7d", "when it was first seen",
     "x.first_seen", kPast},
    {"last_seen", time, kGathered, Home::certificate, "last_seen<-90d", "when it was last seen",
     "c.last_seen", kPast},
    {"last_seen", time, kHosts, Home::service, "last_seen<-90d", "when it was last seen",
     "v.last_seen", kPast},
    {"last_seen", time, kPrints, Home::fingerprint, "last_seen<-90d", "when it was last seen",
     "x.last_seen", kPast},
    // Where.
    {"server", network, kByService, Home::sighting, "server:10.0.0.0/8",
     "address of the server, or its network", "s.server"},
    {"server", network, kHosts, Home::service, "server:10.0.0.0/8",
     "address of the server, or its network", "v.server"},
    {"server", network, kPrints, Home::fingerprint, "server:10.0.0.0/8",
     "of the services at this address or in this network", "f.server", kOfItsService},
    {"port", number, kByService, Home::sighting, "port:443,8443", "port of the server", "s.port",
     kPort},
    {"port", number, kHosts, Home::service, "port:443,8443", "port of the server", "v.port", kPort},
    {"port", number, kPrints, Home::fingerprint, "port:443,8443", "of the services at this port",
     "f.port", kOfItsPort},
    {"transport", word, kByService, Home::sighting, "transport:quic", "what carried it",
     "s.transport", kTransport},
    {"transport", word, kHosts, Home::service, "transport:quic", "what carried it", "v.transport",
     kTransport},
    {"sni", name, kOfSightings, Home::sighting, "sni:*.example.com", "name that was asked for",
     "reverse(lower(s.sni))", kIfGiven},
    {"source", word, kOfSightings, Home::sighting, "source:active", "which eye saw it", "s.source",
     kSource},
    {"probe", word, kOfSightings, Home::sighting, "probe:tls13", "the scanner's hello", "s.probe"},
    // Fingerprints of both sides.
    {"jarm", word, kOfSightings, Home::sighting, "jarm:27d40d40d29d40d1dc42d43d00041d*",
     "JARM of the service", "f.method = 'jarm' AND f.hash", kOfService},
    {"ja3s", word, kOfSightings, Home::sighting, "ja3s:15af977ce25de452b96affa2addb1036",
     "JA3S of the service", "f.method = 'ja3s' AND f.hash", kOfService},
    {"ja4s", word, kOfSightings, Home::sighting, "ja4s:t13*",
     "JA4S of the service, where it is built in", "f.method = 'ja4s' AND f.hash", kOfService},
    {"client", network, kOfSightings, Home::sighting, "client:10.0.0.0/8",
     "address or network of a client of the service", "l.client", kOfClient},
    {"client", network, kPrints, Home::fingerprint, "client:10.0.0.0/8",
     "JA4 of the clients at this address or in this network", "l.client", kOfItsClient},
    {"ja4", word, kOfSightings, Home::sighting, "ja4:t13d1516h2_8daaf6152771_e5627efa2ab1",
     "JA4 of a client of the service", "l.ja4", kOfClient},
    {"ja3", digest, kOfSightings, Home::sighting, "ja3:9dffdb8b608a430b774a2ff7d36c1a0c",
     "JA3 of a client of the service", "l.ja3", kOfClientMd5},
    {"method", word, kPrints, Home::fingerprint, "method:ja4", "how it was made", "x.method"},
    {"hash", word, kPrints, Home::fingerprint, "hash:t13d*", "the fingerprint", "x.hash"},
    // What people call it.
    {"tag", word, kOfSightings, Home::sighting, "-tag:lab",
     "tag that a rule gives (`tapseal tags`)", "t.tag", kTagged},
    {"owner", word, kOfSightings, Home::sighting, "owner:-",
     "whose it is by a rule (`tapseal tags`)", "t.owner", kTagged},
    // Columns of the answer.
    {"services", number, kWithServices, Home::answer, "services>1", "how many services showed it",
     "", kCount},
    {"clients", number, kPrints, Home::answer, "clients<3", "how many clients had it", "", kCount},
    {"certificates", number, kWithCertificates, Home::answer, "certificates>1",
     "how many certificates there are", "", kCount},
    {"subjects", number, kKeys, Home::answer, "subjects>1",
     "how many different subjects have this key", "", kCount},
    {"what", word, kChanges, Home::answer, "what:certificate", "what changed", "", kWhat},
    {"how", word, kChanges, Home::answer, "how:replaced",
     "whether it began, replaced another, or is shown beside another", "", kHow},
};

constexpr std::array<std::string_view, kNumQueryVerbs> kVerbNames = {
    "certs", "hosts", "names", "cas", "keys", "fingerprints", "changes"};

}  // namespace

std::string_view name_of(QueryVerb verb) noexcept {
  return verb < QueryVerb::count_ ? kVerbNames[static_cast<size_t>(verb)] : "?";
}

std::optional<QueryVerb> query_verb_named(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kVerbNames, name);
  if (found == kVerbNames.end()) return std::nullopt;
  return static_cast<QueryVerb>(found - kVerbNames.begin());
}

std::vector<const QueryField*> query_fields_of(QueryVerb verb) {
  std::vector<const QueryField*> out;
  for (const QueryField& field : kFields)
    if (field.verbs.holds(verb)) out.push_back(&field);
  return out;
}

std::span<const QueryField> query_fields() noexcept {
  return kFields;
}

const QueryField* find_query_field(QueryVerb verb, std::string_view name) noexcept {
  const auto* const found = std::ranges::find_if(kFields, [&](const QueryField& field) {
    return field.name == name && field.verbs.holds(verb);
  });
  return found == std::end(kFields) ? nullptr : found;
}

}  // namespace control
