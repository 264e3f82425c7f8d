-- name: unfinished
-- Jobs that wait or run, and events that are not out yet, in all services.
SELECT (SELECT count(*) FROM discovery.jobs WHERE state IN ('ready', 'running'))
     + (SELECT count(*) FROM enrichment.jobs WHERE state IN ('ready', 'running'))
     + (SELECT count(*) FROM delivery.jobs WHERE state IN ('ready', 'running'))
     + (SELECT count(*) FROM platform_upload.jobs WHERE state IN ('ready', 'running'))
     + (SELECT count(*) FROM discovery.outbox) + (SELECT count(*) FROM enrichment.outbox)
     + (SELECT count(*) FROM delivery.outbox) + (SELECT count(*) FROM platform_upload.outbox)
     + (SELECT count(*) FROM scheduler.outbox);

-- name: billed
SELECT count(*) AS events, count(DISTINCT (lead_id, platform)) AS leads
  FROM platform_upload.billing_events WHERE workspace_id = $1;

-- name: unfinished_leads
-- What the read model says of leads that have not come to their end.
SELECT 'enrichment ' || enrichment_status || ', delivery ' || delivery_status || ', uploaded ' || platform_uploaded::text
       || ', score ' || coalesce(intent_data ->> 'score', '?') AS state, count(*) AS count
  FROM discovery.leads
 WHERE workspace_id = $1
   AND (enrichment_status <> 'completed' OR delivery_status <> 'delivered'
        OR platform_uploaded <> (intent_data ->> 'score' IN ('hot', 'warm')))
 GROUP BY 1;

-- name: failed_jobs
SELECT kind, state, last_error AS error, count(*) AS count
  FROM (SELECT kind, state, last_error, workspace_id FROM discovery.jobs
        UNION ALL SELECT kind, state, last_error, workspace_id FROM enrichment.jobs
        UNION ALL SELECT kind, state, last_error, workspace_id FROM delivery.jobs
        UNION ALL SELECT kind, state, last_error, workspace_id FROM platform_upload.jobs) AS jobs
 WHERE workspace_id = $1 AND state <> 'succeeded'
 GROUP BY kind, state, last_error;

-- name: read_only
ALTER SYSTEM SET default_transaction_read_only = on;

-- name: writable
ALTER SYSTEM RESET default_transaction_read_only;

-- name: reload
SELECT pg_reload_conf();
