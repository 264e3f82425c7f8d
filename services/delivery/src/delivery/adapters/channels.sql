-- name: insert_channel
-- Two calls that make the same channel at once: the second finds it and changes it. Without a named conflict, because a channel
-- is unique by name and by id.
INSERT INTO channels (id, workspace_id, type, name, min_score, status, url, url_origin, secrets)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
RETURNING id, workspace_id, type, name, min_score, status, disabled_reason, url, url_origin, secrets,
          previous_secret_until, created_at, updated_at;

-- name: get_channel
SELECT id, workspace_id, type, name, min_score, status, disabled_reason, url, url_origin, secrets, previous_secret_until,
       created_at, updated_at,
       (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM pauses
         WHERE scope = 'destination:' || channels.id::text AND (until IS NULL OR until > now())) AS held_by
  FROM channels WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: lock_channel
-- A change reads what it changes: nobody else may change it in between.
SELECT id, workspace_id, type, name, min_score, status, disabled_reason, url, url_origin, secrets, previous_secret_until,
       created_at, updated_at,
       (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM pauses
         WHERE scope = 'destination:' || channels.id::text AND (until IS NULL OR until > now())) AS held_by
  FROM channels WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2) FOR UPDATE;

-- name: update_channel
UPDATE channels
   SET min_score = $3, status = $4, disabled_reason = $5, url = $6, url_origin = $7, secrets = $8,
       previous_secret_until = $9, updated_at = now()
 WHERE id = $1 AND workspace_id = $2;

-- name: delete_channel
DELETE FROM channels WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id, workspace_id, type, name, min_score, status, disabled_reason, url, url_origin, secrets,
          previous_secret_until, created_at, updated_at;

-- name: list_channels
SELECT id, workspace_id, type, name, min_score, status, disabled_reason, url, url_origin, secrets, previous_secret_until,
       created_at, updated_at,
       (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM pauses
         WHERE scope = 'destination:' || channels.id::text AND (until IS NULL OR until > now())) AS held_by
  FROM channels
 WHERE ($1::uuid IS NULL OR workspace_id = $1)
   AND ($2::text IS NULL OR type = $2)
   AND ($3::text IS NULL OR status = $3)
   AND ($5::timestamptz IS NULL OR (created_at, id) > ($5, $6::uuid))
 ORDER BY created_at, id
 LIMIT $4;

-- name: count_channels
SELECT count(*) FROM channels WHERE workspace_id = $1;

-- name: sealed_channels
-- Of all workspaces: a new encryption key concerns them all.
SELECT id, workspace_id, url, secrets FROM channels ORDER BY id;

-- name: rewrap_channel
-- Not over a value that was saved meanwhile.
UPDATE channels SET url = coalesce($4, url), secrets = coalesce($5, secrets)
 WHERE id = $1 AND url = $2 AND secrets IS NOT DISTINCT FROM $3;
