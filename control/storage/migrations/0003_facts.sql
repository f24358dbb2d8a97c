-- SPDX-License-Identifier: Apache-2.0
-- More of what a handshake says. New columns of `session` are null where there is nothing to say,
-- and a null costs one bit; short lists of group codes are packed, because an array would cost 20
-- bytes more each (see code_points below).

-- The version of the rules, as the table of methods names it. The first rows carried the number 1,
-- which stood for these:
ALTER TABLE fingerprint ALTER COLUMN algorithm_version TYPE text COLLATE "C"
  USING CASE method WHEN 'ja3' THEN '2017' WHEN 'ja3s' THEN '2019' ELSE '2026-09' END;

ALTER TABLE certificate
  ADD COLUMN sct_list boolean,      -- null in rows from before this migration
  ADD COLUMN must_staple boolean,
  ADD COLUMN ja4x text COLLATE "C",
  ADD COLUMN tlsh bytea;            -- over the DER; the 35 bytes that its text shows in hex
CREATE INDEX certificate_ja4x ON certificate (ja4x) WHERE ja4x IS NOT NULL;

ALTER TABLE session
  ADD COLUMN original_ts timestamptz,
  ADD COLUMN quic_version bigint,
  ADD COLUMN ech_kdf int,
  ADD COLUMN ech_aead int,
  ADD COLUMN ech_config_id smallint,
  ADD COLUMN pq_offered boolean,
  ADD COLUMN pq_selected boolean,
  ADD COLUMN ocsp_staple boolean,
  ADD COLUMN sct boolean,
  ADD COLUMN groups bytea,          -- packed: see code_points
  ADD COLUMN key_shares bytea,
  ADD COLUMN starttls text COLLATE "C",
  ADD COLUMN resumed_by text COLLATE "C",
  ADD COLUMN original_chain bytea,
  ADD COLUMN npf bytea,
  ADD COLUMN ja4t text COLLATE "C",
  ADD COLUMN ja4ts text COLLATE "C",
  ADD COLUMN ja4l text COLLATE "C",
  ADD COLUMN ja4ls text COLLATE "C",
  ADD COLUMN tlsh bytea;            -- the 35 bytes that its text shows in hex

-- The 16-bit numbers of a packed list, in order.
CREATE FUNCTION code_points(packed bytea) RETURNS int[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(get_byte(packed, 2 * i) * 256 + get_byte(packed, 2 * i + 1)
                            ORDER BY i), '{}')
  FROM generate_series(0, length(packed) / 2 - 1) AS i
$$;

-- Who spoke SSH with what to whom. Absent is '', because the columns of a key cannot be null.
CREATE TABLE ssh_sighting (
  server inet NOT NULL,
  port int NOT NULL,
  client inet NOT NULL,
  client_id text COLLATE "C" NOT NULL,
  server_id text COLLATE "C" NOT NULL,
  hassh bytea NOT NULL,
  hassh_server bytea NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (server, port, client, client_id, server_id, hassh, hassh_server)
);
CREATE INDEX ssh_sighting_client ON ssh_sighting (client);
CREATE INDEX ssh_sighting_hassh ON ssh_sighting (hassh);
CREATE INDEX ssh_sighting_hassh_server ON ssh_sighting (hassh_server);
