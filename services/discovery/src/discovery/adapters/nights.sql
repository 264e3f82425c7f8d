-- name: list_ticks
-- A tick stands where its first run does; only the runs of workspace $1 count, if that is given. What came by itself is no
-- night's, and there may be a hundred thousand of its runs between two nights: query_runs_searched leaves them out.
WITH ticks AS (
    SELECT tick_id, started_at, id
      FROM query_runs AS first
     WHERE ($1::uuid IS NULL OR workspace_id = $1)
       AND source NOT IN ('push', 'import')
       AND NOT EXISTS (SELECT 1 FROM query_runs AS earlier
                        WHERE earlier.tick_id = first.tick_id AND ($1::uuid IS NULL OR earlier.workspace_id = $1)
                          AND (earlier.started_at, earlier.id) < (first.started_at, first.id))
       AND ($3::timestamptz IS NULL OR (started_at, id) < ($3, $4::uuid))
     ORDER BY started_at DESC, id DESC
     LIMIT $2
)
SELECT ticks.tick_id, ticks.started_at, ticks.id, figures.*
  FROM ticks CROSS JOIN LATERAL (
       SELECT min(run_on) AS run_on, CASE WHEN bool_and(finished_at IS NOT NULL) THEN max(finished_at) END AS finished_at,
              count(*) AS runs_total, sum(found)::bigint AS found, sum(created)::bigint AS created, sum(known)::bigint AS known,
              sum(rejected)::bigint AS rejected, count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
              count(*) FILTER (WHERE status = 'skipped') AS skipped, count(*) FILTER (WHERE status = 'retrying') AS retrying,
              count(*) FILTER (WHERE status = 'held') AS held, count(*) FILTER (WHERE status = 'failed') AS failed,
              count(*) FILTER (WHERE status = 'cancelled') AS cancelled
         FROM query_runs WHERE query_runs.tick_id = ticks.tick_id AND ($1::uuid IS NULL OR workspace_id = $1)) AS figures
 ORDER BY ticks.started_at DESC, ticks.id DESC;

-- name: runs_of_ticks
-- So many of each, those that someone must look at first.
SELECT runs.*
  FROM unnest($1::uuid[]) AS ticks (tick_id) CROSS JOIN LATERAL (
       SELECT id, query_id, workspace_id, tick_id, source, run_on, status, found, created, known, rejected, units, error,
              started_at, finished_at,
              (SELECT name FROM queries WHERE queries.id = query_id) AS query,
              (SELECT slug FROM workspaces WHERE workspaces.id = query_runs.workspace_id) AS workspace,
              (SELECT jsonb_object_agg(reason, count) FROM query_run_rejections WHERE run_id = query_runs.id) AS rejections
         FROM query_runs WHERE query_runs.tick_id = ticks.tick_id AND ($2::uuid IS NULL OR workspace_id = $2)
        ORDER BY status = 'succeeded', started_at DESC, id DESC LIMIT $3) AS runs;

-- name: count_runs
SELECT status, min(run_on) AS run_on, min(started_at) AS started_at, max(finished_at) AS finished_at,
       bool_and(finished_at IS NOT NULL) AS has_ended, count(*) AS runs, sum(found)::bigint AS found,
       sum(created)::bigint AS created, sum(known)::bigint AS known, sum(rejected)::bigint AS rejected
  FROM query_runs WHERE tick_id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
 GROUP BY status;

-- name: count_rejections
SELECT reason, sum(count)::bigint AS count
  FROM query_run_rejections
 WHERE run_id = ANY (ARRAY(SELECT id FROM query_runs WHERE tick_id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)))
 GROUP BY reason;

-- name: count_risen
SELECT count(*) FROM lead_history
 WHERE kind = 'discovered' AND revision > 1
   AND detail ->> 'run_id' = ANY (ARRAY(SELECT id::text FROM query_runs
                                         WHERE tick_id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)));

-- name: count_leads
-- The leads that the tick's runs have found, as they are now, by all that the funnel tells apart.
SELECT coalesce(intent_data ->> 'score', 'cold') AS score, enrichment_status, delivery_status, platform_uploaded, platform_name,
       lead_stage(platform_uploaded, delivery_status, enrichment_status) AS stage,
       lead_reason(last_error, delivery_status, enrichment_status, contact_data) AS reason, count(*) AS count
  FROM leads
 WHERE id = ANY (ARRAY(
       SELECT lead_id FROM lead_history
        WHERE kind = 'discovered' AND revision = 1
          AND detail ->> 'run_id' = ANY (ARRAY(SELECT id::text FROM query_runs
                                                WHERE tick_id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)))))
 GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- name: count_messages
-- What these leads' destinations were sent, whatever the revision: as delivery has told of each by itself.
SELECT told.channel, told.status, count(*) AS count
  FROM lead_history
 CROSS JOIN LATERAL jsonb_to_recordset(CASE jsonb_typeof(detail -> 'channels') WHEN 'array' THEN detail -> 'channels' ELSE '[]' END)
       AS told (channel text, status text)
 WHERE kind = 'delivered' AND lead_id = ANY (ARRAY(
       SELECT lead_id FROM lead_history
        WHERE kind = 'discovered' AND revision = 1
          AND detail ->> 'run_id' = ANY (ARRAY(SELECT id::text FROM query_runs
                                                WHERE tick_id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)))))
 GROUP BY 1, 2;

-- name: count_accepted
-- Of these leads, how many each platform took: a lead that went out again counts once, as it is billed.
SELECT subject AS platform, count(DISTINCT lead_id) AS count
  FROM lead_history
 WHERE kind = 'uploaded' AND lead_id = ANY (ARRAY(
       SELECT lead_id FROM lead_history
        WHERE kind = 'discovered' AND revision = 1
          AND detail ->> 'run_id' = ANY (ARRAY(SELECT id::text FROM query_runs
                                                WHERE tick_id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)))))
 GROUP BY 1;

-- name: span_of_leads
-- Ids rise with the time: between the first and the last of a night's leads there are others only if another night ran meanwhile.
WITH found AS MATERIALIZED (
    SELECT id FROM leads WHERE id = ANY (ARRAY(
       SELECT lead_id FROM lead_history
        WHERE kind = 'discovered' AND revision = 1
          AND detail ->> 'run_id' = ANY (ARRAY(SELECT id::text FROM query_runs
                                                WHERE tick_id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)))))
)
SELECT first.id AS first, last.id AS last,
       (SELECT count(*) FROM leads WHERE id BETWEEN first.id AND last.id AND ($2::uuid IS NULL OR workspace_id = $2))
       - (SELECT count(*) FROM found) AS others
  FROM (SELECT id FROM found ORDER BY id LIMIT 1) AS first, (SELECT id FROM found ORDER BY id DESC LIMIT 1) AS last;
