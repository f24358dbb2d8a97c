-- SPDX-License-Identifier: Apache-2.0
-- Raw sessions are a window; what stays is who is linked to what, from when until when and how
-- often. Tables that grow with the traffic are keyed by `server` first; those that grow with the
-- number of certificates are small beside them, and a distributed database copies them everywhere.

-- Words of a text, whatever stands between them: "CN=Corp CA,O=Example" is cn corp ca o example.
-- Cut, because a text search vector has a limit and a hostile subject must not be refused for it.
CREATE FUNCTION words_of(name text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT to_tsvector('simple'::regconfig,
                     regexp_replace(left(name, 4000), '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+',
                                    ' ', 'g'))
$$;
-- The same of a person's words, in their order.
CREATE FUNCTION phrase_of(words text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT phraseto_tsquery('simple'::regconfig,
                          regexp_replace(left(words, 4000),
                                         '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+', ' ', 'g'))
$$;

-- A hostile serial number is longer than an index entry can be.
CREATE INDEX certificate_serial ON certificate (left(serial, 128));
CREATE INDEX certificate_issuer_words ON certificate USING gin (words_of(issuer));
CREATE INDEX certificate_subject_words ON certificate USING gin (words_of(subject));
CREATE INDEX certificate_first_seen ON certificate (first_seen);
-- Not md5 of the DER alone as a type of its own: lists of bad certificates print it in hex.
CREATE INDEX certificate_md5 ON certificate (md5(der));

-- Every name of every certificate, backwards: "everything under example.com" is a prefix there
-- ("moc.elpmaxe.%"), and a wildcard's domain too.
CREATE TABLE certificate_name (
  name_rev text COLLATE "C" NOT NULL,
  sha256 bytea NOT NULL,
  PRIMARY KEY (name_rev, sha256)
);
INSERT INTO certificate_name
  SELECT DISTINCT reverse(name), sha256 FROM certificate, unnest(names) AS name;

-- One row per key, however many certificates it is in.
CREATE TABLE public_key (
  spki_sha256 bytea PRIMARY KEY,
  algorithm text COLLATE "C" NOT NULL,
  curve text COLLATE "C" NOT NULL,
  bits int NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL
);
CREATE INDEX public_key_bits ON public_key (algorithm, bits);
INSERT INTO public_key
  SELECT DISTINCT ON (spki_sha256) spki_sha256, key_algorithm, key_curve, key_bits,
         min(first_seen) OVER same, max(last_seen) OVER same
  FROM certificate WHERE spki_sha256 IS NOT NULL
  WINDOW same AS (PARTITION BY spki_sha256);

-- Server, port and transport that answered in TLS.
CREATE TABLE service (
  server inet NOT NULL,
  port int NOT NULL,
  transport text COLLATE "C" NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  PRIMARY KEY (server, port, transport)
) WITH (fillfactor = 90);
CREATE INDEX service_port ON service (port, server);
CREATE INDEX service_first_seen ON service (first_seen);
INSERT INTO service
  SELECT server, port, transport, min(first_seen), max(last_seen) FROM sighting
  GROUP BY server, port, transport;

-- Room in each page for the times and counts that move: no index holds them, so most updates stay
-- in their page.
ALTER TABLE sighting SET (fillfactor = 90);
CREATE INDEX sighting_first_seen ON sighting (first_seen);
CREATE INDEX sighting_sni_rev ON sighting (reverse(lower(sni))) WHERE sni <> '';
CREATE INDEX sighting_port ON sighting (port, server);

-- Which client asked which server for which name, and what it looked like. Absent is ''. JA3
-- changes with each connection of clients that permute their extensions: the tap leaves it empty,
-- an import of a history that has nothing else fills it.
CREATE TABLE client_sighting (
  server inet NOT NULL,
  port int NOT NULL,
  transport text COLLATE "C" NOT NULL,
  client inet NOT NULL,
  sni text COLLATE "C" NOT NULL,
  ja4 text COLLATE "C" NOT NULL,
  ja3 bytea NOT NULL DEFAULT '',
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (server, port, transport, client, sni, ja4, ja3)
) WITH (fillfactor = 90);
CREATE INDEX client_sighting_client ON client_sighting (client);
CREATE INDEX client_sighting_ja4 ON client_sighting (ja4) WHERE ja4 <> '';
CREATE INDEX client_sighting_ja3 ON client_sighting (ja3) WHERE ja3 <> '';

-- What a service itself looks like: ja3s, ja4s, jarm.
CREATE TABLE service_fingerprint (
  server inet NOT NULL,
  port int NOT NULL,
  transport text COLLATE "C" NOT NULL,
  method text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (server, port, transport, method, hash)
) WITH (fillfactor = 90);
CREATE INDEX service_fingerprint_hash ON service_fingerprint (hash);
CREATE INDEX session_ja3s ON session (ja3s, ts) WHERE ja3s IS NOT NULL;

-- Of the sessions of each UTC day: which version, suite and key exchange were used how often. What
-- stays when the sessions themselves have gone.
CREATE TABLE suite_day (
  day date NOT NULL,
  sensor text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  server_version int NOT NULL,  -- 0: no answer was seen
  cipher int NOT NULL,
  key_group int NOT NULL,       -- 0: none, or not known
  sessions bigint NOT NULL,
  PRIMARY KEY (day, sensor, source, server_version, cipher, key_group)
);

-- Whose something is, and what it is called here. A rule applies where everything that it names
-- does; certificates take the tags of the services that show them.
CREATE TABLE owner (
  name text COLLATE "C" PRIMARY KEY,
  contact text COLLATE "C" NOT NULL DEFAULT ''
);
CREATE TABLE tag_rule (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tag text COLLATE "C" NOT NULL,
  owner text COLLATE "C",
  network inet,
  port int,
  name_suffix text COLLATE "C",  -- "example.com": itself and everything under it
  issuer text COLLATE "C",       -- words of the issuer, in their order
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(network, port, name_suffix, issuer) > 0)
);
CREATE INDEX tag_rule_tag ON tag_rule (tag);

-- What a rule found, until it is gone: one row per rule and thing, never one per endpoint.
CREATE TABLE finding (
  rule text COLLATE "C" NOT NULL,
  thing_kind text COLLATE "C" NOT NULL,  -- certificate, service, key, name, …
  thing text COLLATE "C" NOT NULL,
  severity smallint NOT NULL,
  state text COLLATE "C" NOT NULL,       -- open, acknowledged, accepted, resolved
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  accepted_until timestamptz,
  note text COLLATE "C" NOT NULL DEFAULT '',
  detail jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (rule, thing_kind, thing)
);
CREATE INDEX finding_thing ON finding (thing);
CREATE INDEX finding_state ON finding (state, severity);

-- Values to look out for: digests, fingerprints, names.
CREATE TABLE watchlist (
  list text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,  -- sha256, sha1, spki, ja3, ja4, jarm, name
  value text COLLATE "C" NOT NULL,
  note text COLLATE "C" NOT NULL DEFAULT '',
  added_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (list, kind, value)
);
CREATE INDEX watchlist_value ON watchlist (value);
