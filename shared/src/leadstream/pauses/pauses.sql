-- name: upsert_pause
-- A longer pause wins over a shorter one of the same holder; None is the longest.
INSERT INTO pauses (id, scope, reason, actor, until, detail) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (scope, actor, reason) DO UPDATE
   SET until = CASE WHEN pauses.until IS NULL OR excluded.until IS NULL THEN NULL
                    ELSE greatest(pauses.until, excluded.until) END,
       -- One that had run out already begins anew.
       detail = CASE WHEN pauses.until <= now() THEN excluded.detail ELSE coalesce(excluded.detail, pauses.detail) END,
       created_at = CASE WHEN pauses.until <= now() THEN now() ELSE pauses.created_at END
RETURNING id, scope, reason, actor, until, detail, created_at;

-- name: active_pauses
SELECT id, scope, reason, actor, until, detail, created_at FROM pauses
 WHERE until IS NULL OR until > now() ORDER BY created_at, id;

-- name: delete_pause
DELETE FROM pauses WHERE id = $1 RETURNING id, scope, reason, actor, until, detail, created_at;

-- name: get_pause
SELECT id, scope, reason, actor, until, detail, created_at FROM pauses WHERE id = $1;

-- name: lift_scope
DELETE FROM pauses WHERE scope = $1 AND ($2::text IS NULL OR reason = $2);

-- name: delete_expired_pauses
DELETE FROM pauses WHERE until < now() - interval '1 hour';

-- name: notify_pauses
-- Delivered when the transaction commits, so nobody reads the table too early.
SELECT pg_notify('leadstream_pauses_' || current_schema(), '');
