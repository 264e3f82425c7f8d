-- name: last_job
-- The job $2 rows after $1: what is looked through at once.
SELECT id FROM jobs WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1;

-- name: find_jobs_with
-- Of the jobs after $3, up to $4 (null: all). Finished ones, too: they are the history of what was uploaded, and what a newer
-- revision is merged from.
SELECT id, payload FROM jobs
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4) AND kind IN ('upload-lead', 'upload-contacts') AND ($2::uuid IS NULL OR workspace_id = $2)
   AND EXISTS (SELECT 1
                 FROM jsonb_array_elements(jsonb_path_query_array(payload -> 'lead', '$.contacts[*]')
                                      || jsonb_path_query_array(payload -> 'lead', '$.primary_contact')) AS contact
                WHERE lower(btrim(contact ->> 'email')) = $1)
 ORDER BY id FOR NO KEY UPDATE;

-- name: replace_payloads
UPDATE jobs SET payload = new.payload::jsonb
  FROM unnest($1::uuid[], $2::text[]) AS new (id, payload)
 WHERE jobs.id = new.id;

-- name: last_upload
SELECT id FROM uploads WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1;

-- name: erase_from_uploads
-- What a platform said when it refused a lead, or one of its fields, may name the person.
UPDATE uploads
   SET error = CASE WHEN strpos(lower(error), $1) > 0 THEN $3 ELSE error END,
       adjustments = CASE WHEN strpos(lower(adjustments::text), $1) > 0 THEN '[]' ELSE adjustments END,
       rejection = CASE WHEN strpos(lower(rejection::text), $1) > 0
                        THEN rejection || jsonb_build_object('message', $3::text) ELSE rejection END
 WHERE id > $4 AND ($5::uuid IS NULL OR id <= $5)
   AND (strpos(lower(error), $1) > 0 OR strpos(lower(adjustments::text), $1) > 0
        OR strpos(lower(rejection::text), $1) > 0)
   AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;

-- name: find_overrides_with
-- Of the uploads after $3, up to $4 (null: all).
SELECT id, overrides FROM uploads
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4) AND overrides IS NOT NULL AND ($2::uuid IS NULL OR workspace_id = $2)
   AND EXISTS (SELECT 1
                 FROM jsonb_array_elements(jsonb_path_query_array(overrides, '$.contacts[*]')
                                      || jsonb_path_query_array(overrides, '$.primary_contact')) AS contact
                WHERE lower(btrim(contact ->> 'email')) = $1)
 ORDER BY id FOR NO KEY UPDATE;

-- name: replace_overrides
UPDATE uploads SET overrides = new.overrides::jsonb
  FROM unnest($1::uuid[], $2::text[]) AS new (id, overrides)
 WHERE uploads.id = new.id;
