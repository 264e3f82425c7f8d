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
-- is one hash of the scopes; `<> ALL` with a parameter goes through all of them for each job. $3: the scope of the provider
-- that a kind depends on.
SELECT kind, extract(epoch FROM now() - min(run_at)) AS oldest_seconds
  FROM jobs
 WHERE state = 'ready' AND run_at <= now() AND kind = ANY ($1::text[])
   AND lane NOT IN (SELECT unnest($2::text[]))
   AND coalesce('workspace:' || workspace_id::text, '') NOT IN (SELECT unnest($2::text[]))
   AND coalesce(($3::text::jsonb ->> kind) || ':' || workspace_id::text, '') NOT IN (SELECT unnest($2::text[]))
 GROUP BY kind;
