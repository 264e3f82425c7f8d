-- name: insert_jobs
-- The same job from two records, two replicas or two deliveries of one record is one row. What has a lease ($10) is written
-- as a claim would leave it, if none of $13 is held as of now: whoever asks may be behind.
INSERT INTO jobs (id, kind, priority, lane, workspace_id, lead_id, payload, run_at, traceparent,
                  state, lease_id, leased_until, leased_by)
SELECT id, kind, priority, lane, workspace_id, lead_id, payload::jsonb, coalesce(run_at, now()), traceparent,
       CASE WHEN starts THEN 'running' ELSE 'ready' END, CASE WHEN starts THEN lease_id END,
       CASE WHEN starts THEN now() + $11::interval END, CASE WHEN starts THEN $12::bigint END
  FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::text[], $5::uuid[], $6::uuid[], $7::text[],
              $8::timestamptz[], $9::text[], $10::uuid[])
       AS new (id, kind, priority, lane, workspace_id, lead_id, payload, run_at, traceparent, lease_id)
 CROSS JOIN (SELECT NOT EXISTS (SELECT 1 FROM pauses WHERE scope = ANY ($13::text[]) AND (until IS NULL OR until > now()))
                   AS now) AS may_start
 CROSS JOIN LATERAL (SELECT lease_id IS NOT NULL AND may_start.now AS starts) AS now_or_later
 ORDER BY id
ON CONFLICT (id) DO NOTHING
RETURNING id, created_at, traceparent, lease_id;

-- name: ready_lanes
-- A loose index scan: one probe of jobs_ready per lane, however many jobs the lane holds. Lanes of the priorities $7 to $2,
-- after ($7, $3), in order, whose first job is due, and which no pause holds; none of $8. `waiting` counts up to $5. $9: the
-- scope of the provider, which may be held for one workspace. $10: the workspaces whose lanes they are, null for all. NOT IN,
-- because that is one hash, however many lanes are held.
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
   AND lane NOT IN (SELECT scope FROM held)
   AND coalesce('workspace:' || workspace_id::text, '') NOT IN (SELECT scope FROM held)
   AND coalesce($9::text || ':' || workspace_id::text, '') NOT IN (SELECT scope FROM held)
   AND NOT EXISTS (SELECT 1 FROM held WHERE scope = ANY ($6::text[]))
   AND lane NOT IN (SELECT unnest($8::text[]))
   AND ($10::uuid[] IS NULL OR workspace_id = ANY ($10::uuid[]))
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
   SET state = 'running', lease_id = $5, leased_until = now() + $6::interval, leased_by = $7
  FROM claimed
 WHERE jobs.id = claimed.id
RETURNING jobs.id, kind, priority, lane, payload, workspace_id, lead_id, attempts, lost, created_at, lease_id, traceparent,
          set_config('synchronous_commit', 'off', true);

-- name: claim_probes
-- Each open circuit's time is put off in the statement that takes its job, so that of all replicas one tries one job. $3 and
-- $4 bound the lanes; null: the lane that is the scope. $5: what else holds the whole kind.
WITH due AS (
    SELECT id, scope FROM pauses WHERE scope = ANY ($2::text[]) AND probe_at <= clock_timestamp() FOR UPDATE SKIP LOCKED
), held AS (
    SELECT id, scope FROM pauses WHERE until IS NULL OR until > now()
), picked AS (
    SELECT due.id AS circuit, job.id
      FROM due CROSS JOIN LATERAL (
           SELECT ready.id FROM unnest('{0,1,2}'::smallint[]) AS urgency (priority) CROSS JOIN LATERAL (
                  SELECT id FROM jobs
                   WHERE kind = $1 AND state = 'ready' AND jobs.priority = urgency.priority AND run_at <= now()
                     AND lane BETWEEN coalesce($3::text, due.scope) AND coalesce($4::text, due.scope) AND lane IS DISTINCT FROM $3
                     AND NOT EXISTS (SELECT 1 FROM held WHERE held.id <> due.id
                                        AND held.scope IN (jobs.lane, 'workspace:' || jobs.workspace_id::text,
                                                           due.scope || ':' || jobs.workspace_id::text))
                   ORDER BY lane, run_at LIMIT 1 FOR UPDATE SKIP LOCKED) AS ready
            LIMIT 1) AS job
     WHERE NOT EXISTS (SELECT 1 FROM held WHERE scope = ANY ($5::text[]))
), put_off AS (
    UPDATE pauses SET probe_at = clock_timestamp() + $6::interval FROM picked WHERE pauses.id = picked.circuit
)
UPDATE jobs
   SET state = 'running', lease_id = $7, leased_until = now() + $8::interval, leased_by = $9
  FROM picked
 WHERE jobs.id = picked.id
RETURNING picked.circuit, jobs.id, kind, priority, lane, payload, workspace_id, lead_id, attempts, lost, created_at, lease_id,
          traceparent;

-- name: renew_leases
-- Of the worker's own claims only: what was taken from it belongs to somebody else. Who has a lease is running; to say so
-- would have the planner, as long as it takes the table for empty, go through all that run for each. What is being settled is
-- not waited for: the others would go without theirs for as long as that takes, and be taken back.
UPDATE jobs SET leased_until = now() + $3::interval
 WHERE id = ANY (ARRAY(
       SELECT jobs.id
         FROM unnest($1::uuid[], $2::uuid[]) AS held (id, lease_id)
         JOIN jobs ON jobs.id = held.id AND jobs.lease_id = held.lease_id
          FOR UPDATE OF jobs SKIP LOCKED));

-- name: settle_jobs
-- Only what this worker still holds: after a lost lease somebody else's attempt counts, not ours. What is passed on to another
-- kind begins there anew. The attempt is noted in the same statement, unless there was none (`tried` is null). Of the state
-- it says nothing, for the reason that renew_leases gives.
WITH settled AS (
    UPDATE jobs
       SET kind = coalesce(done.kind, jobs.kind), lost = CASE WHEN done.kind IS NULL THEN jobs.lost ELSE 0 END,
           asked_at = CASE WHEN done.kind IS NULL THEN jobs.asked_at ELSE now() END,
           state = done.state, attempts = done.attempts, run_at = now() + done.wait,
           lease_id = NULL, leased_until = NULL, leased_by = NULL, last_error = coalesce(done.error, jobs.last_error),
           error_class = CASE WHEN done.error IS NULL THEN jobs.error_class ELSE done.error_class END,
           status_code = CASE WHEN done.error IS NULL THEN jobs.status_code ELSE done.status_code END,
           failure = done.failure,
           finished_at = CASE WHEN done.state IN ('succeeded', 'failed') THEN now() END
      FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::interval[], $6::text[], $7::text[], $8::integer[],
                  $9::uuid[], $10::text[], $11::text[], $12::integer[], $13::text[], $14::timestamptz[], $15::timestamptz[])
           AS done (id, lease_id, state, attempts, wait, error, error_class, status_code, failure, kind,
                    tried, answer, excerpt, started_at, finished_at)
     WHERE jobs.id = done.id AND jobs.lease_id = done.lease_id
    -- Two attempts of one job may be written down together, one of them with a lease that is lost.
    RETURNING jobs.id, done.lease_id, done.tried, done.error_class, done.error, done.answer, done.excerpt, done.started_at,
              done.finished_at
), noted AS (
    -- Whoever noted an attempt before has ended it before this worker could claim the job: this snapshot sees it.
    INSERT INTO job_attempts (job_id, number, outcome, error_class, error, status_code, excerpt, started_at, finished_at)
    SELECT id, (SELECT coalesce(max(number), 0) + 1 FROM job_attempts AS earlier WHERE earlier.job_id = settled.id),
           tried, error_class, error, answer, excerpt, started_at, finished_at
      FROM settled WHERE tried IS NOT NULL
)
SELECT id, lease_id FROM settled;

-- name: give_back
-- Not of a job that has ended meanwhile.
WITH noted AS (
    UPDATE job_attempts AS tried SET outcome = 'outage'
      FROM unnest($1::uuid[], $2::timestamptz[]) AS given (job_id, started_at)
     WHERE tried.job_id = given.job_id AND tried.started_at = given.started_at AND tried.outcome IN ('retry', 'unknown')
       AND EXISTS (SELECT 1 FROM jobs WHERE jobs.id = given.job_id AND state = 'ready')
    RETURNING tried.job_id
)
UPDATE jobs SET attempts = attempts - given.count, run_at = now()
  FROM (SELECT job_id, count(*) FROM noted GROUP BY job_id) AS given
 WHERE jobs.id = given.job_id;

-- name: owners_gone
-- Workers hold a session lock on a number of their own; the lock goes with the session, the session with the process.
SELECT DISTINCT leased_by FROM jobs
 WHERE state = 'running' AND leased_by IS NOT NULL
   AND leased_by NOT IN (
       SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1 AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database()));

-- name: put_off_expiry
-- Of leases that have run out. What is being settled or renewed at this moment needs no putting off.
UPDATE jobs SET leased_until = now() + $1::interval
 WHERE id IN (SELECT id FROM jobs WHERE state = 'running' AND leased_until < now() FOR UPDATE SKIP LOCKED);

-- name: reclaim
-- A lease that ran out is no attempt, so that a worker killed three times does not fail a job that was never tried;
-- but a job that takes its worker with it every time must end: it goes to the caller, to be settled as failed.
UPDATE jobs
   SET state = CASE WHEN lost + 1 >= $2 THEN 'running' ELSE 'ready' END,
       lease_id = CASE WHEN lost + 1 >= $2 THEN $3::uuid END,
       leased_until = CASE WHEN lost + 1 >= $2 THEN now() + $4::interval END,
       leased_by = CASE WHEN lost + 1 >= $2 THEN $5::bigint END,
       lost = least(lost + 1, 1000)
 WHERE id IN (SELECT id FROM jobs WHERE state = 'running' AND (leased_until < now() OR leased_by = ANY ($1::bigint[]))
               LIMIT 5000 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, priority, lane, payload, workspace_id, lead_id, attempts, lost, created_at, state, lease_id, traceparent;

-- name: claim_outworn
-- What an open circuit has held for longer than $5, to be settled as failed.
UPDATE jobs
   SET state = 'running', lease_id = $6, leased_until = now() + $7::interval, leased_by = $8
 WHERE id IN (
       SELECT waiting.id
         FROM pauses CROSS JOIN LATERAL (
              SELECT id FROM jobs
               WHERE kind = $1 AND state = 'ready' AND priority BETWEEN 0 AND 2 AND asked_at < now() - $5::interval
                 AND lane BETWEEN coalesce($3::text, scope) AND coalesce($4::text, scope)
               LIMIT 500 FOR UPDATE SKIP LOCKED) AS waiting
        WHERE scope = ANY ($2::text[]) AND probe_at IS NOT NULL AND pauses.created_at < now() - $5::interval)
RETURNING id, kind, priority, lane, payload, workspace_id, lead_id, attempts, lost, created_at, lease_id, traceparent;

-- name: without_group
-- Failed before failures had groups, or by a process from before. Who is second finds them locked, and leaves them.
SELECT jobs.id, jobs.kind, jobs.last_error, last.error_class, last.status_code
  FROM (SELECT id, kind, last_error FROM jobs WHERE state = 'failed' AND failure IS NULL
         ORDER BY finished_at DESC LIMIT $1 FOR UPDATE SKIP LOCKED) AS jobs
  LEFT JOIN LATERAL (
       SELECT error_class, status_code FROM job_attempts WHERE job_id = jobs.id ORDER BY number DESC LIMIT 1) AS last ON true;

-- name: give_groups
UPDATE jobs SET error_class = given.error_class, status_code = given.status_code, failure = given.failure
  FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::uuid[]) AS given (id, error_class, status_code, failure)
 WHERE jobs.id = given.id AND state = 'failed';
