-- SPDX-License-Identifier: Apache-2.0
-- What questions need beside the tables: functions that a query may call by name, so that its own
-- text stays short, and the indexes of pages and words.

-- A time as records have it. to_char knows no infinities.
CREATE FUNCTION utc_text(moment timestamptz) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN isfinite(moment)
         THEN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
         ELSE moment::text END
$$;

-- Null where one of them is not of any calendar.
CREATE FUNCTION validity_of(not_before timestamptz, not_after timestamptz) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN isfinite(not_before) AND isfinite(not_after) THEN not_after - not_before END
$$;

-- The words of all names: www.example.com is www example com. Cut as words_of() is, later.
CREATE FUNCTION words_of_list(names text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT to_tsvector('simple'::regconfig,
                     regexp_replace(left(array_to_string(names, ' '), 100000),
                                    '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+', ' ', 'g'))
$$;
CREATE INDEX certificate_names_words ON certificate USING gin (words_of_list(names));

-- Whether a name is this one or below it.
CREATE FUNCTION is_under(name text, suffix text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT name = suffix OR right(name, length(suffix) + 1) = '.' || suffix
$$;
CREATE FUNCTION any_is_under(names text[], suffix text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT EXISTS (SELECT FROM unnest(names) AS name WHERE is_under(name, suffix))
$$;

-- Whether a rule's tag is due to what was seen: everything that it names applies.
CREATE FUNCTION tag_applies(rule tag_rule, server inet, port int, sni text, names text[],
                            issuer text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (rule.network IS NULL OR server <<= rule.network)
     AND (rule.port IS NULL OR port = rule.port)
     AND (rule.name_suffix IS NULL OR is_under(lower(sni), rule.name_suffix)
          OR any_is_under(names, rule.name_suffix))
     AND (rule.issuer IS NULL OR words_of(issuer) @@ phrase_of(rule.issuer))
$$;

-- The certificate that a service showed last as its own.
CREATE FUNCTION service_leaf(of_server inet, of_port int, of_transport text) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT k.certificates[1] FROM sighting s JOIN certificate_chain k ON k.id = s.chain
  WHERE s.server = of_server AND s.port = of_port AND s.transport = of_transport
  ORDER BY s.last_seen DESC, s.chain LIMIT 1
$$;

-- Pages by expiry: with no null in the order, the place where a page ended is one comparison.
CREATE INDEX certificate_page
  ON certificate (coalesce(not_after, 'infinity'::timestamptz), sha256);
CREATE INDEX service_fingerprint_first_seen ON service_fingerprint (first_seen);
