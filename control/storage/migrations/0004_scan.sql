-- SPDX-License-Identifier: Apache-2.0
-- The active eye. A scanner shows one service several hellos, and each may be answered with another
-- certificate: what is stored is (service, probe, name) -> chain, never service -> chain.

-- Id of the scanner's hello; '' is the tap, whose hellos are the clients'.
ALTER TABLE sighting ADD COLUMN probe text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sighting DROP CONSTRAINT sighting_pkey;
ALTER TABLE sighting ADD PRIMARY KEY (server, port, transport, sni, chain, source, probe);

ALTER TABLE session
  ADD COLUMN scan bigint,                    -- job of the scanner; null: the tap
  ADD COLUMN client_cert_requested boolean,  -- null: may have been encrypted
  ADD COLUMN probe text COLLATE "C";

-- One row per job: who asked for what, and what came of it. The sensor numbers its jobs itself, so
-- that its number alone is not enough where several share the memory.
CREATE TABLE scan (
  id bigint NOT NULL,
  started timestamptz NOT NULL,
  ended timestamptz,
  uid bigint NOT NULL,
  targets bigint NOT NULL,
  sent bigint NOT NULL,
  open bigint NOT NULL,
  closed bigint NOT NULL,
  unreachable bigint NOT NULL,
  silent bigint NOT NULL,
  lost_locally bigint NOT NULL,
  tls bigint NOT NULL,
  certificates bigint NOT NULL,
  shard int NOT NULL,
  shards int NOT NULL,
  sensor text COLLATE "C" NOT NULL,
  who text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  spec text COLLATE "C" NOT NULL,
  config_hash bytea NOT NULL,
  PRIMARY KEY (id, sensor)
);
CREATE INDEX scan_started ON scan (started);

-- What one job found out about one service; asked again in the same job, the later answer stays.
-- Absent names are '', because the columns of a key cannot be null.
CREATE TABLE scan_service (
  scan bigint NOT NULL,
  ended timestamptz NOT NULL,
  port int NOT NULL,
  connections int NOT NULL,
  group_classic int,
  group_post_quantum int,
  alert smallint,
  tls boolean NOT NULL,
  sensor text COLLATE "C" NOT NULL,
  server inet NOT NULL,
  transport text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  outcome text COLLATE "C" NOT NULL,
  no_tls text COLLATE "C",
  starttls text COLLATE "C",
  speaks text COLLATE "C",
  step text COLLATE "C",
  code text COLLATE "C",
  jarm text COLLATE "C",
  accepted text COLLATE "C",  -- "0303: c02f 009c; 0302: 002f", in the server's order
  PRIMARY KEY (scan, sensor, server, port, transport, name)
);
CREATE INDEX scan_service_server ON scan_service (server, port);
CREATE INDEX scan_service_name ON scan_service (lower(name)) WHERE name <> '';
CREATE INDEX scan_service_jarm ON scan_service (jarm) WHERE jarm IS NOT NULL;

-- What became of a target, where the job tells it. No index by address: a /16 has a row for every
-- port of every address that nobody lives at.
CREATE TABLE scan_target (
  scan bigint NOT NULL,
  ts timestamptz NOT NULL,
  port int NOT NULL,
  icmp_type smallint,
  icmp_code smallint,
  attempt smallint NOT NULL,
  sensor text COLLATE "C" NOT NULL,
  server inet NOT NULL,
  outcome text COLLATE "C" NOT NULL,
  PRIMARY KEY (scan, sensor, server, port)
);
