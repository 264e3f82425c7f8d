-- name: record_change
-- Runs in the transaction of the change itself, so that there is no change without its row.
INSERT INTO audit_log (id, at, actor, action, target, reason, before, after, workspace_id)
VALUES ($1, now(), $2, $3, $4, $5, $6, $7, $8);
