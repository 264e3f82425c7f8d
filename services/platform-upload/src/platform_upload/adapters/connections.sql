-- name: lock_connection
-- Exclusive: a connection is about to be made or changed. Whoever found none, or an older one, has written that down
-- before this returns, or looks again after.
SELECT pg_advisory_xact_lock($1::bigint);

-- name: lock_connections_shared
-- Shared: what is decided now about these connections stays true until the transaction ends. In one order, so that two
-- transactions do not wait for each other.
SELECT pg_advisory_xact_lock_shared(key) FROM (SELECT DISTINCT key FROM unnest($1::bigint[]) AS key ORDER BY key) AS keys;

-- name: get_connections
SELECT id, workspace_id, platform, adapter, settings, credentials, status, disabled_reason, version, rotated_at
  FROM connections WHERE id = ANY ($1::uuid[]);

-- name: get_adapter
SELECT adapter FROM connections WHERE id = $1;

-- name: get_version
SELECT version, workspace_id, platform FROM connections WHERE id = $1;

-- name: connections_of
SELECT id FROM connections WHERE workspace_id = ANY ($1::uuid[]);

-- name: missing_connections
SELECT id FROM unnest($1::uuid[]) AS wanted (id)
 WHERE NOT EXISTS (SELECT 1 FROM connections WHERE connections.id = wanted.id);

-- name: save_connection
-- One that is made again goes on from the version that it was deleted with.
INSERT INTO connections (id, workspace_id, platform, adapter, settings, credentials, status, disabled_reason, version, rotated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
        $9 + coalesce((SELECT version FROM removed_connections WHERE id = $1), 0), $10)
ON CONFLICT (id) DO UPDATE
   SET adapter = excluded.adapter, settings = excluded.settings, credentials = excluded.credentials,
       status = excluded.status, disabled_reason = excluded.disabled_reason, version = $9,
       rotated_at = excluded.rotated_at, updated_at = now();

-- name: disable_connection
-- Only as it was seen: what refused an older version says nothing about this one. It stays the same version, so that
-- all answers to it count.
UPDATE connections SET status = 'disabled', disabled_reason = $3, updated_at = now()
 WHERE id = $1 AND version = $2
RETURNING workspace_id, platform;

-- name: list_connections
-- Newest first; the key of the last row seen goes in as ($5, $6). Without credentials.
SELECT id, workspace_id, platform, adapter, settings, status, disabled_reason, version, created_at, updated_at, rotated_at,
       (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM pauses
         WHERE scope = 'connection:' || connections.id::text AND (until IS NULL OR until > now())) AS held_by
  FROM connections
 WHERE ($1::uuid IS NULL OR workspace_id = $1)
   AND ($2::text IS NULL OR platform = $2)
   AND ($3::text IS NULL OR status = $3)
   AND ($5::timestamptz IS NULL OR (created_at, id) < ($5, $6::uuid))
 ORDER BY created_at DESC, id DESC
 LIMIT $4;

-- name: show_connection
SELECT id, workspace_id, platform, adapter, settings, status, disabled_reason, version, created_at, updated_at, rotated_at,
       (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM pauses
         WHERE scope = 'connection:' || connections.id::text AND (until IS NULL OR until > now())) AS held_by
  FROM connections
 WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: hold_of
-- What keeps the uploads of one connection back for longest, if anything does.
SELECT reason, until FROM pauses
 WHERE scope IN ('all', 'kind:upload-lead', 'connection:' || $1::uuid::text, 'workspace:' || $2::uuid::text)
   AND (until IS NULL OR until > now())
 ORDER BY until DESC NULLS FIRST LIMIT 1;

-- name: sealed_after
-- All workspaces: keys are the operator's, not a workspace's.
SELECT id, workspace_id, credentials AS sealed FROM connections WHERE id > $1 ORDER BY id LIMIT $2;

-- name: replace_sealed
-- Only what was read: credentials that were rotated meanwhile are newer, and encrypted with the newest key already.
UPDATE connections SET credentials = $3 WHERE id = $1 AND credentials = $2;
