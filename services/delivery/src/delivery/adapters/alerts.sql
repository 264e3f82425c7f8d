-- name: insert_alerts
-- Of a record seen again nothing comes back, so nothing is planned for it again. What nobody wants has ended as it begins,
-- and leaves nothing of its content here.
INSERT INTO alerts (id, lead_id, revision, workspace_id, score, discovered_at, traceparent, content,
                    announcements, status, ended_at)
SELECT id, lead_id, revision, workspace_id, score, discovered_at, traceparent, content::jsonb,
       (content IS NULL)::integer, CASE WHEN content IS NULL THEN 'no_channel' END, CASE WHEN content IS NULL THEN $9::timestamptz END
  FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[], $8::text[])
       AS new (id, lead_id, revision, workspace_id, score, discovered_at, traceparent, content)
 ORDER BY id
ON CONFLICT DO NOTHING
RETURNING id;

-- name: destinations
-- Who takes part in the given workspaces at the moment. A channel that its receiver switched off does: its leads wait.
SELECT recipients.id, recipients.workspace_id, 'email' AS channel, recipients.min_score
  FROM recipients
 WHERE recipients.workspace_id = ANY ($1::uuid[]) AND recipients.enabled
   AND NOT EXISTS (SELECT 1 FROM suppressions
                    WHERE suppressions.workspace_id = recipients.workspace_id AND suppressions.email = recipients.email)
UNION ALL
SELECT id, workspace_id, type, min_score
  FROM channels
 WHERE workspace_id = ANY ($1::uuid[]) AND status <> 'paused';

-- name: insert_deliveries
INSERT INTO deliveries (id, alert_id, workspace_id, lead_id, revision, channel, destination_id)
SELECT id, alert_id, workspace_id, lead_id, revision, channel, destination_id
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::integer[], $6::text[], $7::uuid[])
       AS new (id, alert_id, workspace_id, lead_id, revision, channel, destination_id)
 ORDER BY id
ON CONFLICT DO NOTHING;

-- name: lock_alerts_of
-- In the order of their ids, so that two replicas that end deliveries of the same alerts never wait for each other in a
-- circle. Whoever gets the lock sees all that the holder before it has written.
SELECT id FROM alerts
 WHERE id IN (SELECT alert_id FROM deliveries WHERE id = ANY ($1::uuid[]))
 ORDER BY id FOR UPDATE;

-- name: ended_alerts
-- But for what is held, which nobody waits for.
SELECT id, lead_id, revision, workspace_id, score, announcements, coalesce(announced_at, ended_at) AS announced_at, untold,
       discovered_at, traceparent
  FROM alerts
 WHERE id = ANY ($1::uuid[])
   AND NOT EXISTS (SELECT 1 FROM deliveries WHERE alert_id = alerts.id AND status = 'pending' AND held_reason IS NULL)
 ORDER BY id;

-- name: deliveries_of
SELECT id, alert_id, channel, destination_id,
       CASE WHEN status = 'pending' AND held_reason IS NOT NULL THEN 'held' ELSE status END AS status,
       attempts, delivered_at, error_class,
       CASE WHEN status = 'pending' AND held_reason IS NOT NULL THEN held_reason ELSE error END AS error, status_code
  FROM deliveries
 WHERE alert_id = ANY ($1::uuid[])
 ORDER BY alert_id, channel, destination_id;

-- name: announce_alerts
-- The content goes with the last need for it: whatever ended otherwise than delivered may be asked for again. What is held
-- has not ended: its content is not forgotten however long it waits.
UPDATE alerts
   SET announcements = alerts.announcements + 1, status = ended.status, announced_at = ended.at, untold = ended.untold,
       ended_at = CASE WHEN NOT ended.holds THEN ended.at END,
       content = CASE WHEN ended.complete THEN NULL ELSE alerts.content END
  FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::boolean[], $5::boolean[], $6::boolean[])
       AS ended (id, status, at, complete, holds, untold)
 WHERE alerts.id = ended.id;
