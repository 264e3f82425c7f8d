-- name: insert_source
-- Two calls that make the same source at once: the second finds it and changes it.
INSERT INTO push_sources (id, workspace_id, name, query, topics, status, secrets)
VALUES ($1, $2, $3, $4, coalesce($5::jsonb, '{}'), coalesce($6::text, 'active'), $7)
ON CONFLICT DO NOTHING
RETURNING id, workspace_id, name, query, topics, status, previous_secret_until, created_at, updated_at;

-- name: count_sources
SELECT count(*) FROM push_sources WHERE workspace_id = $1;

-- name: get_source
SELECT id, workspace_id, name, query, topics, status, secrets, previous_secret_until, created_at, updated_at
  FROM push_sources WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: lock_source
SELECT id, workspace_id, name, query, topics, status, secrets, previous_secret_until, created_at, updated_at
  FROM push_sources WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2) FOR UPDATE;

-- name: update_source
UPDATE push_sources
   SET query = $2, topics = $3, status = $4, secrets = $5, previous_secret_until = $6, updated_at = now()
 WHERE id = $1
RETURNING id, workspace_id, name, query, topics, status, previous_secret_until, created_at, updated_at;

-- name: delete_source
DELETE FROM push_sources WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id, workspace_id, name, query, topics, status, previous_secret_until, created_at, updated_at;

-- name: list_sources
SELECT id, workspace_id, name, query, topics, status, previous_secret_until, created_at, updated_at
  FROM push_sources
 WHERE ($1::uuid IS NULL OR workspace_id = $1)
   AND ($3::timestamptz IS NULL OR (created_at, id) > ($3, $4::uuid))
 ORDER BY created_at, id LIMIT $2;

-- name: queries_named
-- Those of one workspace that are there, by ids that follow from their names.
SELECT id, name, status FROM queries WHERE id = ANY ($1::uuid[]) AND workspace_id = $2;

-- name: sealed_after
-- Of all workspaces: a new encryption key concerns them all.
SELECT id, workspace_id, secrets AS sealed FROM push_sources WHERE id > $1 ORDER BY id LIMIT $2;

-- name: replace_sealed
-- Not over a secret that was saved meanwhile.
UPDATE push_sources SET secrets = $3 WHERE id = $1 AND secrets = $2;

-- name: get_request
SELECT digest, signals FROM push_requests WHERE source_id = $1 AND message_id = $2;

-- name: insert_request
-- No row: it is there. Waits for one that is just being written, and then does not give it back.
INSERT INTO push_requests (source_id, message_id, digest, signals) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING source_id;

-- name: workspace_is_there
SELECT id FROM workspaces WHERE id = $1;

-- name: delete_bucket
DELETE FROM rate_limits WHERE name = 'source:' || $1::uuid::text;
