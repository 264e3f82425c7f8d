SET LOCAL lock_timeout = '5s';

-- What leads are looked for by, as functions of their rows: an index of one is true whoever writes leads, and for those that
-- are there already. Neither pg_trgm nor unaccent, which a role that owns no more than its schema may not install.

-- A company's name as it is typed: without case, accents, punctuation and a leading "The". Letters are folded after they are
-- taken apart, so that `É` is `e` in a database of the locale C, too.
CREATE FUNCTION discovery.search_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    left(regexp_replace(btrim(regexp_replace(
             translate(lower(regexp_replace(normalize(left(name, 300), NFKD), '[\u0300-\u036f]', '', 'g')),
                       'øłđðæœØŁĐ', 'olddaoold'),
             '[[:space:]!-/:-@\[-`{-~]+', ' ', 'g')), '^the (?=.)', ''), 100);

-- How far a lead has come: the last of these that is so.
CREATE FUNCTION discovery.lead_stage(platform_uploaded boolean, delivery_status text, enrichment_status text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN platform_uploaded THEN 'uploaded'
         WHEN delivery_status IN ('delivered', 'partial') THEN 'delivered'
         WHEN delivery_status = 'failed' OR enrichment_status = 'failed' THEN 'failed'
         WHEN delivery_status = 'no_channel' THEN 'no_channel'
         WHEN enrichment_status = 'skipped' THEN 'skipped'
         WHEN enrichment_status = 'completed' THEN 'enriched'
         ELSE 'discovered' END;

-- Why it went no further, in words without names: `delivery:email`, `platform-upload:PermanentError`, `missing_domain`.
-- Messages stay out of it: they may name people, and no two are alike.
CREATE FUNCTION discovery.lead_reason(last_error text, delivery_status text, enrichment_status text, contact_data jsonb)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN last_error IS NOT NULL
         THEN coalesce(regexp_replace(substring(last_error FROM '^[a-z-]{1,40}: [A-Za-z][A-Za-z0-9_]{0,59}(?=: |$)'), ': ', ':'), 'other')
         WHEN delivery_status = 'no_channel' THEN 'no_channel'
         WHEN enrichment_status = 'skipped' THEN coalesce(substring(contact_data ->> 'reason' FROM '^[a-z_]{1,60}$'), 'other')
         ELSE 'none' END;
