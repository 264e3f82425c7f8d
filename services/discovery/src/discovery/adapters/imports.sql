-- name: insert_import
-- No row: it was begun before.
INSERT INTO imports (id, workspace_id, query_id, file, rows, is_rehearsal) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING id, workspace_id, query_id, file, rows, is_rehearsal, created_at, finished_at;

-- name: get_import
SELECT id, workspace_id, query_id, file, rows, is_rehearsal, created_at, finished_at
  FROM imports WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: lock_import
SELECT id, workspace_id, query_id, file, rows, is_rehearsal, created_at, finished_at
  FROM imports WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2) FOR UPDATE;

-- name: share_import
-- Batches may come side by side, and none once it has ended.
SELECT id, workspace_id, query_id, file, rows, is_rehearsal, created_at, finished_at
  FROM imports WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2) FOR SHARE;

-- name: list_imports
SELECT id, workspace_id, query_id, file, rows, is_rehearsal, created_at, finished_at
  FROM imports
 WHERE ($1::uuid IS NULL OR workspace_id = $1) AND NOT is_rehearsal
   AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
 ORDER BY created_at DESC, id DESC LIMIT $2;

-- name: insert_batch
INSERT INTO import_batches (import_id, number, digest, rows, keys, name_keys) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING number;

-- name: digest_of_batch
SELECT digest FROM import_batches WHERE import_id = $1 AND number = $2;

-- name: batches_of
SELECT number, rows FROM import_batches WHERE import_id = $1 ORDER BY number;

-- name: count_new
-- Companies that the workspace has no lead of: none with the domain. Of those with the name of a lead whose domain nobody
-- knows, one is that lead, and the others are others.
WITH given AS (
    SELECT DISTINCT each.key, each.name_key
      FROM import_batches CROSS JOIN LATERAL unnest(keys, name_keys) AS each (key, name_key)
     WHERE import_id = $1
), unknown AS (
    SELECT key, name_key FROM given
     WHERE NOT EXISTS (SELECT FROM lead_keys WHERE workspace_id = $2 AND lead_keys.key = given.key)
)
SELECT count(DISTINCT unknown.key) - count(DISTINCT leads.id)
  FROM unknown
  LEFT JOIN lead_keys ON lead_keys.workspace_id = $2 AND lead_keys.key = unknown.name_key
  LEFT JOIN leads ON leads.id = lead_keys.lead_id AND leads.domain IS NULL;

-- name: finish_import
UPDATE imports SET finished_at = now() WHERE id = $1
RETURNING id, workspace_id, query_id, file, rows, is_rehearsal, created_at, finished_at;

-- name: drop_batches
DELETE FROM import_batches WHERE import_id = $1;

-- name: delete_import
DELETE FROM imports WHERE id = $1;
