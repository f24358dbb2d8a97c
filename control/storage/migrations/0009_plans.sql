-- SPDX-License-Identifier: Apache-2.0
-- What a name matches is estimated from the statistics of an index on the expression, and those of
-- a partial one are not used: a question for one name was taken to find two sightings in a hundred,
-- and read every service instead.
DROP INDEX sighting_sni_rev;
CREATE INDEX sighting_sni_rev ON sighting (reverse(lower(sni)));

-- The latest changes in a network: the index alone says which sightings are outside of it.
DROP INDEX sighting_first_seen;
CREATE INDEX sighting_first_seen ON sighting (first_seen, server);

-- Services of a certificate are counted in lists: from the index alone.
DROP INDEX sighting_chain;
CREATE INDEX sighting_chain ON sighting (chain, server, port, transport);

-- The certificate that a service showed last, beside it: a list of services need not read all that
-- each of them ever showed. '' where nobody saw one.
ALTER TABLE service ADD COLUMN chain bytea NOT NULL DEFAULT '',
  ADD COLUMN chain_seen timestamptz NOT NULL DEFAULT '-infinity';
UPDATE service v SET chain = s.chain, chain_seen = s.last_seen
FROM (SELECT DISTINCT ON (server, port, transport) server, port, transport, chain, last_seen
      FROM sighting WHERE chain <> ''
      ORDER BY server, port, transport, last_seen DESC, chain) s
WHERE v.server = s.server AND v.port = s.port AND v.transport = s.transport;
DROP FUNCTION service_leaf(inet, int, text);
