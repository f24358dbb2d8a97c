# SPDX-License-Identifier: Apache-2.0
"""A generated memory of any size: certificates, services, and who showed which where.

Each row is worked out from its number, so that tests/bench/memory_bench knows what is there
without asking: what it asks for is then in no cache because it looked it up before.
"""
from concurrent.futures import ThreadPoolExecutor

NETWORK = "10.0.0.0"        # services are scattered over this /8
CLIENTS = "172.16.0.0"
# An odd factor below 2^24 gives each service of up to 2^24 an address of its own, in no order.
SCATTER = 11400713

_SERVER = f"'{NETWORK}'::inet + (s * {SCATTER} % 16777216)"
_PORT = ("CASE s % 20 WHEN 0 THEN 8443 WHEN 1 THEN 993 WHEN 2 THEN 25"
         " WHEN 3 THEN (1024 + s % 50000)::int ELSE 443 END")
_NAME = "'host' || {0} || '.site' || {0} % 50021 || '.example'"
# One row in a hundred shows one of a hundred certificates that are everywhere.
_SHOWN = ("CASE WHEN n % 100 = 0 THEN n / 100 % 100"
          " ELSE 100 + (s * 7919 + n / {services} * 104729) % ({certificates} - 100) END")
_NOT_AFTER = "now() + (n::bigint * 1777 % 3000 - 400) * interval '7 hours'"

_CERTIFICATES = f"""
INSERT INTO certificate (sha256, sha1, spki_sha256, der, subject, subject_cn, issuer, issuer_cn,
    serial, not_before, not_after, key_algorithm, key_bits, key_curve, signature_algorithm, san,
    names, is_ca, self_issued, malformed, version, first_seen, last_seen)
SELECT sha256(int4send(n)), substr(sha256(int4send(n + 100000000)), 1, 20),
    sha256(int4send(n / 2 + 200000000)), decode(repeat(md5(n::text), 56), 'hex'),
    'CN=' || {_NAME.format('n')} || ',O=Org' || n % 9973, {_NAME.format('n')},
    'CN=CA' || n % 499 || ' Unit,O=Trust' || n % 97, 'CA' || n % 499 || ' Unit',
    to_hex(n::bigint + 281474976710656), {_NOT_AFTER} - interval '90 days', {_NOT_AFTER},
    CASE n % 3 WHEN 0 THEN 'EC' ELSE 'RSA' END,
    CASE WHEN n % 3 = 0 THEN 256 WHEN n % 1000 = 1 THEN 1024 ELSE 2048 END,
    CASE n % 3 WHEN 0 THEN 'prime256v1' ELSE '' END, 'sha256WithRSAEncryption',
    ARRAY['dns:' || {_NAME.format('n')}], ARRAY[{_NAME.format('n')}], false, false, false, 3,
    now() - (n % 525600) * interval '1 minute', now() - (n % 1000) * interval '1 minute'
FROM generate_series({{first}}, {{last}}) AS n;
"""
_OF_CERTIFICATES = """
INSERT INTO certificate_chain SELECT sha256, ARRAY[sha256] FROM certificate;
INSERT INTO certificate_name SELECT reverse(name), sha256 FROM certificate, unnest(names) AS name;
INSERT INTO public_key SELECT DISTINCT ON (spki_sha256) spki_sha256, key_algorithm, key_curve,
    key_bits, first_seen, last_seen FROM certificate;
"""
# A service's rows lie as far apart as the weeks in which they were first seen.
_SIGHTINGS = f"""
INSERT INTO sighting (server, port, transport, sni, chain, source, probe, first_seen, last_seen,
                      count)
SELECT {_SERVER}, {_PORT}, 'tcp', {_NAME.format('c')}, sha256(int4send(c::int)),
    CASE n % 4 WHEN 0 THEN 'active' ELSE 'passive' END, '',
    now() - ({{sightings}} - n) * (interval '365 days' / {{sightings}}),
    now() - ({{sightings}} - n) * (interval '365 days' / {{sightings}}) / 2, 1 + n % 1000
FROM (SELECT n, s, {_SHOWN} AS c FROM (SELECT n, n % {{services}} AS s
      FROM generate_series({{first}}::bigint, {{last}}::bigint) AS n) AS numbered) AS shown;
"""
_SERVICES = f"""
INSERT INTO service SELECT {_SERVER}, {_PORT}, 'tcp', now() - interval '365 days',
    now() - s % 1000 * interval '1 minute', sha256(int4send((s % {{certificates}})::int)), now()
FROM generate_series({{first}}::bigint, {{last}}::bigint) AS s;
INSERT INTO service_fingerprint SELECT {_SERVER}, {_PORT}, 'tcp', 'jarm',
    substr(md5((s % 20011)::text), 1, 30) || md5((s % 20011)::text),
    now() - interval '365 days', now(), 1 + s % 100
FROM generate_series({{first}}::bigint, {{last}}::bigint) AS s WHERE s % 4 = 0;
"""
_CLIENTS = f"""
INSERT INTO client_sighting SELECT {_SERVER}, {_PORT}, 'tcp', '{CLIENTS}'::inet + s * 31 % 200003,
    {_NAME.format('s % {certificates}')},
    't13d1516h2_' || substr(md5((s % 3001)::text), 1, 12) || '_e5627efa2ab1', '',
    now() - s % 365 * interval '1 day', now(), 1 + s % 100
FROM generate_series({{first}}::bigint, {{last}}::bigint) AS s;
"""
_REMOVE_INDEXES = """
CREATE TABLE removed AS
  SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS text, k.conname AS constraint_name,
         i.indrelid::regclass::text AS of, pg_get_constraintdef(k.oid) AS constraint_text
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid
  WHERE i.indrelid IN ('sighting'::regclass, 'certificate'::regclass, 'service'::regclass,
                       'client_sighting'::regclass, 'certificate_name'::regclass,
                       'certificate_chain'::regclass, 'service_fingerprint'::regclass);
DO $$ DECLARE each removed; BEGIN
  FOR each IN SELECT * FROM removed LOOP
    IF each.constraint_name IS NULL THEN EXECUTE format('DROP INDEX %I', each.name);
    ELSE EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', each.of, each.constraint_name);
    END IF;
  END LOOP;
END $$;
"""
_TABLES = ("sighting", "certificate", "service", "client_sighting", "certificate_name",
           "certificate_chain", "service_fingerprint", "public_key")
_SLICES = 20  # of each table: so that two sessions are busy until the end


def fill(sql, certificates, sightings, services, clients):
    """`sql(text)` runs statements in a session of its own and may be called by several threads."""
    for table in _TABLES:
        sql(f"ALTER TABLE {table} SET UNLOGGED")  # a database that lives as long as the bench
    sql(_REMOVE_INDEXES)
    of = {"certificates": certificates, "services": services, "sightings": sightings}
    work = [(_CERTIFICATES, certificates), (_SIGHTINGS, sightings), (_SERVICES, services),
            (_CLIENTS, clients)]
    with ThreadPoolExecutor(2) as pool:
        def put(text, first, last):
            sql(text.format(**of, first=first, last=last))
        jobs = [pool.submit(put, text, count * at // _SLICES, count * (at + 1) // _SLICES - 1)
                for text, count in work for at in range(_SLICES)]
        for job in jobs:
            job.result()
    sql(_OF_CERTIFICATES)
    for line in _statements(sql):
        sql("SET maintenance_work_mem = '3GB'; SET max_parallel_maintenance_workers = 1; " + line)
    sql("DROP TABLE removed")
    for table in _TABLES:
        sql(f"VACUUM ANALYZE {table}")


def _statements(sql):
    """The indexes that were removed, the largest first: its sort needs the most room."""
    text = sql("""
        SELECT CASE WHEN constraint_name IS NULL THEN text
               ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', of, constraint_name,
                           constraint_text) END
        FROM removed ORDER BY of = 'sighting' DESC, constraint_name IS NULL""")
    return text.splitlines()
