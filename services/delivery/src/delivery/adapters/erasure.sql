-- name: last_alert
-- The alert $2 rows after $1: what is looked through at once.
SELECT id FROM alerts WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1;

-- name: addresses_in_alerts
-- Everybody's in a part, for who is known by a hash only.
SELECT DISTINCT address FROM alerts CROSS JOIN LATERAL addresses_in(content::text) AS address
 WHERE id > $1 AND ($2::uuid IS NULL OR id <= $2);

-- name: find_alerts_with
SELECT id, content FROM alerts
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4)
   AND content IS NOT NULL AND ($2::uuid IS NULL OR workspace_id = $2)
   AND EXISTS (SELECT 1
                 FROM jsonb_array_elements(jsonb_path_query_array(content -> 'enrichment', '$.contacts[*]')
                                      || jsonb_path_query_array(content -> 'enrichment', '$.primary_contact')) AS contact
                WHERE lower(btrim(contact ->> 'email')) = $1)
 ORDER BY id FOR UPDATE;

-- name: replace_contents
UPDATE alerts SET content = new.content::jsonb
  FROM unnest($1::uuid[], $2::text[]) AS new (id, content)
 WHERE alerts.id = new.id;

-- name: erase_messages
-- Written for earlier attempts; the next attempt writes its own from what is left. Locked in the order of begin_attempts, so
-- that neither waits for the other in a circle.
UPDATE deliveries SET message = NULL, updated_at = now()
 WHERE id = ANY (ARRAY(SELECT id FROM deliveries WHERE message IS NOT NULL AND alert_id = ANY ($1::uuid[])
                        ORDER BY id FOR UPDATE))
RETURNING id;

-- name: last_delivery
SELECT id FROM deliveries WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1;

-- name: addresses_in_deliveries
SELECT DISTINCT address FROM deliveries CROSS JOIN LATERAL addresses_in(error) AS address
 WHERE id > $1 AND ($2::uuid IS NULL OR id <= $2);

-- name: erase_from_deliveries
-- Errors that name the person, and messages to them ($6: their recipients). Locked in the order of begin_attempts.
UPDATE deliveries
   SET error = CASE WHEN strpos(lower(error), $1) > 0 THEN $3 ELSE error END,
       message = CASE WHEN destination_id = ANY ($6::uuid[]) THEN NULL ELSE message END,
       updated_at = now()
 WHERE id = ANY (ARRAY(
       SELECT id FROM deliveries
        WHERE id > $4 AND ($5::uuid IS NULL OR id <= $5) AND ($2::uuid IS NULL OR workspace_id = $2)
          AND (strpos(lower(error), $1) > 0 OR (message IS NOT NULL AND destination_id = ANY ($6::uuid[])))
        ORDER BY id FOR UPDATE))
RETURNING id;

-- name: addresses_of_recipients
SELECT lower(btrim(email)) AS address FROM recipients
UNION
SELECT lower(btrim(email)) FROM suppressions;

-- name: delete_recipients
DELETE FROM recipients WHERE lower(email) = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;

-- name: delete_suppressions
-- Not needed any more: an address that was erased gets no recipient.
DELETE FROM suppressions WHERE lower(email) = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;
