-- name: delete_leads
-- Leads that nobody acted on and that no query has seen for as long. Old ones that are still seen stay, so this goes through
-- all old ones, so many at a time, from where ($3, $4) the last look ended. Keys and history go with them; the binding stays
-- for a while and says that the lead is gone.
WITH seen AS MATERIALIZED (
    SELECT id, created_at, updated_at FROM leads
     WHERE NOT platform_uploaded AND created_at < now() - $1::interval
       AND (created_at, id) > (coalesce($3::timestamptz, '-infinity'), coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
     ORDER BY created_at, id LIMIT $2
), old AS MATERIALIZED (
    SELECT leads.id FROM seen JOIN leads ON leads.id = seen.id
     WHERE NOT leads.platform_uploaded AND leads.updated_at < now() - $1::interval
     ORDER BY leads.id FOR UPDATE OF leads SKIP LOCKED
), gone AS (
    DELETE FROM leads USING old WHERE leads.id = old.id RETURNING leads.id
), marked AS (
    UPDATE lead_bindings SET gone_at = now() FROM old WHERE lead_bindings.lead_id = old.id
)
SELECT (SELECT count(*) FROM gone) AS deleted, last.created_at AS at, last.id
  FROM (SELECT 1) AS one
  LEFT JOIN (SELECT created_at, id FROM seen ORDER BY created_at DESC, id DESC LIMIT 1) AS last ON true;

-- name: delete_uploaded_leads
-- What was billed can be explained for as long as the bill is kept.
WITH old AS MATERIALIZED (
    SELECT id FROM leads
     WHERE platform_uploaded AND platform_uploaded_at < now() - $1::interval
     ORDER BY platform_uploaded_at LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM leads USING old WHERE leads.id = old.id RETURNING leads.id
), marked AS (
    UPDATE lead_bindings SET gone_at = now() FROM old WHERE lead_bindings.lead_id = old.id
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_runs
-- With the reasons for which items were rejected.
WITH gone AS (
    DELETE FROM query_runs
     WHERE id IN (SELECT id FROM query_runs
                   WHERE started_at < now() - $1::interval ORDER BY started_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_imports
WITH gone AS (
    DELETE FROM imports
     WHERE id IN (SELECT id FROM imports
                   WHERE finished_at IS NOT NULL AND created_at < now() - $1::interval
                   ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_open_imports
-- Whose rows never all came. Those that did go with them.
WITH gone AS (
    DELETE FROM imports
     WHERE id IN (SELECT id FROM imports
                   WHERE finished_at IS NULL AND created_at < now() - $1::interval
                   ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_arrivals
-- Not while their job waits, or has failed and is kept: what was accepted is not lost.
WITH gone AS (
    DELETE FROM arrivals
     WHERE id IN (SELECT id FROM arrivals
                   WHERE arrived_at < now() - $1::interval
                     AND NOT EXISTS (SELECT FROM jobs WHERE jobs.id = arrivals.id)
                   ORDER BY arrived_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_requests
WITH gone AS (
    DELETE FROM push_requests
     WHERE (source_id, message_id) IN (SELECT source_id, message_id FROM push_requests
                                        WHERE received_at < now() - $1::interval
                                        ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;
