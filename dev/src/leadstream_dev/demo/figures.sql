-- name: runs
-- The runs of one tick, or of all.
SELECT count(*) AS runs, coalesce(sum(found), 0) AS found, coalesce(sum(created), 0) AS created,
       coalesce(sum(known), 0) AS known, coalesce(sum(rejected), 0) AS rejected,
       count(*) FILTER (WHERE status = 'succeeded') AS succeeded, count(*) FILTER (WHERE status = 'failed') AS failed
  FROM discovery.query_runs WHERE $1::uuid IS NULL OR tick_id = $1;

-- name: scores
SELECT intent_data ->> 'score' AS name, count(*) AS count FROM discovery.leads GROUP BY 1;

-- name: enrichments
SELECT status AS name, count(DISTINCT lead_id) AS count FROM enrichment.enrichments GROUP BY 1;

-- name: credits
-- By provider, what its answers took in its own unit.
SELECT provider AS name, sum(units) AS count FROM enrichment.provider_calls WHERE operation = 'enrich' AND units > 0 GROUP BY 1;

-- name: deliveries
-- An e-mail that came back later was sent all the same; to whom Resend sends nothing none was.
SELECT channel AS name, count(*) AS count FROM delivery.deliveries
 WHERE (status = 'delivered' OR (channel = 'email' AND receipt IS NOT NULL)) AND fate IS DISTINCT FROM 'suppressed'
 GROUP BY 1;

-- name: fates
SELECT receipt AS id, fate FROM delivery.deliveries WHERE channel = 'email' AND receipt IS NOT NULL AND fate IS NOT NULL;

-- name: unheard
SELECT count(*) FROM delivery.deliveries
 WHERE channel = 'email' AND status = 'delivered' AND fate IS NULL AND created_at >= $1;

-- name: failed_deliveries
SELECT count(*) FROM delivery.deliveries WHERE status = 'failed';

-- name: uploads
SELECT platform || ' (' || adapter || ')' AS name, count(*) AS count FROM platform_upload.uploads WHERE status = 'uploaded' GROUP BY 1;

-- name: uploads_by_adapter
SELECT adapter AS name, count(DISTINCT lead_id) AS count FROM platform_upload.uploads WHERE status = 'uploaded' GROUP BY 1;

-- name: failed_uploads
SELECT count(*) FROM platform_upload.uploads WHERE status = 'failed';

-- name: billing_events
SELECT count(*) FROM platform_upload.billing_events;

-- name: stages
-- How far the leads are: found, enriched, delivered, uploaded; and how many are still on their way.
SELECT count(*) AS leads,
       count(*) FILTER (WHERE enrichment_status <> 'pending') AS enriched,
       count(*) FILTER (WHERE delivery_status <> 'pending') AS delivered,
       count(*) FILTER (WHERE platform_uploaded) AS uploaded,
       -- One that is cold by now may have been warm when it was announced, and has gone out as such.
       count(*) FILTER (WHERE platform_uploaded OR intent_data ->> 'score' IN ('hot', 'warm')) AS to_upload,
       count(*) FILTER (WHERE enrichment_status = 'pending'
                           OR (enrichment_status <> 'failed' AND delivery_status = 'pending')
                           OR (intent_data ->> 'score' IN ('hot', 'warm') AND enrichment_status <> 'failed'
                               AND NOT platform_uploaded
                               AND NOT EXISTS (SELECT 1 FROM platform_upload.uploads
                                                WHERE uploads.lead_id = leads.id AND uploads.status IN ('failed', 'closed')))
                       ) AS on_their_way
  FROM discovery.leads;

-- name: unfinished
-- Jobs that wait or run, and events that are not out yet, in all services.
SELECT (SELECT count(*) FROM discovery.jobs WHERE state IN ('ready', 'running'))
     + (SELECT count(*) FROM enrichment.jobs WHERE state IN ('ready', 'running'))
     + (SELECT count(*) FROM delivery.jobs WHERE state IN ('ready', 'running'))
     + (SELECT count(*) FROM platform_upload.jobs WHERE state IN ('ready', 'running'))
     + (SELECT count(*) FROM discovery.outbox) + (SELECT count(*) FROM enrichment.outbox)
     + (SELECT count(*) FROM delivery.outbox) + (SELECT count(*) FROM platform_upload.outbox)
     + (SELECT count(*) FROM scheduler.outbox);

-- name: active_queries
SELECT count(*) FROM discovery.queries WHERE status = 'active';
