-- name: last_enriched
-- The lead $2 rows after $1: what is looked through at once.
SELECT lead_id FROM enrichments WHERE lead_id > $1 ORDER BY lead_id OFFSET $2 LIMIT 1;

-- name: addresses_in_enrichments
-- Everybody's in a part, for who is known by a hash only.
SELECT lower(btrim(email)) AS address FROM contacts
 WHERE lead_id > $1 AND ($2::uuid IS NULL OR lead_id <= $2) AND email IS NOT NULL
UNION
SELECT address FROM enrichments CROSS JOIN LATERAL addresses_in(error) AS address
 WHERE lead_id > $1 AND ($2::uuid IS NULL OR lead_id <= $2);

-- name: delete_contacts
DELETE FROM contacts
 WHERE lead_id > $3 AND ($4::uuid IS NULL OR lead_id <= $4) AND lower(btrim(email)) = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING lead_id, revision;

-- name: recount_contacts
UPDATE enrichments
   SET total_contacts = (SELECT count(*) FROM contacts
                          WHERE contacts.lead_id = enrichments.lead_id AND contacts.revision = enrichments.revision),
       updated_at = now()
  FROM unnest($1::uuid[], $2::integer[]) AS changed (lead_id, revision)
 WHERE enrichments.lead_id = changed.lead_id AND enrichments.revision = changed.revision;

-- name: choose_primaries
-- Where the primary contact is gone: whose address is valid, else the first that the provider named.
UPDATE contacts SET is_primary = true
  FROM (SELECT DISTINCT ON (lead_id, revision) lead_id, revision, position
          FROM contacts JOIN unnest($1::uuid[], $2::integer[]) AS changed (lead_id, revision) USING (lead_id, revision)
         WHERE NOT EXISTS (SELECT 1 FROM contacts AS other
                            WHERE other.lead_id = contacts.lead_id AND other.revision = contacts.revision AND other.is_primary)
         ORDER BY lead_id, revision, email_status = 'valid' DESC, position) AS best
 WHERE contacts.lead_id = best.lead_id AND contacts.revision = best.revision AND contacts.position = best.position;

-- name: last_answer
SELECT flight_id FROM company_answers WHERE flight_id > $1 ORDER BY flight_id OFFSET $2 LIMIT 1;

-- name: addresses_in_answers
SELECT DISTINCT address FROM company_answers CROSS JOIN LATERAL addresses_in(contacts::text) AS address
 WHERE flight_id > $1 AND ($2::uuid IS NULL OR flight_id <= $2);

-- name: erase_from_answers
-- Answers that the deployment's keys bought are nobody's, so only who is erased everywhere is erased there; for one workspace
-- ($4) they are left out as they are used. What its own keys bought is its own.
UPDATE company_answers
   SET contacts = (SELECT coalesce(jsonb_agg(contact ORDER BY place), '[]')
                     FROM jsonb_array_elements(contacts) WITH ORDINALITY AS known (contact, place)
                    WHERE lower(btrim(contact ->> 'email')) IS DISTINCT FROM $1)
 WHERE flight_id > $2 AND ($3::uuid IS NULL OR flight_id <= $3)
   AND ($4::uuid IS NULL OR owner = $4::text)
   AND EXISTS (SELECT 1 FROM jsonb_path_query(contacts, '$[*]') AS contact WHERE lower(btrim(contact ->> 'email')) = $1)
RETURNING domain;

-- name: erase_from_enrichments
UPDATE enrichments SET error = $3
 WHERE lead_id > $4 AND ($5::uuid IS NULL OR lead_id <= $5)
   AND strpos(lower(error), $1) > 0 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING lead_id;

-- name: addresses_of_accounts
SELECT DISTINCT lower(btrim(email)) AS address FROM credit_accounts WHERE strpos(email, '@') > 0;

-- name: erase_accounts
-- A user's: the ledger of credits stays, and says of whom no more.
UPDATE credit_accounts SET email = 'erased-' || id, daily_credit_limit = 0, updated_at = now()
 WHERE email = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;

-- What follows shows what a part of a table has of a person ($1), of one workspace or (null) of all ($2).

-- name: show_contacts
SELECT 'contacts' AS store, workspace_id, lead_id, revision, provider, collected_at,
       to_jsonb(contacts) - '{workspace_id, lead_id, revision, position, provider, collected_at}'::text[] AS facts
  FROM contacts
 WHERE lead_id > $3 AND ($4::uuid IS NULL OR lead_id <= $4) AND lower(btrim(email)) = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
 ORDER BY lead_id, revision, position;

-- name: show_errors
SELECT 'enrichments' AS store, workspace_id, lead_id, revision, provider, enriched_at AS collected_at,
       jsonb_build_object('error', error) AS facts
  FROM enrichments
 WHERE lead_id > $3 AND ($4::uuid IS NULL OR lead_id <= $4)
   AND strpos(lower(error), $1) > 0 AND ($2::uuid IS NULL OR workspace_id = $2)
 ORDER BY lead_id, revision;

-- name: show_answers
-- To one workspace only what its own keys bought: the others are nobody's.
SELECT 'company_answers' AS store, CASE WHEN owner NOT IN ('all', 'training') THEN owner::uuid END AS workspace_id, NULL::uuid AS lead_id,
       NULL::integer AS revision, split_part(provider, ':', 1) AS provider, answered_at AS collected_at,
       contact - '{provider, collected_at}'::text[] || jsonb_build_object('domain', domain) AS facts
  FROM company_answers CROSS JOIN LATERAL jsonb_path_query(contacts, '$[*]') AS contact
 WHERE flight_id > $3 AND ($4::uuid IS NULL OR flight_id <= $4)
   AND ($2::uuid IS NULL OR owner = $2::text) AND lower(btrim(contact ->> 'email')) = $1
 ORDER BY flight_id;

-- name: show_accounts
SELECT 'credit_accounts' AS store, workspace_id, NULL::uuid AS lead_id, NULL::integer AS revision, NULL::text AS provider,
       created_at AS collected_at,
       jsonb_build_object('email', email, 'role', role, 'daily_credit_limit', daily_credit_limit) AS facts
  FROM credit_accounts
 WHERE email = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
 ORDER BY created_at, id;
