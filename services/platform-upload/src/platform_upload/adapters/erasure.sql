-- name: find_jobs_with
-- Finished ones, too: they are the history of what was uploaded, and what a newer revision is merged from.
SELECT id, payload FROM jobs
 WHERE kind = 'upload-lead' AND ($2::uuid IS NULL OR workspace_id = $2)
   AND EXISTS (SELECT 1
                 FROM jsonb_array_elements(jsonb_path_query_array(payload -> 'lead', '$.contacts[*]')
                                      || jsonb_path_query_array(payload -> 'lead', '$.primary_contact')) AS contact
                WHERE lower(btrim(contact ->> 'email')) = $1)
 ORDER BY id FOR NO KEY UPDATE;

-- name: replace_payloads
UPDATE jobs SET payload = new.payload::jsonb
  FROM unnest($1::uuid[], $2::text[]) AS new (id, payload)
 WHERE jobs.id = new.id;

-- name: erase_from_uploads
-- What a platform said when it refused a lead may name the person.
UPDATE uploads SET error = $3
 WHERE strpos(lower(error), $1) > 0 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;
