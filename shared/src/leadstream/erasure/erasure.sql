-- name: lock_people_shared
-- Whoever stores people looks for the erased ones after this; an erasure that is under way is waited for. Without it one that
-- commits between the look and the store would miss what is stored.
SELECT pg_advisory_xact_lock_shared(hashtextextended('leadstream_erasure_' || current_schema(), 0));

-- name: lock_people
SELECT pg_advisory_xact_lock(hashtextextended('leadstream_erasure_' || current_schema(), 0));

-- name: find_erased
-- Of all workspaces: the caller looks at whose each is.
SELECT known.address, erased_people.workspace_id
  FROM (SELECT address, sha256(salt || convert_to(address, 'UTF8')) AS digest
          FROM unnest($1::text[]) AS address CROSS JOIN erasure_salt
         WHERE EXISTS (SELECT 1 FROM erased_people)) AS known
  JOIN erased_people USING (digest);

-- name: remember_erased
INSERT INTO erased_people (id, digest, workspace_id)
SELECT $1, sha256(salt || convert_to($2::text, 'UTF8')), $3::uuid FROM erasure_salt
ON CONFLICT DO NOTHING
RETURNING id;

-- name: erase_from_attempts
-- What a provider said may name the person.
UPDATE job_attempts
   SET error = CASE WHEN strpos(lower(error), $1) > 0 THEN $3 ELSE error END,
       excerpt = CASE WHEN strpos(lower(excerpt), $1) > 0 THEN $3 ELSE excerpt END
  FROM jobs
 WHERE jobs.id = job_attempts.job_id AND ($2::uuid IS NULL OR jobs.workspace_id = $2)
   AND (strpos(lower(error), $1) > 0 OR strpos(lower(excerpt), $1) > 0)
RETURNING job_attempts.job_id;

-- name: erase_from_errors
UPDATE jobs SET last_error = $3
 WHERE strpos(lower(last_error), $1) > 0 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;

-- name: erase_from_audit
-- That somebody changed something stays; who it was about does not.
UPDATE audit_log
   SET before = CASE WHEN lower(before ->> 'email') = $1 THEN before || $3::jsonb ELSE before END,
       after = CASE WHEN lower(after ->> 'email') = $1 THEN after || $3::jsonb ELSE after END
 WHERE ($2::uuid IS NULL OR workspace_id = $2) AND (lower(before ->> 'email') = $1 OR lower(after ->> 'email') = $1)
RETURNING id;

-- name: find_events
-- Events that wait for the broker, or that it would not take. What the relay holds right now is on its way and skipped: its
-- consumers look for themselves.
SELECT 'outbox' AS place, seq, topic, payload FROM outbox
 WHERE strpos(lower(encode(payload, 'escape')), $1::text) > 0 FOR UPDATE SKIP LOCKED;

-- name: find_refused_events
SELECT 'outbox_refused' AS place, seq, topic, payload FROM outbox_refused
 WHERE strpos(lower(encode(payload, 'escape')), $1::text) > 0 FOR UPDATE;

-- name: replace_event
UPDATE outbox SET payload = $2 WHERE seq = $1;

-- name: replace_refused_event
UPDATE outbox_refused SET payload = $2 WHERE seq = $1;
