-- SPDX-License-Identifier: Apache-2.0
-- Scans that several scanners share. Small tables of reference, none grows with the traffic: one
-- row per scanner, per job, and at most a few hundred per job.

-- Who takes part, and what each may ask: its allow list without what it excludes.
CREATE TABLE fleet_member (
  sensor text COLLATE "C" PRIMARY KEY,
  askable text COLLATE "C" NOT NULL,
  seen timestamptz NOT NULL
);

-- One row per job. `rate` is of all scanners together, in packets per second that begin something.
CREATE TABLE fleet_scan (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created timestamptz NOT NULL DEFAULT now(),
  ended timestamptz,
  uid bigint NOT NULL,
  seed bigint NOT NULL,
  targets bigint NOT NULL,
  left_out bigint NOT NULL,  -- addresses that were asked for and that no scanner may ask
  shards int NOT NULL,       -- of each zone at most
  rate int NOT NULL CHECK (rate > 0),
  sensor text COLLATE "C" NOT NULL,  -- whose daemon was asked for it
  who text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL DEFAULT 'running'
    CHECK (state IN ('running', 'paused', 'stopped', 'finished')),
  spec text COLLATE "C" NOT NULL,
  config_hash bytea NOT NULL,
  barred text COLLATE "C" NOT NULL DEFAULT ''  -- the first of those left out, for people
);

-- The addresses of a job, cut up by which scanners may ask them: each zone has an order of its own.
CREATE TABLE fleet_zone (
  fleet bigint NOT NULL,
  zone int NOT NULL,
  shards int NOT NULL,
  targets bigint NOT NULL,
  addresses text COLLATE "C" NOT NULL,
  PRIMARY KEY (fleet, zone)
);

-- One row per shard of a zone's order: the part that is on loan to one scanner at a time. `token`
-- grows with each loan; whoever has an old one changes nothing. Every target before `progress`, an
-- index into the shard's order, has its outcome in the counts; `checkpoint` says it for each core.
CREATE TABLE scan_range (
  fleet bigint NOT NULL,
  zone int NOT NULL,
  shard int NOT NULL,
  token bigint NOT NULL DEFAULT 0,
  lease_until timestamptz,
  progress bigint NOT NULL DEFAULT 0,
  targets bigint NOT NULL DEFAULT 0,
  open bigint NOT NULL DEFAULT 0,
  closed bigint NOT NULL DEFAULT 0,
  unreachable bigint NOT NULL DEFAULT 0,
  silent bigint NOT NULL DEFAULT 0,
  lost_locally bigint NOT NULL DEFAULT 0,
  probes bigint NOT NULL DEFAULT 0,
  holder text COLLATE "C",  -- who has it, or had it last
  state text COLLATE "C" NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'leased', 'done')),
  checkpoint text COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (fleet, zone, shard),
  CHECK (state <> 'leased' OR lease_until IS NOT NULL AND holder IS NOT NULL)
);

-- What each live scanner has of a job's rate, until when. A row that has run out is nobody's, and
-- its rate is free again. `instance` is the run of the daemon: two that have one name by mistake do
-- not share a row.
CREATE TABLE fleet_share (
  fleet bigint NOT NULL,
  sensor text COLLATE "C" NOT NULL,
  instance bigint NOT NULL,
  rate int NOT NULL CHECK (rate >= 0),
  valid_until timestamptz NOT NULL,
  PRIMARY KEY (fleet, sensor)
);
