-- name: find_alerts_with
SELECT id, content FROM alerts
 WHERE content IS NOT NULL AND ($2::uuid IS NULL OR workspace_id = $2)
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
-- Written for earlier attempts; the next attempt writes its own from what is left. Messages to the person go, too ($3: their
-- recipients).
UPDATE deliveries SET message = NULL, updated_at = now()
 WHERE message IS NOT NULL AND (alert_id = ANY ($1::uuid[]) OR destination_id = ANY ($2::uuid[]))
RETURNING id;

-- name: erase_from_deliveries
UPDATE deliveries SET error = $3
 WHERE strpos(lower(error), $1) > 0 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;

-- name: delete_recipients
DELETE FROM recipients WHERE lower(email) = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;

-- name: delete_suppressions
-- Not needed any more: an address that was erased gets no recipient.
DELETE FROM suppressions WHERE lower(email) = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;
