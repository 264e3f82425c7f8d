-- name: insert_alerts
-- With their deliveries; nothing is planned again for one that somebody else has inserted at this moment. What nobody wants has
-- ended as it begins, and leaves nothing of its content here.
WITH fresh AS (
    INSERT INTO alerts (id, lead_id, revision, workspace_id, score, discovered_at, traceparent, content,
                        announcements, status, ended_at)
    SELECT id, lead_id, revision, workspace_id, score, discovered_at, traceparent, content::jsonb, (content IS NULL)::integer,
           CASE WHEN content IS NULL THEN 'no_channel' END, CASE WHEN content IS NULL THEN $9::timestamptz END
      FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[], $8::text[])
           AS new (id, lead_id, revision, workspace_id, score, discovered_at, traceparent, content)
     ORDER BY id
    ON CONFLICT DO NOTHING
    RETURNING id
)
INSERT INTO deliveries (id, alert_id, workspace_id, lead_id, revision, channel, destination_id, due_at)
SELECT id, alert_id, workspace_id, lead_id, revision, channel, destination_id, due_at
  FROM unnest($10::uuid[], $11::uuid[], $12::uuid[], $13::uuid[], $14::integer[], $15::text[], $16::uuid[], $17::timestamptz[])
       AS new (id, alert_id, workspace_id, lead_id, revision, channel, destination_id, due_at)
 -- Not as a join, which compares each with each here.
 WHERE (alert_id IN (SELECT id FROM fresh)) IS TRUE
 ORDER BY id
ON CONFLICT DO NOTHING;

-- name: known_alerts
SELECT id FROM alerts WHERE id = ANY ($1::uuid[]);

-- name: destinations
-- Who takes part in the given workspaces at the moment. A channel that its receiver switched off does: its leads wait.
SELECT recipients.id, recipients.workspace_id, 'email' AS channel, recipients.min_score, recipients.enabled,
       recipients.preferences
  FROM recipients
 WHERE recipients.workspace_id = ANY ($1::uuid[]) AND recipients.enabled
   AND NOT EXISTS (SELECT 1 FROM suppression_of(recipients.workspace_id, recipients.email))
UNION ALL
SELECT id, workspace_id, type, min_score, NULL, NULL
  FROM channels
 WHERE workspace_id = ANY ($1::uuid[]) AND status <> 'paused';

-- name: deliveries_of
-- All of them, each with its alert.
SELECT alerts.id AS alert_id, alerts.lead_id, alerts.revision, alerts.workspace_id, alerts.score, announcements,
       coalesce(announced_at, ended_at) AS announced_at, untold, discovered_at, traceparent,
       deliveries.id, channel, destination_id,
       CASE WHEN deliveries.status = 'pending' AND held_reason IS NOT NULL THEN 'held' ELSE deliveries.status END AS status,
       attempts, delivered_at, error_class,
       CASE WHEN deliveries.status = 'pending' AND held_reason IS NOT NULL THEN held_reason ELSE error END AS error, status_code,
       CASE channel WHEN 'email' THEN coalesce(fate, CASE deliveries.status WHEN 'delivered' THEN 'accepted' END) END AS fate
  FROM alerts JOIN deliveries ON deliveries.alert_id = alerts.id
 WHERE alerts.id = ANY ($1::uuid[])
 ORDER BY alerts.id, channel, destination_id;

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
