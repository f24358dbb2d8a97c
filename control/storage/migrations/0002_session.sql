-- SPDX-License-Identifier: Apache-2.0
-- Every TLS session, for a window of time: one partition per UTC day. No unique key: rows come
-- once because their batch does (ingest_cursor), and a key would cost more than the row.
-- Columns in the order of their alignment, which saves 20 bytes a row.

CREATE TABLE session (
  id bigint GENERATED ALWAYS AS IDENTITY (CACHE 256),
  ts timestamptz NOT NULL,
  plaintext_before bigint NOT NULL,
  sport int NOT NULL,
  dport int NOT NULL,
  client_version int,
  server_version int,
  server_legacy_version int,
  cipher int,
  key_group int,
  alert smallint,
  hrr boolean NOT NULL,
  resumed boolean NOT NULL,
  psk boolean,
  ech boolean,
  conflict boolean NOT NULL,
  complete boolean NOT NULL,
  sensor text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  transport text COLLATE "C" NOT NULL,
  src inet NOT NULL,
  dst inet NOT NULL,
  sni text COLLATE "C",
  ja3 bytea,
  ja4 text COLLATE "C",
  ja3s bytea,
  ja4s text COLLATE "C",
  alpn text[] COLLATE "C",
  alpn_selected text COLLATE "C",
  client_versions int[],
  chain bytea,
  client_chain bytea,
  missing_reason text COLLATE "C"
) PARTITION BY RANGE (ts);

CREATE INDEX session_ts ON session USING brin (ts) WITH (pages_per_range = 32);
-- With the time in the index, "the latest of this" reads as many rows as it shows.
CREATE INDEX session_src ON session (src, ts);
CREATE INDEX session_dst ON session (dst, ts);
CREATE INDEX session_sni ON session (lower(sni), ts) WHERE sni IS NOT NULL;
CREATE INDEX session_ja3 ON session (ja3, ts) WHERE ja3 IS NOT NULL;
CREATE INDEX session_ja4 ON session (ja4, ts) WHERE ja4 IS NOT NULL;
CREATE INDEX session_chain ON session (chain, ts) WHERE chain IS NOT NULL;
CREATE INDEX session_client_chain ON session (client_chain, ts) WHERE client_chain IS NOT NULL;

-- Takes what has no day of its own: clocks gone wrong, and days beyond the number of partitions
-- that a planner bears well.
CREATE TABLE session_default PARTITION OF session DEFAULT;

-- Makes the partition of a day. True where it is there afterwards; false where the day's rows have
-- to stay in the default partition. Attaching locks the parent so little that readers go on.
CREATE FUNCTION create_session_partition(day date, partitions_max int) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  partition text := 'session_' || to_char(day, 'YYYYMMDD');
  low timestamptz := day::timestamp AT TIME ZONE 'UTC';
  high timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  IF day < DATE '1970-01-01' OR day > DATE '2261-12-31' THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('tapseal.session_partition'));
  IF to_regclass(partition) IS NOT NULL THEN
    RETURN true;
  END IF;
  IF (SELECT count(*) FROM pg_inherits WHERE inhparent = 'session'::regclass) > partitions_max THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE session INCLUDING ALL EXCLUDING IDENTITY)', partition);
  EXECUTE format('ALTER TABLE session ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                 partition, low, high);
  RETURN true;
EXCEPTION
  -- The default partition already holds rows of that day.
  WHEN check_violation THEN
    RETURN false;
END
$$;
