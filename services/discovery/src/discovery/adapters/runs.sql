-- name: lock_queries
-- Held to the end of the transaction: two runs of one query count each other's leads against the day's limit.
SELECT id FROM queries WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: created_on_days
-- What somebody imports is beside the day's limit.
SELECT query_id, run_on, sum(created)::integer AS created
  FROM query_runs
 WHERE (query_id, run_on) IN (SELECT query_id, run_on FROM unnest($1::uuid[], $2::date[]) AS day (query_id, run_on))
   AND source <> 'import'
 GROUP BY query_id, run_on;

-- name: upsert_runs
INSERT INTO query_runs (id, query_id, workspace_id, tick_id, source, run_on, status, found, created, known, rejected, units,
                        error, started_at, finished_at)
SELECT id, query_id, workspace_id, tick_id, source, run_on, status, found, created, known, rejected, units, error, started_at,
       finished_at
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::date[], $7::text[], $8::integer[],
              $9::integer[], $10::integer[], $11::integer[], $12::numeric[], $13::text[], $14::timestamptz[],
              $15::timestamptz[])
       AS new (id, query_id, workspace_id, tick_id, source, run_on, status, found, created, known, rejected, units, error,
               started_at, finished_at)
 ORDER BY id
ON CONFLICT (id) DO UPDATE
   SET status = excluded.status, found = excluded.found, created = excluded.created, known = excluded.known,
       rejected = excluded.rejected, units = query_runs.units + excluded.units, error = excluded.error, finished_at = excluded.finished_at;

-- name: failing_queries
-- Those of the queries $1, on the days $2, of which everything went wrong on each of the last $3 days that they were searched
-- for. What is pushed or imported says nothing of a search. Reads no more than these days.
SELECT queries.id, queries.workspace_id, queries.name
  FROM (SELECT query_id, max(run_on) AS run_on FROM unnest($1::uuid[], $2::date[]) AS each (query_id, run_on) GROUP BY 1) AS failed
  JOIN queries ON queries.id = failed.query_id
 WHERE (SELECT count(*) = $3 AND bool_and(is_bad)
          FROM (SELECT bool_and(status IN ('failed', 'held')) AS is_bad
                  FROM query_runs
                 WHERE query_runs.query_id = failed.query_id AND query_runs.run_on <= failed.run_on
                   AND source NOT IN ('push', 'import')
                 GROUP BY run_on ORDER BY run_on DESC LIMIT $3) AS days);

-- name: insert_rejections
INSERT INTO query_run_rejections (run_id, reason, count)
SELECT run_id, reason, count FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS new (run_id, reason, count)
ON CONFLICT (run_id, reason) DO UPDATE SET count = excluded.count;

-- name: touch_queries
UPDATE queries SET last_run_at = greatest(last_run_at, ran.at)
  FROM (SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::timestamptz[]) AS each (id, at) GROUP BY id) AS ran
 WHERE queries.id = ran.id;

-- name: list_runs
-- Of one query, whose workspace the caller has looked at.
SELECT id, query_id, workspace_id, tick_id, source, run_on, status, found, created, known, rejected, units, error, started_at,
       finished_at,
       (SELECT jsonb_object_agg(reason, count) FROM query_run_rejections WHERE run_id = query_runs.id) AS rejections
  FROM query_runs
 WHERE query_id = $1 AND ($3::timestamptz IS NULL OR (started_at, id) < ($3, $4::uuid))
 ORDER BY started_at DESC, id DESC LIMIT $2;

-- name: runs_by_id
SELECT id, query_id, workspace_id, tick_id, source, run_on, status, found, created, known, rejected, units, error, started_at,
       finished_at
  FROM query_runs WHERE id = ANY ($1::uuid[]) ORDER BY started_at;
