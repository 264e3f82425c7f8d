-- name: no_scopes
SELECT ''::text AS scope WHERE $1::uuid IS NULL;

-- name: count_nothing
SELECT '' AS what, 0 AS rows WHERE $1::uuid IS NULL;

-- name: count_shared
-- No index knows a job's workspace, nor a binding's: this is asked once, before a workspace goes.
SELECT 'jobs' AS what, count(*) AS rows FROM jobs WHERE workspace_id = $1
UNION ALL
SELECT 'lead_bindings', count(*) FROM lead_bindings WHERE workspace_id = $1 AND gone_at IS NULL
UNION ALL
SELECT 'workspace_troubles', count(*) FROM workspace_troubles WHERE workspace_id = $1
UNION ALL
SELECT 'erasures', count(*) FROM erasures WHERE workspace_id = $1
UNION ALL
SELECT 'outbox_refused', count(*) FROM outbox_refused WHERE strpos(encode(payload, 'escape'), $1::text) > 0;

-- name: begin_removal
-- Nothing, if it has begun already. A workspace that was made again after it was deleted is deleted again.
INSERT INTO removals (workspace_id, actor, reason, scopes) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace_id) DO UPDATE
   SET actor = excluded.actor, reason = excluded.reason, scopes = excluded.scopes, step = NULL, after = NULL,
       deleted = '{}', begun_at = now(), ended_at = NULL
 WHERE removals.ended_at IS NOT NULL
RETURNING workspace_id;

-- name: open_removals
SELECT workspace_id FROM removals WHERE ended_at IS NULL ORDER BY begun_at;

-- name: get_removal
SELECT workspace_id, deleted, ended_at FROM removals WHERE workspace_id = $1;

-- name: lock_removal
-- One replica at a time goes on with it.
SELECT workspace_id, actor, reason, scopes, step, after, deleted FROM removals
 WHERE workspace_id = $1 AND ended_at IS NULL FOR UPDATE SKIP LOCKED;

-- name: note_progress
UPDATE removals SET step = $2, after = $3, deleted = $4 WHERE workspace_id = $1;

-- name: end_removal
UPDATE removals SET ended_at = now() WHERE workspace_id = $1;

-- name: lock_pause
-- Nobody of the workspace lifts it meanwhile.
UPDATE pauses SET is_locked = true WHERE id = $1;

-- name: lift_scopes
DELETE FROM pauses WHERE scope = ANY ($1::text[]);

-- name: count_running
SELECT count(*) FROM jobs WHERE state = 'running' AND workspace_id = $1;

-- name: remove_jobs
-- A running one writes its result first.
WITH page AS MATERIALIZED (
    SELECT id, workspace_id, state FROM jobs
     WHERE id > coalesce($3::text, '00000000-0000-0000-0000-000000000000')::uuid ORDER BY id LIMIT $2
), gone AS (
    DELETE FROM jobs USING page
     WHERE jobs.id = page.id AND page.workspace_id = $1 AND jobs.state <> 'running'
    RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS deleted, (SELECT id::text FROM page ORDER BY id DESC LIMIT 1) AS after;

-- name: remove_refused_events
WITH page AS MATERIALIZED (
    SELECT seq, payload FROM outbox_refused
     WHERE seq > coalesce($3::text, '-1')::bigint ORDER BY seq LIMIT $2
), gone AS (
    DELETE FROM outbox_refused USING page
     WHERE outbox_refused.seq = page.seq AND strpos(encode(page.payload, 'escape'), $1::uuid::text) > 0
    RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS deleted, (SELECT seq::text FROM page ORDER BY seq DESC LIMIT 1) AS after;

-- name: mark_bindings
-- They stay for as long as records of their leads may come, and say that those are gone.
WITH page AS MATERIALIZED (
    SELECT lead_id, workspace_id FROM lead_bindings
     WHERE lead_id > coalesce($3::text, '00000000-0000-0000-0000-000000000000')::uuid ORDER BY lead_id LIMIT $2
), gone AS (
    UPDATE lead_bindings SET gone_at = now() FROM page
     WHERE lead_bindings.lead_id = page.lead_id AND page.workspace_id = $1 AND gone_at IS NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS deleted, (SELECT lead_id::text FROM page ORDER BY lead_id DESC LIMIT 1) AS after;

-- name: remove_troubles
WITH gone AS (
    DELETE FROM workspace_troubles
     WHERE (subject_id, cause) IN (SELECT subject_id, cause FROM workspace_troubles WHERE workspace_id = $1 LIMIT $2)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_erasures
-- Those that are under way, too: whom they look for goes with the rest.
WITH gone AS (
    DELETE FROM erasures WHERE id IN (SELECT id FROM erasures WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_documents
-- That somebody changed something stays; what it was does not.
WITH gone AS (
    UPDATE audit_log SET before = NULL, after = NULL
     WHERE id IN (SELECT id FROM audit_log
                   WHERE workspace_id = $1 AND (before IS NOT NULL OR after IS NOT NULL) ORDER BY at DESC LIMIT $2)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;
