-- name: count_rows
SELECT 'workspaces' AS what, count(*) AS rows FROM workspaces WHERE id = $1
UNION ALL
SELECT 'queries', count(*) FROM queries WHERE workspace_id = $1
UNION ALL
SELECT 'leads', count(*) FROM leads WHERE workspace_id = $1
UNION ALL
SELECT 'lead_keys', count(*) FROM lead_keys WHERE workspace_id = $1
UNION ALL
SELECT 'query_runs', count(*) FROM query_runs WHERE workspace_id = $1
UNION ALL
SELECT 'provider_accounts', count(*) FROM provider_accounts WHERE workspace_id = $1
UNION ALL
SELECT 'workspace_sources', count(*) FROM workspace_sources WHERE workspace_id = $1
UNION ALL
SELECT 'arrivals', count(*) FROM arrivals WHERE workspace_id = $1
UNION ALL
SELECT 'imports', count(*) FROM imports WHERE workspace_id = $1
UNION ALL
SELECT 'push_sources', count(*) FROM push_sources WHERE workspace_id = $1;

-- name: remove_leads
-- Their keys and history go with them.
WITH gone AS (
    DELETE FROM leads WHERE id IN (SELECT id FROM leads WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_lead_count_changes
WITH gone AS (
    DELETE FROM lead_count_changes
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM lead_count_changes WHERE workspace_id = $1 LIMIT $2 FOR UPDATE))
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_lead_counts
WITH gone AS (
    DELETE FROM lead_counts
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM lead_counts WHERE workspace_id = $1 LIMIT $2 FOR UPDATE))
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_query_runs
WITH page AS MATERIALIZED (
    SELECT id, workspace_id FROM query_runs
     WHERE id > coalesce($3::text, '00000000-0000-0000-0000-000000000000')::uuid ORDER BY id LIMIT $2
), gone AS (
    DELETE FROM query_runs USING page WHERE query_runs.id = page.id AND page.workspace_id = $1 RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS deleted, (SELECT id::text FROM page ORDER BY id DESC LIMIT 1) AS after;

-- name: remove_arrivals
WITH gone AS (
    DELETE FROM arrivals WHERE id IN (SELECT id FROM arrivals WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_imports
-- Their batches go with them.
WITH gone AS (
    DELETE FROM imports WHERE id IN (SELECT id FROM imports WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_requests
-- Those of sources that were deleted before are nobody's, and go when they are old.
WITH gone AS (
    DELETE FROM push_requests
     WHERE ctid = ANY (ARRAY(SELECT requests.ctid FROM push_sources
                               JOIN push_requests AS requests ON requests.source_id = push_sources.id
                              WHERE push_sources.workspace_id = $1 LIMIT $2 FOR UPDATE OF requests))
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_buckets
-- Before their sources.
WITH gone AS (
    DELETE FROM rate_limits
     WHERE name IN (SELECT 'source:' || push_sources.id::text FROM push_sources WHERE workspace_id = $1 LIMIT $2)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_sources
WITH gone AS (
    DELETE FROM push_sources WHERE id IN (SELECT id FROM push_sources WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_queries
WITH gone AS (
    DELETE FROM queries WHERE id IN (SELECT id FROM queries WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_workspaces
-- The last thing that goes: until then it can be found by its slug.
WITH gone AS (
    DELETE FROM workspaces WHERE id IN (SELECT id FROM workspaces WHERE id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_query
-- Waits for a run that is being written down.
DELETE FROM queries WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id, workspace_id, topic_id, name, status, filters;
