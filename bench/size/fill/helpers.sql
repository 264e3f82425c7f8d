-- name: create_helpers
-- Ids that follow from numbers, so that no table has to be asked for another's.
CREATE SCHEMA bench;

CREATE FUNCTION bench.id(family integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    (lpad(to_hex(family), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;

-- Every second thing is the big workspace's; the rest is spread over 499 others.
CREATE FUNCTION bench.workspace(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    bench.id(1, CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + (n / 2) % 499 END);

-- A year, evenly.
CREATE FUNCTION bench.moment(n bigint, total bigint) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE RETURN
    now() - interval '365 days' * ((total - n)::float8 / total);

CREATE FUNCTION bench.score(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN n % 10 = 0 THEN 'hot' WHEN n % 10 < 4 THEN 'warm' ELSE 'cold' END;

CREATE FUNCTION bench.platform(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    (ARRAY['tech-platform', 'finance-platform', 'healthcare-platform', 'general-platform'])[1 + n / 7 % 4];

CREATE FUNCTION bench.contacts(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    '"contacts": [{"full_name": "Ada Person", "title": "CTO", "email": "Ada' || n || '@company' || n
    || '.example", "verified_email": true}, {"full_name": "Bob Person", "title": "CEO", "email": "bob' || n || '@company' || n
    || '.example", "verified_email": false}], "primary_contact": {"full_name": "Ada Person", "title": "CTO", "email": "Ada' || n
    || '@company' || n || '.example", "verified_email": true}, "total_contacts": 2';

-- name: secondary_indexes
-- Of tables that are about to be filled: made again afterwards, in one go, which is what makes ten million rows minutes.
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
  FROM pg_index JOIN pg_class ON pg_class.oid = indrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE nspname = $1 AND relname = ANY ($2::text[])
   AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid);
