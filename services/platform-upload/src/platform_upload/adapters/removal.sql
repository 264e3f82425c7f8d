-- name: count_rows
SELECT 'connections' AS what, count(*) AS rows FROM connections WHERE workspace_id = $1
UNION ALL
SELECT 'person_erasures', count(*) FROM person_erasures WHERE workspace_id = $1
UNION ALL
SELECT 'uploads', count(*) FROM uploads WHERE workspace_id = $1
UNION ALL
SELECT 'billing_events', count(*) FROM billing_events WHERE workspace_id = $1;

-- name: scopes
-- A connection that is waited for has a pause, and no row yet.
SELECT 'connection:' || id::text AS scope FROM connections WHERE workspace_id = $1
UNION
SELECT scope FROM pauses
 WHERE scope LIKE 'connection:%'
   AND EXISTS (SELECT 1 FROM jobs
                WHERE kind = 'upload-lead' AND state = 'ready' AND priority IN (0, 1, 2) AND lane = pauses.scope
                  AND workspace_id = $1);

-- name: remove_buckets
-- Before their connections, by whose lanes they are called.
WITH gone AS (
    DELETE FROM rate_limits
     WHERE name IN (SELECT rate_limits.name FROM connections
                      JOIN rate_limits ON rate_limits.name LIKE 'connection:' || connections.id::text || ':%'
                     WHERE connections.workspace_id = $1 LIMIT $2)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_connections
WITH gone AS (
    DELETE FROM connections WHERE id IN (SELECT id FROM connections WHERE workspace_id = $1 LIMIT $2)
    RETURNING id, version
), noted AS (
    INSERT INTO removed_connections (id, version) SELECT id, version FROM gone
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, removed_at = now()
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_person_erasures
WITH gone AS (
    DELETE FROM person_erasures
     WHERE job_id IN (SELECT job_id FROM person_erasures WHERE workspace_id = $1 LIMIT $2)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_uploads
WITH gone AS (
    DELETE FROM uploads WHERE id IN (SELECT id FROM uploads WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_billing_events
WITH gone AS (
    DELETE FROM billing_events WHERE id IN (SELECT id FROM billing_events WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_connection
-- Its credentials with it.
WITH gone AS (
    DELETE FROM connections WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
    RETURNING id, workspace_id, platform, adapter, settings, status, version, rotated_at
), noted AS (
    INSERT INTO removed_connections (id, version) SELECT id, version FROM gone
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, removed_at = now()
)
SELECT id, workspace_id, platform, adapter, settings, status, version, rotated_at FROM gone;

-- name: delete_buckets
DELETE FROM rate_limits WHERE name LIKE 'connection:' || $1::uuid::text || ':%';

-- name: has_waiting
SELECT EXISTS (SELECT 1 FROM jobs
                WHERE kind = 'upload-lead' AND state = 'ready' AND priority IN (0, 1, 2)
                  AND lane = 'connection:' || $1::uuid::text);
