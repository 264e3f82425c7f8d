-- name: waiting_workspaces
-- Whose leads wait for the kind $1: a loose index scan, one probe of jobs_ready per lane.
WITH RECURSIVE lanes AS (
    (SELECT priority, lane, workspace_id FROM jobs
      WHERE kind = $1 AND state = 'ready' ORDER BY priority, lane, run_at LIMIT 1)
    UNION ALL
    SELECT next.priority, next.lane, next.workspace_id
      FROM lanes CROSS JOIN LATERAL (
           SELECT priority, lane, workspace_id FROM jobs
            WHERE kind = $1 AND state = 'ready' AND (jobs.priority, jobs.lane) > (lanes.priority, lanes.lane)
            ORDER BY priority, lane, run_at LIMIT 1) AS next
)
SELECT DISTINCT workspace_id FROM lanes WHERE workspace_id IS NOT NULL;

-- name: send_on
-- What waits in the lanes $3 for the kind $1 begins anew as one of the kind $2, as a job does that is passed on.
UPDATE jobs SET kind = $2, attempts = 0, lost = 0, run_at = now(), asked_at = now()
 WHERE id IN (SELECT id FROM jobs
               WHERE kind = $1 AND state = 'ready' AND priority BETWEEN 0 AND 2 AND lane = ANY ($3::text[])
               LIMIT $4 FOR UPDATE SKIP LOCKED)
RETURNING id;
