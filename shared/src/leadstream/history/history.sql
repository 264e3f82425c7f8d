-- name: list_jobs
-- Newest first; the key of the last row seen goes in as ($7, $8).
SELECT id, kind, state, priority, lane, workspace_id, lead_id, attempts, lost, run_at, last_error, created_at, finished_at,
       (SELECT array_agg(DISTINCT reason) FROM pauses
         WHERE (until IS NULL OR until > now()) AND jobs.state = 'ready'
           AND scope IN ('all', 'kind:' || jobs.kind, jobs.lane, 'workspace:' || jobs.workspace_id::text)) AS held_by
  FROM jobs
 WHERE ($1::text IS NULL OR state = $1)
   AND ($2::text IS NULL OR kind = $2)
   AND ($3::uuid IS NULL OR workspace_id = $3)
   AND ($4::uuid IS NULL OR lead_id = $4)
   AND ($5::timestamptz IS NULL OR created_at >= $5)
   AND ($7::timestamptz IS NULL OR (created_at, id) < ($7, $8::uuid))
 ORDER BY created_at DESC, id DESC
 LIMIT $6;

-- name: get_job
SELECT id, kind, state, priority, lane, workspace_id, lead_id, payload, attempts, lost, run_at, leased_until, traceparent,
       last_error, created_at, finished_at
  FROM jobs WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: job_attempts
SELECT number, outcome, error_class, error, status_code, excerpt, started_at, finished_at
  FROM job_attempts WHERE job_id = $1 ORDER BY number;

-- name: retry_jobs
-- Failed and cancelled jobs start afresh, with all their attempts before them; what was tried stays in job_attempts.
UPDATE jobs SET state = 'ready', attempts = 0, lost = 0, run_at = now(), asked_at = now(), finished_at = NULL
 WHERE id = ANY ($1::uuid[]) AND state IN ('failed', 'cancelled')
RETURNING id;

-- name: get_payload
-- Locked: whoever wants to change it waits, and then sees what the first has made of it.
SELECT state, payload FROM jobs WHERE id = $1 FOR UPDATE;

-- name: rerun_with
-- One that has succeeded, too: its service knows that doing it again does no harm.
UPDATE jobs SET payload = $2::text::jsonb, state = 'ready', attempts = 0, lost = 0, run_at = now(), asked_at = now(),
       finished_at = NULL
 WHERE id = $1 AND state IN ('succeeded', 'failed', 'cancelled')
RETURNING id;

-- name: count_ended
SELECT kind, count(*) AS count FROM jobs
 WHERE state = $1 AND state IN ('failed', 'cancelled')
   AND ($2::text IS NULL OR kind = $2)
   AND ($3::uuid IS NULL OR workspace_id = $3)
   AND ($4::uuid IS NULL OR lead_id = $4)
   AND ($5::timestamptz IS NULL OR created_at >= $5)
 GROUP BY kind;

-- name: rerun_ended
-- Oldest first, from the last one seen, ($6, $7), on: what fails again meanwhile is not seen again.
UPDATE jobs SET state = 'ready', attempts = 0, lost = 0, run_at = now(), asked_at = now(), finished_at = NULL
  FROM (SELECT id FROM jobs
         WHERE state = $1 AND state IN ('failed', 'cancelled')
           AND ($2::text IS NULL OR kind = $2)
           AND ($3::uuid IS NULL OR workspace_id = $3)
           AND ($4::uuid IS NULL OR lead_id = $4)
           AND ($5::timestamptz IS NULL OR created_at >= $5)
           AND ($6::timestamptz IS NULL OR (created_at, id) > ($6, $7::uuid))
         ORDER BY created_at, id LIMIT $8 FOR UPDATE SKIP LOCKED) AS ended
 WHERE jobs.id = ended.id
RETURNING jobs.id, jobs.kind, jobs.created_at;

-- name: cancel_jobs
-- By ids alone: the caller has looked at their workspaces. No worker has a lease of one that waits.
UPDATE jobs SET state = 'cancelled', finished_at = now()
 WHERE id IN (SELECT id FROM jobs WHERE id = ANY ($1::uuid[]) AND state = 'ready' ORDER BY id FOR UPDATE)
RETURNING id, kind, priority, lane, payload, workspace_id, lead_id, attempts, lost, created_at, traceparent,
          '00000000-0000-0000-0000-000000000000'::uuid AS lease_id;
