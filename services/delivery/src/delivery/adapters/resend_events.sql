-- name: note_event
-- Null where it has come before. Noted with what it says, or not at all.
INSERT INTO resend_events (id) VALUES ($1)
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: is_removed
-- Whoever makes a workspace anew begins anew.
SELECT EXISTS (SELECT 1 FROM removals WHERE workspace_id = $1 AND (ended_at IS NULL OR ended_at > $2));

-- name: delete_resend_events
WITH old AS MATERIALIZED (
    SELECT id FROM resend_events WHERE taken_at < now() - $1::interval ORDER BY taken_at LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM resend_events USING old WHERE resend_events.id = old.id RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: newest_event
SELECT max(taken_at) FROM resend_events;

-- name: count_heard
-- Of the newest $3 deliveries made between $1 and $2: e-mails that Resend accepted, and those that it has told something of.
SELECT count(*) FILTER (WHERE channel = 'email' AND receipt IS NOT NULL) AS accepted,
       count(*) FILTER (WHERE channel = 'email' AND receipt IS NOT NULL AND fate IS NOT NULL) AS heard
  FROM (SELECT channel, receipt, fate FROM deliveries
         WHERE created_at >= $1 AND created_at < $2 AND ($4::uuid IS NULL OR workspace_id = $4)
         ORDER BY created_at DESC, id DESC LIMIT $3) AS newest;
