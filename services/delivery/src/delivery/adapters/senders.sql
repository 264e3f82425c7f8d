-- name: lock_sender
-- A change reads what it changes, and the row may not be there yet.
SELECT pg_advisory_xact_lock(hashtextextended('sender:' || $1::uuid::text, 0));

-- name: get_sender
SELECT workspace_id, from_address, reply_to, footer, updated_at FROM senders WHERE workspace_id = $1;

-- name: put_sender
INSERT INTO senders (workspace_id, from_address, reply_to, footer) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace_id) DO UPDATE
   SET from_address = excluded.from_address, reply_to = excluded.reply_to, footer = excluded.footer, updated_at = now()
 WHERE (senders.from_address, senders.reply_to, senders.footer)
       IS DISTINCT FROM (excluded.from_address, excluded.reply_to, excluded.footer);

-- name: delete_sender
DELETE FROM senders WHERE workspace_id = $1;

-- name: sending_domains
-- Each domain that anybody's e-mails come from, as `domain_of` reads it, with one of the workspaces that it is: of all workspaces
-- for who may see all.
SELECT lower(rtrim(substring(from_address FROM '[^@]*$'), '> ')) AS domain, min(workspace_id::text)::uuid AS workspace_id,
       count(*) AS workspaces
  FROM senders
 WHERE from_address IS NOT NULL AND ($1::uuid IS NULL OR workspace_id = $1)
 GROUP BY 1
 ORDER BY 1
 LIMIT $2;

-- name: rewrite_deliveries
-- E-mails that surely have not gone out are written anew, with what the sender is now. Found by the jobs that wait, whose lane
-- is the workspace's. Locked in the order of begin_attempts, so that neither waits for the other in a circle.
UPDATE deliveries SET message = NULL, updated_at = now()
 WHERE id = ANY (ARRAY(
       SELECT deliveries.id FROM deliveries
         JOIN jobs ON jobs.id = deliveries.id
        WHERE jobs.kind = 'deliver-email' AND jobs.state = 'ready' AND jobs.priority = ANY ($2::smallint[])
          AND jobs.lane = 'workspace:' || $1::uuid::text
          AND deliveries.message IS NOT NULL AND deliveries.in_doubt_since IS NULL
        ORDER BY deliveries.id FOR UPDATE OF deliveries));

-- name: rewrite_digests
-- As rewrite_deliveries.
UPDATE digests SET message = NULL
 WHERE id = ANY (ARRAY(
       SELECT digests.id FROM digests
         JOIN jobs ON jobs.id = digests.id
        WHERE jobs.kind = 'deliver-digest' AND jobs.state = 'ready' AND jobs.priority = ANY ($2::smallint[])
          AND jobs.lane = 'workspace:' || $1::uuid::text
          AND digests.message IS NOT NULL AND digests.in_doubt_since IS NULL
        ORDER BY digests.id FOR UPDATE OF digests));

-- name: rewrite_refused
-- What was under way while the sender was changed may have been refused for the one before.
WITH alone AS (
    UPDATE deliveries SET message = NULL WHERE id = ANY ($1::uuid[]) AND in_doubt_since IS NULL
)
UPDATE digests SET message = NULL WHERE id = ANY ($1::uuid[]) AND in_doubt_since IS NULL;

-- name: rewrite_notices
-- Those that were refused each time.
UPDATE notices SET message = NULL, tried_at = NULL
 WHERE id = ANY (ARRAY(
       SELECT notices.id FROM notices
         JOIN jobs ON jobs.id = notices.id
        WHERE jobs.kind = 'send-notice' AND jobs.state = 'ready' AND jobs.priority = ANY ($2::smallint[])
          AND jobs.lane = 'workspace:' || $1::uuid::text
          AND notices.message IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM job_attempts WHERE job_id = jobs.id AND outcome <> 'held')
        ORDER BY notices.id FOR UPDATE OF notices));
