-- name: lock_pause
-- Held by somebody who answers for all workspaces.
UPDATE pauses SET is_locked = true WHERE id = $1;

-- name: is_locked
SELECT is_locked FROM pauses WHERE id = $1;
