-- name: upsert_pause
-- A longer pause wins over a shorter one of the same holder; None is the longest.
INSERT INTO pauses (id, scope, reason, actor, until, detail) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (scope, actor, reason) DO UPDATE
   SET until = CASE WHEN pauses.until IS NULL OR excluded.until IS NULL THEN NULL
                    ELSE greatest(pauses.until, excluded.until) END,
       -- One that had run out already begins anew.
       detail = CASE WHEN pauses.until <= now() THEN excluded.detail ELSE coalesce(excluded.detail, pauses.detail) END,
       created_at = CASE WHEN pauses.until <= now() THEN now() ELSE pauses.created_at END
RETURNING id, scope, reason, actor, until, detail, probe_at, created_at;

-- name: active_pauses
SELECT id, scope, reason, actor, until, detail, probe_at, created_at FROM pauses
 WHERE until IS NULL OR until > now() ORDER BY created_at, id;

-- name: delete_pause
DELETE FROM pauses WHERE id = $1 RETURNING id, scope, reason, actor, until, detail, probe_at, created_at;

-- name: get_pause
SELECT id, scope, reason, actor, until, detail, probe_at, created_at FROM pauses WHERE id = $1;

-- name: lift_scope
DELETE FROM pauses WHERE scope = $1 AND ($2::text IS NULL OR reason = $2);

-- name: delete_expired_pauses
DELETE FROM pauses WHERE until < now() - interval '1 hour';

-- name: notify_pauses
-- Delivered when the transaction commits, so nobody reads the table too early.
SELECT pg_notify('leadstream_pauses_' || current_schema(), '');

-- name: open_circuit
-- Whoever of the replicas is first; the others' faults change nothing.
INSERT INTO pauses (id, scope, reason, actor, detail, probe_at)
VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6::interval)
ON CONFLICT (scope, actor, reason) DO UPDATE SET detail = excluded.detail
RETURNING id, scope, reason, actor, until, detail, probe_at, created_at;

-- name: postpone_probe
UPDATE pauses
   SET probes = least(probes + 1, 30), detail = coalesce($2, detail),
       probe_at = clock_timestamp() + least($4::interval, $3::interval * 2 ^ least(probes + 1, 30))
 WHERE id = $1
RETURNING id, scope, reason, actor, until, detail, probe_at, created_at;

-- name: delete_idle_circuits
-- Nobody is left to be tried: what comes later begins anew.
DELETE FROM pauses WHERE probe_at < now() - interval '1 hour';
