-- SPDX-License-Identifier: Apache-2.0
-- Nearly every list goes from a sighting's chain to the server's own certificate, or back, once for
-- each of its rows. As a column of its own, which an expression is not, the leaf is in both
-- indexes: the chain itself need not be read.
ALTER TABLE certificate_chain
  ADD COLUMN leaf bytea GENERATED ALWAYS AS (certificates[1]) STORED;
DROP INDEX certificate_chain_leaf;
CREATE INDEX certificate_chain_leaf ON certificate_chain (leaf, id);
ALTER TABLE certificate_chain DROP CONSTRAINT certificate_chain_pkey,
  ADD PRIMARY KEY (id) INCLUDE (leaf);
