-- name: lock_recipient
-- A change reads what it changes: nobody else may make or change the recipient in between. Not by its row, which may not be
-- there yet.
SELECT pg_advisory_xact_lock(hashtextextended('recipient:' || $1::uuid::text, 0));

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
       suppressions.reason AS suppressed, recipients.created_at, recipients.updated_at
  FROM recipients
  LEFT JOIN suppressions
    ON suppressions.workspace_id = recipients.workspace_id AND suppressions.email = recipients.email
 WHERE recipients.id = $1 AND ($2::uuid IS NULL OR recipients.workspace_id = $2);

-- name: update_recipient
UPDATE recipients SET full_name = $3, min_score = $4, enabled = $5, admin = $6, preferences = $7, updated_at = now()
 WHERE id = $1 AND workspace_id = $2;

-- name: delete_recipient
DELETE FROM recipients WHERE id = $1 AND workspace_id = $2;

-- name: list_recipients
SELECT recipients.id, recipients.workspace_id, recipients.email, full_name, min_score, enabled, admin, preferences,
       suppressions.reason AS suppressed, recipients.created_at, recipients.updated_at
  FROM recipients
  LEFT JOIN suppressions
    ON suppressions.workspace_id = recipients.workspace_id AND suppressions.email = recipients.email
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
       suppressions.reason AS suppressed
  FROM recipients
  LEFT JOIN suppressions
    ON suppressions.workspace_id = recipients.workspace_id AND suppressions.email = recipients.email
 WHERE recipients.unsubscribe_token = $1;

-- name: choose
-- As the recipient does by their page.
UPDATE recipients SET min_score = $2, enabled = $3, preferences = $4, updated_at = now() WHERE id = $1;

-- name: resubscribe
-- What an unsubscription did; of a bounce or a complaint nobody can take anything back.
DELETE FROM suppressions WHERE workspace_id = $1 AND email = $2 AND reason = 'unsubscribed' RETURNING id;

-- name: suppress
-- The first reason stays. Without a named conflict, because a suppression is unique by address and by id.
INSERT INTO suppressions (id, workspace_id, email, reason) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: get_suppression
SELECT id, workspace_id, email, reason, created_at
  FROM suppressions WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: delete_suppression
DELETE FROM suppressions WHERE id = $1 AND workspace_id = $2;

-- name: list_suppressions
SELECT id, workspace_id, email, reason, created_at
  FROM suppressions
 WHERE ($1::uuid IS NULL OR workspace_id = $1)
   AND ($2::text IS NULL OR email = $2)
   AND ($3::text IS NULL OR reason = $3)
   AND ($5::timestamptz IS NULL OR (created_at, id) < ($5, $6::uuid))
 ORDER BY created_at DESC, id DESC
 LIMIT $4;
