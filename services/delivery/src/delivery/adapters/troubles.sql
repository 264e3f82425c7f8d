-- name: begin_troubles
-- What is known already is no news, unless somebody has changed the channel since, or the cause is another. An answer that
-- was about the channel as it was before a change has not disabled it, and is left out.
INSERT INTO troubles (channel_id, workspace_id, cause, detail, began_at)
SELECT DISTINCT ON (channels.id) channels.id, channels.workspace_id, new.cause, new.detail, new.began_at
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS new (channel_id, cause, detail, began_at)
  JOIN channels ON channels.id = new.channel_id
 WHERE channels.status = 'disabled' OR (new.cause = 'outage' AND channels.status = 'active')
 ORDER BY channels.id, new.cause, new.began_at
ON CONFLICT (channel_id) DO UPDATE
   SET cause = excluded.cause, detail = excluded.detail, began_at = excluded.began_at, mended_at = NULL
 WHERE troubles.cause <> excluded.cause OR troubles.mended_at <= excluded.began_at
RETURNING channel_id, workspace_id, cause AS about, detail, began_at;

-- name: end_troubles
-- Not by an attempt that began before the trouble did.
DELETE FROM troubles USING unnest($1::uuid[], $2::timestamptz[]) AS told (channel_id, began_at)
 WHERE troubles.channel_id = told.channel_id AND troubles.began_at < told.began_at
RETURNING troubles.channel_id, troubles.workspace_id, CASE cause WHEN 'gone' THEN 'back' ELSE 'recovered' END AS about, detail,
          troubles.began_at;

-- name: mend_trouble
UPDATE troubles SET mended_at = now() WHERE channel_id = $1;

-- name: disable_channels
-- Not if somebody has changed the channel since the attempt began: the answer was about what it was before.
UPDATE channels
   SET status = 'disabled', disabled_reason = gone.reason, updated_at = now()
  FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS gone (channel_id, reason, began_at)
 WHERE channels.id = gone.channel_id AND channels.status = 'active' AND channels.updated_at <= gone.began_at
RETURNING channels.id, channels.workspace_id, channels.type, channels.status, channels.disabled_reason;

-- name: enable_channels
-- They have taken something, and are back.
UPDATE channels
   SET status = 'active', disabled_reason = NULL, updated_at = now()
  FROM unnest($1::uuid[], $2::timestamptz[]) AS told (channel_id, began_at)
 WHERE channels.id = told.channel_id AND channels.status = 'disabled' AND channels.updated_at <= told.began_at
RETURNING channels.id, channels.workspace_id, channels.type, channels.status, channels.disabled_reason;

-- name: unfounded_pauses
-- A receiver's word that came in while somebody changed the channel has set a pause all the same, and a channel that was
-- removed leaves one behind: whatever it holds would wait for nothing.
SELECT scope FROM pauses
 WHERE reason = 'destination_gone' AND actor = 'worker' AND (until IS NULL OR until > now())
   AND NOT EXISTS (SELECT 1 FROM channels
                    WHERE id = CASE WHEN scope LIKE 'destination:%' THEN substr(scope, 13)::uuid END AND status = 'disabled');
