-- name: record_change
-- Runs in the transaction of the change itself, so that there is no change without its row.
INSERT INTO audit_log (id, at, actor, action, target, reason, before, after, workspace_id)
VALUES ($1, now(), $2, $3, $4, $5, $6, $7, $8);

-- name: list_changes
-- Newest first; the key of the last row seen goes in as ($7, $8).
SELECT id, at, actor, action, target, reason, before, after, workspace_id
  FROM audit_log
 WHERE ($1::text IS NULL OR actor = $1)
   AND ($2::text IS NULL OR action = $2)
   AND ($3::text IS NULL OR target = $3)
   AND ($4::uuid IS NULL OR workspace_id = $4)
   AND ($5::timestamptz IS NULL OR at >= $5)
   AND ($7::timestamptz IS NULL OR (at, id) < ($7, $8::uuid))
 ORDER BY at DESC, id DESC
 LIMIT $6;
