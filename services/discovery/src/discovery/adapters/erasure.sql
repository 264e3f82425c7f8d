-- name: last_lead
-- The lead $2 rows after $1: what is looked through at once.
SELECT id FROM leads WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1;

-- name: addresses_in_leads
-- Everybody's in a part, for who is known by a hash only.
SELECT DISTINCT address
  FROM leads CROSS JOIN LATERAL addresses_in(concat_ws(' ', contact_data::text, last_error,
       (SELECT string_agg(concat_ws(' ', error, detail::text), ' ') FROM lead_history WHERE lead_id = leads.id))) AS address
 WHERE id > $1 AND ($2::uuid IS NULL OR id <= $2);

-- name: find_leads_with
-- All leads are looked through, part by part ($3 to $4; null: to the end): erasures are few, and no index should hold addresses.
SELECT id, contact_data FROM leads
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4)
   AND ($2::uuid IS NULL OR workspace_id = $2)
   AND EXISTS (SELECT 1
                 FROM jsonb_array_elements(jsonb_path_query_array(contact_data, '$.contacts[*]')
                                      || jsonb_path_query_array(contact_data, '$.primary_contact')) AS contact
                WHERE lower(btrim(contact ->> 'email')) = $1)
 ORDER BY id FOR NO KEY UPDATE;

-- name: replace_contacts
UPDATE leads SET contact_data = new.contact_data::jsonb, updated_at = now()
  FROM unnest($1::uuid[], $2::text[]) AS new (id, contact_data)
 WHERE leads.id = new.id;

-- name: erase_from_errors
-- What a stage said when it failed may name the person.
UPDATE leads SET last_error = $3
 WHERE id > $4 AND ($5::uuid IS NULL OR id <= $5)
   AND strpos(lower(last_error), $1) > 0 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;

-- name: erase_from_history
UPDATE lead_history
   SET error = CASE WHEN strpos(lower(error), $1) > 0 THEN $3 ELSE error END,
       detail = CASE WHEN strpos(lower(detail::text), $1) > 0 THEN NULL ELSE detail END
  FROM leads
 WHERE lead_id > $4 AND ($5::uuid IS NULL OR lead_id <= $5)
   AND leads.id = lead_history.lead_id AND ($2::uuid IS NULL OR leads.workspace_id = $2)
   AND (strpos(lower(error), $1) > 0 OR strpos(lower(detail::text), $1) > 0)
RETURNING lead_id;

-- What follows shows what a part of a table has of a person ($1), of one workspace or (null) of all ($2).

-- name: show_contacts
SELECT 'leads' AS store, workspace_id, id AS lead_id, NULL::integer AS revision,
       coalesce(contact ->> 'provider', contact_data ->> 'provider') AS provider,
       coalesce((contact ->> 'collected_at')::timestamptz, enriched_at) AS collected_at, contact - '{provider, collected_at}'::text[] AS facts
  FROM leads
       CROSS JOIN LATERAL (SELECT DISTINCT contact
                             FROM jsonb_array_elements(jsonb_path_query_array(contact_data, '$.contacts[*]')
                                                  || jsonb_path_query_array(contact_data, '$.primary_contact')) AS contact
                            WHERE lower(btrim(contact ->> 'email')) = $1) AS people
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4) AND ($2::uuid IS NULL OR workspace_id = $2)
 ORDER BY id;

-- name: show_errors
SELECT 'leads' AS store, workspace_id, id AS lead_id, NULL::integer AS revision, NULL::text AS provider,
       NULL::timestamptz AS collected_at, jsonb_build_object('error', last_error) AS facts
  FROM leads
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4)
   AND strpos(lower(last_error), $1) > 0 AND ($2::uuid IS NULL OR workspace_id = $2)
 ORDER BY id;

-- name: show_history
SELECT 'lead_history' AS store, leads.workspace_id, lead_id, lead_history.revision, NULL::text AS provider,
       happened_at AS collected_at,
       jsonb_build_object('kind', kind, 'subject', subject, 'error', error, 'detail', detail) AS facts
  FROM lead_history JOIN leads ON leads.id = lead_history.lead_id
 WHERE lead_id > $3 AND ($4::uuid IS NULL OR lead_id <= $4) AND ($2::uuid IS NULL OR leads.workspace_id = $2)
   AND (strpos(lower(error), $1) > 0 OR strpos(lower(detail::text), $1) > 0)
 ORDER BY lead_id, happened_at;
