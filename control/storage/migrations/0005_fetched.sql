-- SPDX-License-Identifier: Apache-2.0
-- What the tap saw and could not read, and the scanner fetched: TLS 1.3 encrypts certificates.

-- Of a fetch: `ts` of the tap's session that asked for it, with the same server, port and name.
-- Null: nobody's session asked.
ALTER TABLE session ADD COLUMN wanted_ts timestamptz;
-- Few rows are fetches: the index is small, and no question about them reads a server's visits.
CREATE INDEX session_wanted ON session (dst, ts) WHERE wanted_ts IS NOT NULL;
