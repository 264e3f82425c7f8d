-- name: list_jobs
-- Newest first; the key of the last row seen goes in as ($7, $8). $9: the scope of the provider that a kind depends on.
SELECT id, kind, state, priority, lane, workspace_id, lead_id, attempts, lost, run_at, last_error, created_at, finished_at,
       (SELECT array_agg(DISTINCT reason) FROM pauses
         WHERE (until IS NULL OR until > now()) AND jobs.state = 'ready'
           AND scope IN ('all', 'kind:' || jobs.kind, jobs.lane, 'workspace:' || jobs.workspace_id::text,
                         $9::text::jsonb ->> jobs.kind,
                         ($9::text::jsonb ->> jobs.kind) || ':' || jobs.workspace_id::text)) AS held_by
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

-- name: job_held_by
-- As the list has it.
SELECT array_agg(DISTINCT pauses.reason) FROM jobs JOIN pauses
    ON pauses.scope IN ('all', 'kind:' || jobs.kind, jobs.lane, 'workspace:' || jobs.workspace_id::text,
                        $2::text::jsonb ->> jobs.kind,
                        ($2::text::jsonb ->> jobs.kind) || ':' || jobs.workspace_id::text)
 WHERE jobs.id = $1 AND jobs.state = 'ready' AND (pauses.until IS NULL OR pauses.until > now());

-- name: job_attempts
SELECT number, outcome, error_class, error, status_code, excerpt, started_at, finished_at
  FROM job_attempts WHERE job_id = $1 ORDER BY number;

-- name: lead_jobs
-- All jobs of a lead ($1), newest first; the key of the last row seen goes in as ($4, $5). By jobs_lead: a lead has few. What
-- holds a whole kind goes in as ($6, $7): a provider may be held for one workspace.
SELECT id, kind, state, priority, lane, workspace_id, lead_id, attempts, lost, run_at, last_error, created_at, finished_at,
       traceparent, coalesce(payload ->> 'revision', payload -> 'lead' ->> 'revision')::integer AS revision,
       CASE WHEN state = 'ready' THEN (
           SELECT jsonb_agg(jsonb_build_object('scope', scope, 'reason', reason, 'until', until) ORDER BY scope, reason)
             FROM pauses
            WHERE (until IS NULL OR until > now())
              AND (scope IN (jobs.lane, 'workspace:' || jobs.workspace_id::text)
                   OR scope IN (SELECT unnest(ARRAY[wide, wide || ':' || jobs.workspace_id::text])
                                  FROM unnest($6::text[], $7::text[]) AS held (kind, wide) WHERE held.kind = jobs.kind))
       ) END AS holds
  FROM jobs
 WHERE lead_id = $1
   AND ($2::uuid IS NULL OR workspace_id = $2)
   AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5::uuid))
 ORDER BY created_at DESC, id DESC
 LIMIT $3;

-- name: attempts_of_jobs
SELECT job_id, number, outcome, error_class, error, status_code, excerpt, started_at, finished_at
  FROM job_attempts WHERE job_id = ANY ($1::uuid[]) ORDER BY job_id, number;

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

-- name: count_jobs
-- What waits and what runs, like the gauges: each state has an index of its own. No arm reads more than $2 rows of one; where
-- it read as many there may be more, so that `read` is told. Of all jobs that wait only the first are asked whose they are.
SELECT 'ready' AS state, kind, NULL AS error_class, count(*) FILTER (WHERE $1::uuid IS NULL OR workspace_id = $1) AS count,
       count(*) AS read
  FROM (SELECT kind, workspace_id FROM jobs WHERE state = 'ready' ORDER BY kind, priority, lane, run_at LIMIT $2) AS waiting
 GROUP BY kind
UNION ALL
SELECT 'running', kind, NULL, count(*) FILTER (WHERE $1::uuid IS NULL OR workspace_id = $1), count(*)
  FROM (SELECT kind, workspace_id FROM jobs WHERE state = 'running' ORDER BY leased_until LIMIT $2) AS under_way
 GROUP BY kind
UNION ALL
SELECT 'failed', kind, error_class, count(*), count(*)
  FROM (SELECT kind, error_class FROM jobs WHERE state = 'failed' AND ($1::uuid IS NULL OR workspace_id = $1)
         ORDER BY failure, finished_at, id LIMIT $2) AS failed
 GROUP BY kind, error_class;

-- name: count_finished
-- The newest $3 of those that ended since $2; where there were as many, `oldest` is since when they are all counted.
SELECT state, kind, count(*) FILTER (WHERE $1::uuid IS NULL OR workspace_id = $1) AS count, count(*) AS read,
       min(finished_at) AS oldest
  FROM (SELECT state, kind, workspace_id, finished_at FROM jobs WHERE finished_at >= $2
         ORDER BY finished_at DESC LIMIT $3) AS finished
 GROUP BY state, kind;

-- name: list_failures
-- A loose index scan: one probe a group, up to $7 groups; of those that match the newest, and of these alone the jobs are
-- counted, up to $8. $1 workspace, $2 kind, $3 since; the key of the last row seen goes in as ($5, $6).
WITH RECURSIVE walk AS (
    (SELECT failure FROM jobs
      WHERE state = 'failed' AND failure IS NOT NULL AND ($1::uuid IS NULL OR workspace_id = $1)
      ORDER BY failure LIMIT 1)
    UNION ALL
    SELECT next.failure
      FROM walk CROSS JOIN LATERAL (
           SELECT failure FROM jobs
            WHERE state = 'failed' AND jobs.failure > walk.failure AND ($1::uuid IS NULL OR workspace_id = $1)
            ORDER BY failure LIMIT 1) AS next
), newest AS (
    SELECT found.* FROM (SELECT failure FROM walk LIMIT $7) AS known CROSS JOIN LATERAL (
           SELECT id, failure, kind, error_class, status_code, finished_at FROM jobs
            WHERE state = 'failed' AND jobs.failure = known.failure AND ($1::uuid IS NULL OR workspace_id = $1)
              AND ($3::timestamptz IS NULL OR finished_at >= $3)
            ORDER BY finished_at DESC, id DESC LIMIT 1) AS found
), page AS (
    SELECT * FROM newest
     WHERE ($2::text IS NULL OR kind = $2)
       AND ($5::timestamptz IS NULL OR (finished_at, failure) < ($5, $6::uuid))
     ORDER BY finished_at DESC, failure DESC LIMIT $4
)
SELECT page.failure AS key, kind, error_class, status_code,
       (SELECT last_error FROM jobs WHERE jobs.id = page.id) AS message,
       counted.count, counted.leads, counted.workspaces,
       (SELECT finished_at FROM jobs
         WHERE state = 'failed' AND jobs.failure = page.failure AND ($1::uuid IS NULL OR workspace_id = $1)
           AND ($3::timestamptz IS NULL OR finished_at >= $3)
         ORDER BY finished_at, id LIMIT 1) AS first,
       page.finished_at AS last, page.id AS sample
  FROM page CROSS JOIN LATERAL (
       SELECT count(*) AS count, count(DISTINCT lead_id) AS leads, count(DISTINCT workspace_id) AS workspaces
         FROM (SELECT lead_id, workspace_id FROM jobs
                WHERE state = 'failed' AND jobs.failure = page.failure AND ($1::uuid IS NULL OR workspace_id = $1)
                  AND ($3::timestamptz IS NULL OR finished_at >= $3)
                ORDER BY finished_at DESC, id DESC LIMIT $8) AS newest) AS counted
 ORDER BY page.finished_at DESC, page.failure DESC;

-- name: count_group
SELECT kind, count(*) AS count FROM jobs
 WHERE state = 'failed' AND failure = $1
   AND ($2::text IS NULL OR kind = $2)
   AND ($3::uuid IS NULL OR workspace_id = $3)
   AND ($4::uuid IS NULL OR lead_id = $4)
   AND ($5::timestamptz IS NULL OR finished_at >= $5)
 GROUP BY kind;

-- name: rerun_group
-- Oldest first, from the last one seen, ($7, $8), on, and none that failed after $6: what fails again is not seen again.
UPDATE jobs SET state = 'ready', attempts = 0, lost = 0, run_at = now(), asked_at = now(), finished_at = NULL
  FROM (SELECT id, finished_at FROM jobs
         WHERE state = 'failed' AND failure = $1
           AND ($2::text IS NULL OR kind = $2)
           AND ($3::uuid IS NULL OR workspace_id = $3)
           AND ($4::uuid IS NULL OR lead_id = $4)
           AND ($5::timestamptz IS NULL OR finished_at >= $5)
           AND finished_at <= coalesce($6, now())
           AND ($7::timestamptz IS NULL OR (finished_at, id) > ($7, $8::uuid))
         ORDER BY finished_at, id LIMIT $9 FOR UPDATE SKIP LOCKED) AS ended
 WHERE jobs.id = ended.id
RETURNING jobs.id, jobs.kind, ended.finished_at, coalesce($6, now()) AS until;

-- name: cancel_group
-- That they have failed was told when they did: they only leave the list of what is to be looked at.
UPDATE jobs SET state = 'cancelled'
  FROM (SELECT id, finished_at FROM jobs
         WHERE state = 'failed' AND failure = $1
           AND ($2::text IS NULL OR kind = $2)
           AND ($3::uuid IS NULL OR workspace_id = $3)
           AND ($4::uuid IS NULL OR lead_id = $4)
           AND ($5::timestamptz IS NULL OR finished_at >= $5)
           AND finished_at <= coalesce($6, now())
           AND ($7::timestamptz IS NULL OR (finished_at, id) > ($7, $8::uuid))
         ORDER BY finished_at, id LIMIT $9 FOR UPDATE SKIP LOCKED) AS ended
 WHERE jobs.id = ended.id
RETURNING jobs.id, jobs.kind, ended.finished_at, coalesce($6, now()) AS until;

-- name: waiting_in_lanes
-- What waits in each lane of $1, by the index of what is ready: the oldest first, so that it is known however many there are. Up
-- to $3 of each kind and priority.
SELECT held.lane AS scope, count(*) AS waiting, min(ready.run_at) AS oldest
  FROM unnest($1::text[]) AS held (lane)
 CROSS JOIN unnest($2::text[]) AS kinds (kind)
 CROSS JOIN unnest('{0,1,2}'::smallint[]) AS urgency (priority)
 CROSS JOIN LATERAL (
       SELECT run_at FROM jobs
        WHERE state = 'ready' AND jobs.kind = kinds.kind AND jobs.priority = urgency.priority AND jobs.lane = held.lane
        ORDER BY run_at LIMIT $3) AS ready
 GROUP BY held.lane;

-- name: waiting_by_kind
-- Up to $3 jobs of each kind; whose they are where that is asked, of the workspaces $2.
SELECT ready.kind, CASE WHEN ready.workspace_id = ANY ($2::uuid[]) THEN ready.workspace_id END AS workspace_id,
       count(*) AS waiting, min(ready.run_at) AS oldest
  FROM unnest($1::text[]) AS kinds (kind)
 CROSS JOIN LATERAL (
       SELECT kind, workspace_id, run_at FROM jobs WHERE state = 'ready' AND jobs.kind = kinds.kind
        ORDER BY kind, priority, lane, run_at LIMIT $3) AS ready
 GROUP BY 1, 2;
