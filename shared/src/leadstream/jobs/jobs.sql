-- name: insert_jobs
-- The same job from two records, two replicas or two deliveries of one record is one row.
INSERT INTO jobs (id, kind, priority, lane, workspace_id, lead_id, payload, run_at, traceparent)
SELECT id, kind, priority, lane, workspace_id, lead_id, payload::jsonb, coalesce(run_at, now()), traceparent
  FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::text[], $5::uuid[], $6::uuid[], $7::text[],
              $8::timestamptz[], $9::text[])
       AS new (id, kind, priority, lane, workspace_id, lead_id, payload, run_at, traceparent)
 ORDER BY id
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: ready_lanes
-- A loose index scan: one probe of jobs_ready per lane, however many jobs the lane holds. Lanes of the priorities $7 to $2,
-- after ($7, $3), in order, whose first job is due and which no pause holds. `waiting` counts up to $5.
WITH RECURSIVE lanes AS (
    (SELECT priority, lane, workspace_id, run_at FROM jobs
      WHERE kind = $1 AND state = 'ready' AND priority <= $2 AND (priority, lane) > ($7::smallint, $3::text)
      ORDER BY priority, lane, run_at LIMIT 1)
    UNION ALL
    SELECT next.priority, next.lane, next.workspace_id, next.run_at
      FROM lanes CROSS JOIN LATERAL (
           SELECT priority, lane, workspace_id, run_at FROM jobs
            WHERE kind = $1 AND state = 'ready' AND priority <= $2
              AND (jobs.priority, jobs.lane) > (lanes.priority, lanes.lane)
            ORDER BY priority, lane, run_at LIMIT 1) AS next
), held AS (
    SELECT scope FROM pauses WHERE until IS NULL OR until > now()
)
SELECT priority, lane, now() - run_at AS oldest_wait,
       (SELECT count(*) FROM (
            SELECT 1 FROM jobs
             WHERE kind = $1 AND state = 'ready' AND jobs.priority = lanes.priority AND jobs.lane = lanes.lane
               AND jobs.run_at <= now()
             LIMIT $5) AS due)::integer AS waiting
  FROM lanes
 WHERE run_at <= now()
   AND NOT EXISTS (SELECT 1 FROM held WHERE scope IN (lanes.lane, 'workspace:' || lanes.workspace_id::text))
   AND NOT EXISTS (SELECT 1 FROM held WHERE scope = ANY ($6::text[]))
 LIMIT $4;

-- name: claim_jobs
-- SKIP LOCKED keeps two workers from waiting for, or both taking, the same row. Nobody waits for the disk: a server that
-- crashes forgets the claim, and whoever makes a call that must not be made twice writes that down before it, durably.
WITH claimed AS (
    SELECT picked.id
      FROM unnest($2::smallint[], $3::text[], $4::integer[]) AS wanted (priority, lane, quota)
     CROSS JOIN LATERAL (
           SELECT id FROM jobs
            WHERE kind = $1 AND state = 'ready' AND jobs.priority = wanted.priority AND jobs.lane = wanted.lane
              AND run_at <= now()
            ORDER BY run_at
            LIMIT wanted.quota
              FOR UPDATE SKIP LOCKED) AS picked
)
UPDATE jobs
   SET state = 'running', lease_id = $5, leased_until = now() + $6::interval
  FROM claimed
 WHERE jobs.id = claimed.id
RETURNING jobs.id, kind, priority, lane, payload, workspace_id, lead_id, attempts, lost, created_at, lease_id, traceparent,
          set_config('synchronous_commit', 'off', true);

-- name: renew_leases
-- Of the worker's own claims only: what was taken from it belongs to somebody else.
UPDATE jobs SET leased_until = now() + $3::interval
  FROM unnest($1::uuid[], $2::uuid[]) AS held (id, lease_id)
 WHERE jobs.id = held.id AND jobs.lease_id = held.lease_id AND state = 'running';

-- name: settle_jobs
-- Only what this worker still holds: after a lost lease somebody else's attempt counts, not ours.
UPDATE jobs
   SET state = done.state, attempts = done.attempts, run_at = now() + done.wait,
       lease_id = NULL, leased_until = NULL, last_error = coalesce(done.error, jobs.last_error),
       finished_at = CASE WHEN done.state IN ('succeeded', 'failed') THEN now() END
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::interval[], $6::text[])
       AS done (id, lease_id, state, attempts, wait, error)
 WHERE jobs.id = done.id AND jobs.lease_id = done.lease_id AND jobs.state = 'running'
RETURNING jobs.id;

-- name: insert_attempts
INSERT INTO job_attempts (job_id, number, outcome, error_class, error, status_code, excerpt, started_at, finished_at)
SELECT job_id, (SELECT coalesce(max(number), 0) + 1 FROM job_attempts AS earlier WHERE earlier.job_id = tried.job_id),
       outcome, error_class, error, status_code, excerpt, started_at, finished_at
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::timestamptz[],
              $8::timestamptz[])
       AS tried (job_id, outcome, error_class, error, status_code, excerpt, started_at, finished_at);

-- name: reclaim_expired
-- A lease that ran out is no attempt, so that a worker killed three times does not fail a job that was never tried;
-- but a job that takes its worker with it every time must end.
UPDATE jobs
   SET state = CASE WHEN lost + 1 >= $1 THEN 'failed' ELSE 'ready' END,
       finished_at = CASE WHEN lost + 1 >= $1 THEN now() END,
       last_error = CASE WHEN lost + 1 >= $1 THEN 'the worker died at every attempt' ELSE last_error END,
       lost = lost + 1, lease_id = NULL, leased_until = NULL
 WHERE id IN (SELECT id FROM jobs WHERE state = 'running' AND leased_until < now() LIMIT 500 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, priority, lane, payload, workspace_id, lead_id, attempts, lost, created_at, state, traceparent;

-- name: delete_finished
-- In bulk, oldest first, bounded, so that no delete holds locks for long.
DELETE FROM jobs
 WHERE id IN (SELECT id FROM jobs
               WHERE finished_at < now() - $1::interval ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED);

-- name: job_counts
-- Finished jobs are not counted: history is large, and a gauge of it tells nobody anything. One arm for each state, because
-- each has an index of its own, of nothing else.
SELECT kind, 'ready' AS state, count(*) AS count,
       extract(epoch FROM now() - min(run_at) FILTER (WHERE run_at <= now())) AS oldest_seconds
  FROM jobs WHERE state = 'ready' GROUP BY kind
UNION ALL
SELECT kind, 'running', count(*), NULL FROM jobs WHERE state = 'running' GROUP BY kind
UNION ALL
SELECT kind, 'failed', count(*), NULL FROM jobs WHERE state = 'failed' GROUP BY kind;

-- name: oldest_unheld
-- Jobs that a pause holds may wait for days, rightly; any other that waits has nobody who claims it. NOT IN, because that
-- is one hash of the scopes; `<> ALL` with a parameter goes through all of them for each job.
SELECT kind, extract(epoch FROM now() - min(run_at)) AS oldest_seconds
  FROM jobs
 WHERE state = 'ready' AND run_at <= now() AND kind = ANY ($1::text[])
   AND lane NOT IN (SELECT unnest($2::text[]))
   AND coalesce('workspace:' || workspace_id::text, '') NOT IN (SELECT unnest($2::text[]))
 GROUP BY kind;

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
UPDATE jobs SET state = 'ready', attempts = 0, lost = 0, run_at = now(), finished_at = NULL
 WHERE id = ANY ($1::uuid[]) AND state IN ('failed', 'cancelled')
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
UPDATE jobs SET state = 'ready', attempts = 0, lost = 0, run_at = now(), finished_at = NULL
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

-- name: cancel_job
-- A running job is not cancelled: its effect may already be out there.
UPDATE jobs SET state = 'cancelled', finished_at = now()
 WHERE id = $1 AND state = 'ready' AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;
