-- name: lock_recipient
-- A change reads what it changes: nobody else may make or change the recipient in between. Not by its row, which may not be
-- there yet.
SELECT pg_advisory_xact_lock(hashtextextended('recipient:' || $1::uuid::text, 0));

-- name: hold_recipient
-- Whoever removes or erases it waits: what a change writes of somebody would be left behind.
SELECT FROM recipients WHERE id = $1 FOR NO KEY UPDATE;

-- name: upsert_recipient
-- The token stays: links in e-mails that were sent must go on working.
INSERT INTO recipients (id, workspace_id, email, full_name, min_score, enabled, unsubscribe_token, admin, preferences)
VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, false), $9)
ON CONFLICT (id) DO UPDATE
   SET full_name = excluded.full_name, min_score = excluded.min_score, enabled = excluded.enabled,
       admin = coalesce($8, recipients.admin), preferences = excluded.preferences, updated_at = now()
 WHERE (recipients.full_name, recipients.min_score, recipients.enabled, recipients.admin, recipients.preferences)
       IS DISTINCT FROM (excluded.full_name, excluded.min_score, excluded.enabled, coalesce($8, recipients.admin),
                         excluded.preferences);

-- name: get_recipient
SELECT recipients.id, recipients.workspace_id, recipients.email, full_name, min_score, enabled, admin, preferences,
       suppression.reason AS suppressed, recipients.created_at, recipients.updated_at
  FROM recipients
  LEFT JOIN LATERAL suppression_of(recipients.workspace_id, recipients.email) AS suppression ON true
 WHERE recipients.id = $1 AND ($2::uuid IS NULL OR recipients.workspace_id = $2);

-- name: update_recipient
UPDATE recipients SET full_name = $3, min_score = $4, enabled = $5, admin = $6, preferences = $7, updated_at = now()
 WHERE id = $1 AND workspace_id = $2;

-- name: delete_recipient
DELETE FROM recipients WHERE id = $1 AND workspace_id = $2;

-- name: list_recipients
SELECT recipients.id, recipients.workspace_id, recipients.email, full_name, min_score, enabled, admin, preferences,
       suppression.reason AS suppressed, recipients.created_at, recipients.updated_at
  FROM recipients
  LEFT JOIN LATERAL suppression_of(recipients.workspace_id, recipients.email) AS suppression ON true
 WHERE ($1::uuid IS NULL OR recipients.workspace_id = $1)
   AND ($2::text IS NULL OR recipients.email = $2)
   AND ($4::timestamptz IS NULL OR (recipients.created_at, recipients.id) > ($4, $5::uuid))
 ORDER BY recipients.created_at, recipients.id
 LIMIT $3;

-- name: count_recipients
SELECT count(*) FROM recipients WHERE workspace_id = $1;

-- name: recipient_of_token
-- By its token alone: whoever has the e-mail has no other credential.
SELECT recipients.id, recipients.workspace_id, recipients.email, enabled, min_score, preferences,
       suppression.reason AS suppressed
  FROM recipients
  LEFT JOIN LATERAL suppression_of(recipients.workspace_id, recipients.email) AS suppression ON true
 WHERE recipients.unsubscribe_token = $1;

-- name: choose
-- As the recipient does by their page.
UPDATE recipients SET min_score = $2, enabled = $3, preferences = $4, updated_at = now() WHERE id = $1;

-- name: resubscribe
-- What an unsubscription did; of a bounce or a complaint nobody can take anything back.
WITH theirs AS MATERIALIZED (
    SELECT id, everywhere FROM suppressions WHERE workspace_id = $1 AND email = $2 AND reason = 'unsubscribed' FOR UPDATE
), gone AS (
    DELETE FROM suppressions USING theirs WHERE suppressions.id = theirs.id AND theirs.everywhere IS NULL
), kept AS (
    UPDATE suppressions SET reason = theirs.everywhere
      FROM theirs WHERE suppressions.id = theirs.id AND theirs.everywhere IS NOT NULL
)
SELECT id FROM theirs;

-- name: suppress
-- The first reason stays, but for that of who unsubscribes: their word outlasts a bounce that is lifted. That nobody reaches the
-- address ($5) is learned all the same. Without a named conflict, because a suppression is unique by address and by id. Of the
-- two at most one finds its row: neither sees what the other does.
WITH known AS (
    UPDATE suppressions
       SET everywhere = coalesce(everywhere, $5), reason = CASE WHEN $4 = 'unsubscribed' THEN $4 ELSE reason END
     WHERE id = $1
       AND ((everywhere IS NULL AND $5::text IS NOT NULL) OR ($4::text = 'unsubscribed' AND reason IN ('bounced', 'complained')))
    RETURNING id
), made AS (
    INSERT INTO suppressions (id, workspace_id, email, reason, everywhere) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT id FROM known UNION ALL SELECT id FROM made;

-- name: suppress_many
-- As suppress. In the order of their ids, so that two that bring the same do not wait in a circle.
WITH new AS MATERIALIZED (
    SELECT id, email, reason, everywhere
      FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS each (id, email, reason, everywhere) ORDER BY id
), locked AS MATERIALIZED (
    SELECT suppressions.id FROM suppressions WHERE id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE
), known AS (
    UPDATE suppressions
       SET everywhere = coalesce(suppressions.everywhere, new.everywhere),
           reason = CASE WHEN new.reason = 'unsubscribed' THEN new.reason ELSE suppressions.reason END
      FROM new JOIN locked USING (id)
     WHERE suppressions.id = new.id
       AND ((suppressions.everywhere IS NULL AND new.everywhere IS NOT NULL)
            OR (new.reason = 'unsubscribed' AND suppressions.reason IN ('bounced', 'complained')))
    RETURNING suppressions.id
), made AS (
    INSERT INTO suppressions (id, workspace_id, email, reason, everywhere)
    SELECT id, $1, email, reason, everywhere FROM new ORDER BY id
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT id FROM known UNION ALL SELECT id FROM made;

-- name: get_suppression
SELECT id, workspace_id, email, reason, everywhere, created_at
  FROM suppressions WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: everywhere_besides
-- Of any workspace: it is one address, and one list at Resend.
SELECT id, workspace_id, email, reason, everywhere, created_at
  FROM suppressions WHERE email = $1 AND everywhere IS NOT NULL AND id <> $2 ORDER BY id;

-- name: lift_suppression
-- $1 goes, and of $2, whose workspaces were looked at before, what is for everybody: who had unsubscribed there still has.
WITH gone AS (
    DELETE FROM suppressions
     WHERE id = $1 OR (id = ANY ($2::uuid[]) AND reason IN ('bounced', 'complained'))
    RETURNING id
), kept AS (
    UPDATE suppressions SET everywhere = NULL
     WHERE id = ANY ($2::uuid[]) AND id <> $1 AND reason NOT IN ('bounced', 'complained')
    RETURNING id
)
SELECT id FROM gone UNION ALL SELECT id FROM kept;

-- name: list_suppressions
SELECT id, workspace_id, email, reason, everywhere, created_at
  FROM suppressions
 WHERE ($1::uuid IS NULL OR workspace_id = $1)
   AND ($2::text IS NULL OR email = $2)
   AND ($3::text IS NULL OR reason = $3)
   AND ($5::timestamptz IS NULL OR (created_at, id) < ($5, $6::uuid))
 ORDER BY created_at DESC, id DESC
 LIMIT $4;
