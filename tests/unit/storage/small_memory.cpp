// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/small_memory.hpp"

#include "tests/unit/storage/test_cluster.hpp"

#include <cstdio>
#include <cstdlib>

namespace control::tests {
namespace {

constexpr const char* kCertificates = R"(
INSERT INTO certificate (sha256, sha1, spki_sha256, der, subject, subject_cn, issuer, issuer_cn,
    serial, not_before, not_after, key_algorithm, key_bits, key_curve, signature_algorithm, san,
    names, is_ca, self_issued, malformed, version, first_seen, last_seen)
SELECT decode(repeat(n::text, 32), 'hex'), decode(repeat(n::text, 20), 'hex'),
    decode(repeat(spki, 64), 'hex'), decode(n::text, 'hex'), 'CN=' || cn, cn, issuer,
    issuer_cn, serial, now() - age, now() + ahead, algorithm, bits, curve, 'sha256', names, names,
    ca, issuer_cn = cn, false, 3, now() - age, now()
FROM (VALUES
  ('01', '7', 'old.example', 'CN=Corp CA,O=Example', 'Corp CA', '0a01', interval '390 days',
   interval '-1 day', 'RSA', 2048, '', ARRAY['old.example'], false),
  ('02', '7', 'new.example', 'CN=Corp CA,O=Example', 'Corp CA', '0b02', interval '10 days',
   interval '30 days', 'EC', 256, 'P-256', ARRAY['new.example'], false),
  ('03', '8', 'lab.example', 'CN=Lab CA', 'Lab CA', '0c03', interval '10 days',
   interval '60 days', 'EC', 384, 'P-384', ARRAY['lab.example', '*.wild.example'], false),
  ('04', '9', 'weak.example', 'CN=weak.example', 'weak.example', '0d04', interval '10 days',
   interval '90 days', 'RSA', 1024, '', ARRAY['weak.example'], NULL::boolean)
) AS t(n, spki, cn, issuer, issuer_cn, serial, age, ahead, algorithm, bits, curve, names, ca);
UPDATE certificate SET not_before = now() - interval '500 days' WHERE subject_cn = 'old.example';
INSERT INTO certificate_chain SELECT sha256, ARRAY[sha256] FROM certificate;
INSERT INTO certificate_name
  SELECT DISTINCT reverse(name), sha256 FROM certificate, unnest(names) AS name;
INSERT INTO public_key
  SELECT spki_sha256, min(key_algorithm), min(key_curve), min(key_bits), min(first_seen),
         max(last_seen) FROM certificate GROUP BY spki_sha256;
)";

constexpr const char* kSightings = R"(
INSERT INTO sighting (server, port, transport, sni, chain, source, probe, first_seen, last_seen,
                      count)
VALUES
  ('10.0.0.1', 443, 'tcp', 'www.example', decode(repeat('01', 32), 'hex'), 'passive', '',
   now() - interval '30 days', now() - interval '9 days', 5),
  ('10.0.0.1', 443, 'tcp', 'www.example', decode(repeat('02', 32), 'hex'), 'passive', '',
   now() - interval '8 days', now(), 5),
  ('10.1.0.1', 443, 'tcp', 'Lab.Example', decode(repeat('03', 32), 'hex'), 'passive', '',
   now() - interval '10 days', now(), 5),
  ('10.0.0.9', 25, 'tcp', '', decode(repeat('04', 32), 'hex'), 'active', 'tls12',
   now() - interval '10 days', now(), 1),
  ('10.2.0.9', 25, 'tcp', '', decode(repeat('04', 32), 'hex'), 'active', 'tls12',
   now() - interval '9 days', now(), 1);
INSERT INTO service SELECT server, port, transport, min(first_seen), max(last_seen),
    (array_agg(chain ORDER BY last_seen DESC, chain))[1], max(last_seen)
  FROM sighting GROUP BY server, port, transport;
INSERT INTO client_sighting VALUES
  ('10.0.0.1', 443, 'tcp', '172.16.0.1', 'www.example', 't13d1516h2_8daaf6152771_e5627efa2ab1', '',
   now() - interval '8 days', now(), 5),
  ('10.1.0.1', 443, 'tcp', '192.168.0.1', 'lab.example', '', decode(repeat('bb', 16), 'hex'),
   now() - interval '8 days', now(), 5);
INSERT INTO service_fingerprint VALUES
  ('10.0.0.1', 443, 'tcp', 'jarm', '1ad', now() - interval '7 days', now() - interval '6 days', 1),
  ('10.0.0.1', 443, 'tcp', 'jarm', '2ad', now() - interval '5 days', now(), 1);
INSERT INTO fingerprint VALUES
  ('ja4', 't13d1516h2_8daaf6152771_e5627efa2ab1', 'raw4', '1', now() - interval '8 days', now()),
  ('ja3', repeat('b', 32), 'raw3', '1', now() - interval '8 days', now());
INSERT INTO owner VALUES ('web', 'web@example.org');
INSERT INTO tag_rule (tag, owner, network) VALUES ('lab', NULL, '10.1.0.0/16');
INSERT INTO tag_rule (tag, owner, issuer) VALUES ('corp', 'web', 'corp ca');
)";

}  // namespace

DatabaseAddress small_memory() {
  const DatabaseAddress address = fresh_database();
  DatabaseConnection database = must_open(address);
  for (const char* const script : {kCertificates, kSightings}) {
    const auto done = database.run_script(script);
    if (!done) {
      std::fprintf(stderr, "%s\n", done.error().message.c_str());
      std::exit(1);
    }
  }
  return address;
}

}  // namespace control::tests
