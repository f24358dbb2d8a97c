-- SPDX-License-Identifier: Apache-2.0
-- What is remembered for good: certificates, chains, fingerprints, and who showed what where.
-- Rules that keep this schema distributable (README, "Growing"): every unique key of a table that
-- grows with the traffic holds its distribution column (server), no triggers, no foreign keys
-- towards tables that grow. Texts compare by bytes, so that order never depends on a locale.

CREATE TABLE sensor (
  name text COLLATE "C" PRIMARY KEY,
  first_seen timestamptz NOT NULL DEFAULT now()
);

-- One row per DER. Times that no calendar holds are stored as 'infinity' and '-infinity'.
CREATE TABLE certificate (
  sha256 bytea PRIMARY KEY,
  sha1 bytea NOT NULL,
  spki_sha256 bytea,
  der bytea NOT NULL,
  subject text COLLATE "C" NOT NULL,
  subject_cn text COLLATE "C",
  issuer text COLLATE "C" NOT NULL,
  issuer_cn text COLLATE "C",
  serial text COLLATE "C" NOT NULL,
  not_before timestamptz,
  not_after timestamptz,
  key_algorithm text COLLATE "C" NOT NULL,
  key_bits int NOT NULL,
  key_curve text COLLATE "C" NOT NULL,
  signature_algorithm text COLLATE "C" NOT NULL,
  san text[] COLLATE "C" NOT NULL,
  -- Common name and SANs in lower case, cut to what an index entry can hold: for look-ups only.
  names text[] COLLATE "C" NOT NULL,
  is_ca boolean,
  self_issued boolean NOT NULL,
  malformed boolean NOT NULL,
  version int NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL
);
CREATE INDEX certificate_sha1 ON certificate (sha1);
CREATE INDEX certificate_spki ON certificate (spki_sha256);
CREATE INDEX certificate_not_after ON certificate (not_after, sha256);
CREATE INDEX certificate_names ON certificate USING gin (names);

-- id is the SHA-256 over the SHA-256s of the certificates, in wire order.
CREATE TABLE certificate_chain (
  id bytea PRIMARY KEY,
  certificates bytea[] NOT NULL
);
CREATE INDEX certificate_chain_certificates ON certificate_chain USING gin (certificates);
-- The server's own certificate.
CREATE INDEX certificate_chain_leaf ON certificate_chain ((certificates[1]));

CREATE TABLE fingerprint (
  method text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  raw text COLLATE "C" NOT NULL,
  algorithm_version int NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  PRIMARY KEY (method, hash)
);
CREATE INDEX fingerprint_hash ON fingerprint (hash);

-- A service (server, port, transport) showed a chain under a name. Absent is '' (the empty name,
-- the empty chain), because the columns of a primary key cannot be null.
CREATE TABLE sighting (
  server inet NOT NULL,
  port int NOT NULL,
  transport text COLLATE "C" NOT NULL,
  sni text COLLATE "C" NOT NULL,
  chain bytea NOT NULL,
  source text COLLATE "C" NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (server, port, transport, sni, chain, source)
);
CREATE INDEX sighting_chain ON sighting (chain);
-- Names are compared without regard to case, and stored as they were sent.
CREATE INDEX sighting_sni ON sighting (lower(sni));

-- The last batch of each writer's run that is in the database: written in the transaction of the
-- batch, so that a batch is stored once however often it is sent.
CREATE TABLE ingest_cursor (
  sensor text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (sensor, epoch)
);
