-- name: last_job
-- The job $2 rows after $1: what is looked through at once.
SELECT id FROM jobs WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1;

-- name: find_traces
-- Uploads after $3, up to $4, that may have gone out with the person: whose job names them, or where a digest of what was written
-- is one of their address. Adapters that write several people keep apart whose digests are whose: `contact <digest of the address>.`
SELECT uploads.lead_id, uploads.workspace_id, uploads.platform, uploads.adapter,
       jsonb_path_query_array(jobs.payload -> 'lead', '$.contacts[*]')
       || jsonb_path_query_array(jobs.payload -> 'lead', '$.primary_contact') AS contacts
  FROM uploads LEFT JOIN jobs ON jobs.id = uploads.id
 WHERE uploads.id > $3 AND ($4::uuid IS NULL OR uploads.id <= $4) AND ($2::uuid IS NULL OR uploads.workspace_id = $2)
   AND uploads.status <> 'refused'
   AND (EXISTS (SELECT 1
                  FROM jsonb_array_elements(jsonb_path_query_array(jobs.payload -> 'lead', '$.contacts[*]')
                                       || jsonb_path_query_array(jobs.payload -> 'lead', '$.primary_contact')) AS contact
                 WHERE lower(btrim(contact ->> 'email')) = $1)
        OR EXISTS (SELECT 1 FROM jsonb_each_text(uploads.written) AS said (name, digest)
                    WHERE digest = left(encode(sha256(convert_to(uploads.lead_id::text || E'\n' || name || E'\n' || $1, 'UTF8')), 'hex'), 16)
                       OR starts_with(name, 'contact ' || left(encode(sha256(convert_to(
                                      uploads.lead_id::text || E'\nemail\n' || $1, 'UTF8')), 'hex'), 16) || '.')));

-- name: lock_person
SELECT person FROM person_erasures WHERE job_id = $1 FOR UPDATE;

-- name: save_person
INSERT INTO person_erasures (job_id, erasure_id, receipt_id, workspace_id, connection_id, platform, person, lead_ids)
SELECT $1, $2, coalesce(receipt_id, id), $3, $4, $5, $6, $7 FROM erasures WHERE id = $2
ON CONFLICT (job_id) DO UPDATE
   SET person = excluded.person, lead_ids = person_erasures.lead_ids || excluded.lead_ids;

-- name: forget_unsent
-- Leads that nobody has tried to hand over by now never go out with the person any more.
DELETE FROM person_erasures
 WHERE erasure_id = $1
   AND NOT EXISTS (SELECT 1 FROM uploads LEFT JOIN jobs ON jobs.id = uploads.id
                    WHERE uploads.lead_id = ANY (person_erasures.lead_ids) AND uploads.platform = person_erasures.platform
                      AND (uploads.adapter IS NOT NULL OR jobs.state = 'running' OR jobs.lost > 0));

-- name: people_of_erasure
SELECT job_id, receipt_id, workspace_id, connection_id, platform, cardinality(lead_ids) AS leads FROM person_erasures
 WHERE erasure_id = $1 ORDER BY platform, job_id;

-- name: get_person
SELECT job_id, workspace_id, platform, person, lead_ids FROM person_erasures WHERE job_id = $1;

-- name: are_under_way
-- Whether one of the leads is being handed over right now, by a worker that may have read it before the person was taken out: it
-- may arrive there after we have looked.
SELECT EXISTS (SELECT 1 FROM person_erasures JOIN jobs ON jobs.lead_id = ANY (lead_ids)
                WHERE job_id = $1 AND jobs.state = 'running' AND jobs.kind IN ('upload-lead', 'upload-contacts'));

-- name: traces_of
-- What we know of each lead at the platform, and by which adapter it went there.
SELECT DISTINCT ON (uploads.lead_id, coalesce(uploads.adapter, $3)) uploads.lead_id, coalesce(uploads.adapter, $3) AS adapter,
       (SELECT external_id FROM uploads AS named
         WHERE named.lead_id = uploads.lead_id AND named.platform = $1 AND external_id IS NOT NULL
         ORDER BY updated_at DESC LIMIT 1) AS external_id,
       uploads.written
  FROM uploads LEFT JOIN jobs ON jobs.id = uploads.id
 WHERE uploads.lead_id = ANY ($2::uuid[]) AND uploads.platform = $1 AND (uploads.adapter IS NOT NULL OR jobs.lost > 0)
 ORDER BY uploads.lead_id, coalesce(uploads.adapter, $3), uploads.written IS NULL, uploads.updated_at DESC;

-- name: written_of
SELECT id, lead_id, written FROM uploads
 WHERE lead_id = ANY ($2::uuid[]) AND platform = $1 AND written IS NOT NULL
 ORDER BY id FOR NO KEY UPDATE;

-- name: replace_written
UPDATE uploads SET written = new.written::jsonb
  FROM unnest($1::uuid[], $2::text[]) AS new (id, written)
 WHERE uploads.id = new.id;

-- name: forget_people
DELETE FROM person_erasures WHERE job_id = ANY ($1::uuid[]);

-- name: mark_failed
UPDATE person_erasures SET failed_at = now() WHERE job_id = ANY ($1::uuid[]);

-- name: open_people
-- What of a receipt is still to be done at platforms, and why not yet.
SELECT person_erasures.job_id, person_erasures.platform, person_erasures.connection_id, person_erasures.workspace_id,
       connections.adapter, coalesce(jobs.state, 'gone') AS state, jobs.attempts,
       (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM pauses
         WHERE (until IS NULL OR until > now())
           AND scope IN ('all', 'kind:erase-person', jobs.lane, 'workspace:' || person_erasures.workspace_id::text)) AS held_by
  FROM person_erasures
  LEFT JOIN jobs ON jobs.id = person_erasures.job_id
  LEFT JOIN connections ON connections.id = person_erasures.connection_id
 WHERE person_erasures.receipt_id = $1
 ORDER BY person_erasures.platform, person_erasures.job_id;

-- name: sealed_people_after
-- All workspaces: keys are the operator's, not a workspace's.
SELECT job_id AS id, workspace_id, person AS sealed FROM person_erasures WHERE job_id > $1 ORDER BY job_id LIMIT $2;

-- name: replace_sealed_person
UPDATE person_erasures SET person = $3 WHERE job_id = $1 AND person = $2;

-- name: addresses_in_uploads
-- Everybody's in a part, for who is known by a hash only.
SELECT DISTINCT address FROM uploads CROSS JOIN LATERAL addresses_in(concat_ws(' ', error, adjustments::text)) AS address
 WHERE id > $1 AND ($2::uuid IS NULL OR id <= $2);

-- name: find_jobs_with
-- Of the jobs after $3, up to $4 (null: all). Finished ones, too: they are the history of what was uploaded, and what a newer
-- revision is merged from.
SELECT id, lead_id, payload FROM jobs
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

-- name: not_over
-- Leads of which something is still to be uploaded, or may be again. A job sends what the newest says, whatever has become of it.
SELECT DISTINCT lead_id FROM jobs
 WHERE lead_id = ANY ($1::uuid[]) AND kind IN ('upload-lead', 'upload-contacts') AND state <> 'succeeded';

-- What follows shows what a part of a table has of a person ($1), of one workspace or (null) of all ($2).

-- name: show_traces
-- Where they went: uploads that were tried, and whose job, or a digest of what was written, names them (`find_traces`).
SELECT 'uploads' AS store, uploads.workspace_id, uploads.lead_id, uploads.revision, NULL::text AS provider, NULL::timestamptz AS collected_at,
       jsonb_build_object('platform', platform, 'adapter', adapter, 'status', status, 'external_id', external_id, 'upload', uploads.id,
                          'at', coalesce(uploaded_at, updated_at)) AS facts
  FROM uploads LEFT JOIN jobs ON jobs.id = uploads.id
 WHERE uploads.id > $3 AND ($4::uuid IS NULL OR uploads.id <= $4) AND ($2::uuid IS NULL OR uploads.workspace_id = $2)
   AND adapter IS NOT NULL AND status <> 'refused'
   AND (EXISTS (SELECT 1
                  FROM jsonb_array_elements(jsonb_path_query_array(jobs.payload -> 'lead', '$.contacts[*]')
                                       || jsonb_path_query_array(jobs.payload -> 'lead', '$.primary_contact')) AS contact
                 WHERE lower(btrim(contact ->> 'email')) = $1)
        OR EXISTS (SELECT 1 FROM jsonb_each_text(uploads.written) AS said (name, digest)
                    WHERE digest = left(encode(sha256(convert_to(uploads.lead_id::text || E'\n' || name || E'\n' || $1, 'UTF8')), 'hex'), 16)
                       OR starts_with(name, 'contact ' || left(encode(sha256(convert_to(
                                      uploads.lead_id::text || E'\nemail\n' || $1, 'UTF8')), 'hex'), 16) || '.')))
 ORDER BY uploads.id;

-- name: show_payloads
SELECT 'jobs' AS store, workspace_id, lead_id, (payload ->> 'revision')::integer AS revision, contact ->> 'provider' AS provider,
       (contact ->> 'collected_at')::timestamptz AS collected_at,
       jsonb_build_object('job', id, 'state', state, 'platform', payload ->> 'platform',
                          'contact', contact - '{provider, collected_at}'::text[]) AS facts
  FROM jobs
       CROSS JOIN LATERAL (SELECT DISTINCT contact
                             FROM jsonb_array_elements(jsonb_path_query_array(payload -> 'lead', '$.contacts[*]')
                                                  || jsonb_path_query_array(payload -> 'lead', '$.primary_contact')) AS contact
                            WHERE lower(btrim(contact ->> 'email')) = $1) AS people
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4) AND kind IN ('upload-lead', 'upload-contacts') AND ($2::uuid IS NULL OR workspace_id = $2)
 ORDER BY id;

-- name: show_uploads
SELECT 'uploads' AS store, workspace_id, lead_id, revision, NULL::text AS provider, NULL::timestamptz AS collected_at,
       jsonb_build_object('platform', platform, 'error', error, 'adjustments', adjustments, 'rejection', rejection) AS facts
  FROM uploads
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4)
   AND (strpos(lower(error), $1) > 0 OR strpos(lower(adjustments::text), $1) > 0
        OR strpos(lower(rejection::text), $1) > 0)
   AND ($2::uuid IS NULL OR workspace_id = $2)
 ORDER BY id;

-- name: show_overrides
SELECT 'uploads' AS store, workspace_id, lead_id, revision, NULL::text AS provider, NULL::timestamptz AS collected_at,
       jsonb_build_object('platform', platform, 'corrected', contact) AS facts
  FROM uploads
       CROSS JOIN LATERAL (SELECT DISTINCT contact
                             FROM jsonb_array_elements(jsonb_path_query_array(overrides, '$.contacts[*]')
                                                  || jsonb_path_query_array(overrides, '$.primary_contact')) AS contact
                            WHERE lower(btrim(contact ->> 'email')) = $1) AS people
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4) AND overrides IS NOT NULL AND ($2::uuid IS NULL OR workspace_id = $2)
 ORDER BY id;
