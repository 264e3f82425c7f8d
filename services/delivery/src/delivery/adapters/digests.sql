-- name: collect_alone
-- One replica at a time puts digests together.
SELECT pg_try_advisory_xact_lock(hashtextextended('collect digests', 0));

-- name: due_recipients
-- Who has waited longest; the index holds what waits and nothing else.
SELECT DISTINCT destination_id
  FROM (SELECT destination_id FROM deliveries WHERE due_at <= $1 ORDER BY due_at LIMIT $2) AS first;

-- name: due_deliveries
-- With what their recipients want by now; of each recipient the first $3, hot before warm before cold.
SELECT * FROM (
    SELECT deliveries.id, destination_id, deliveries.workspace_id, alerts.score, recipients.min_score,
           deliveries.created_at,
           row_number() OVER (PARTITION BY destination_id
                              ORDER BY array_position('{hot,warm,cold}', alerts.score), deliveries.created_at, deliveries.id) AS place
      FROM deliveries
      JOIN alerts ON alerts.id = deliveries.alert_id
      LEFT JOIN recipients ON recipients.id = destination_id AND recipients.workspace_id = deliveries.workspace_id
     WHERE destination_id = ANY ($1::uuid[]) AND due_at <= $2) AS waiting
 WHERE place <= $3
 ORDER BY destination_id, place;

-- name: bind_deliveries
-- To their digests; not what somebody has put off meanwhile. In the order of begin_attempts.
WITH ours AS MATERIALIZED (
    SELECT id FROM deliveries WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
)
UPDATE deliveries SET digest_id = new.digest_id, due_at = NULL, updated_at = now()
  FROM unnest($1::uuid[], $2::uuid[]) AS new (id, digest_id)
 WHERE deliveries.id = new.id AND due_at <= $3 AND (SELECT count(*) FROM ours) >= 0
RETURNING deliveries.digest_id, deliveries.created_at;

-- name: insert_digests
INSERT INTO digests (id, workspace_id, recipient_id, window_start, window_end)
SELECT id, workspace_id, recipient_id, window_start, $5
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[]) AS new (id, workspace_id, recipient_id, window_start);

-- name: load_digests
-- With their recipients as they are at this moment, as load_deliveries. Resend may have told that one arrived before its answer
-- was written down.
SELECT digests.id, digests.workspace_id, digests.recipient_id, window_start, window_end, message, in_doubt_since, counted_on,
       digests.created_at, digests.generation, theirs.status, theirs.came_back,
       recipients.email, recipients.enabled, recipients.min_score, recipients.preferences, recipients.unsubscribe_token,
       suppression.reason AS suppressed,
       senders.from_address AS own_from, senders.reply_to AS own_reply_to, senders.footer AS own_footer
  FROM digests
  JOIN LATERAL (SELECT CASE WHEN sent_at IS NOT NULL OR bool_or(deliveries.status = 'delivered') THEN 'delivered'
                           WHEN bool_or(deliveries.status = 'pending') THEN 'pending' ELSE min('failed') END AS status,
                       bool_or(deliveries.status = 'failed' AND deliveries.fate <> 'delayed') AS came_back
                  FROM deliveries WHERE deliveries.digest_id = digests.id) AS theirs ON theirs.status IS NOT NULL
  LEFT JOIN recipients ON recipients.id = digests.recipient_id AND recipients.workspace_id = digests.workspace_id
  LEFT JOIN LATERAL suppression_of(recipients.workspace_id, recipients.email) AS suppression ON true
  LEFT JOIN senders ON senders.workspace_id = digests.workspace_id
 WHERE digests.id = ANY ($1::uuid[]);

-- name: digest_leads
-- Of a lead that rose while it waited the last revision.
SELECT DISTINCT ON (digest_id, deliveries.lead_id)
       digest_id, deliveries.lead_id, deliveries.revision, alerts.score, alerts.content, deliveries.created_at
  FROM deliveries JOIN alerts ON alerts.id = deliveries.alert_id
 WHERE digest_id = ANY ($1::uuid[]) AND alerts.content IS NOT NULL
 ORDER BY digest_id, deliveries.lead_id, deliveries.revision DESC;

-- name: begin_digests
-- As begin_attempts: committed before the call, and the first message stays.
WITH new AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::boolean[], $4::smallint[]) AS each (id, message, renewed, generation)
     ORDER BY id
), ours AS MATERIALIZED (
    SELECT id FROM deliveries
     WHERE digest_id = ANY (ARRAY(SELECT id FROM new WHERE renewed)) AND status <> 'delivered' ORDER BY id FOR UPDATE
), another AS (
    UPDATE deliveries SET fate = NULL, fate_at = NULL, receipt = NULL, updated_at = now()
      FROM ours WHERE deliveries.id = ours.id
)
UPDATE digests
   SET message = coalesce(digests.message, new.message),
       in_doubt_since = CASE WHEN new.renewed THEN now() ELSE coalesce(digests.in_doubt_since, now()) END,
       generation = greatest(digests.generation, new.generation)
  FROM new
 WHERE digests.id = new.id
RETURNING digests.id, digests.message;

-- name: count_mail
-- One more of the recipient's day, if the cap ($4) lets it. Never of a day before one that was counted: clocks are not in
-- step around midnight. Once for an e-mail and day, whichever of the two it is.
WITH counted AS (
    UPDATE recipients SET mails = CASE WHEN mails_on = $3 THEN mails + 1 ELSE 1 END, mails_on = $3
     WHERE id = $2 AND (mails_on IS NULL OR mails_on < $3 OR (mails_on = $3 AND mails < $4))
    RETURNING id
), as_delivery AS (
    UPDATE deliveries SET counted_on = $3 WHERE id = $1 AND EXISTS (SELECT 1 FROM counted)
), as_digest AS (
    UPDATE digests SET counted_on = $3 WHERE id = $1 AND EXISTS (SELECT 1 FROM counted)
)
SELECT count(*) > 0 FROM counted;

-- name: deliveries_in
SELECT id, digest_id FROM deliveries WHERE digest_id = ANY ($1::uuid[]) AND status <> 'delivered';

-- name: note_digests
UPDATE digests
   SET message = CASE WHEN new.sent THEN NULL ELSE message END,
       in_doubt_since = CASE WHEN new.certain OR new.sent THEN NULL ELSE in_doubt_since END,
       sent_at = CASE WHEN new.sent THEN new.at ELSE sent_at END
  FROM (SELECT * FROM unnest($1::uuid[], $2::boolean[], $3::boolean[], $4::timestamptz[]) AS each (id, sent, certain, at)
         ORDER BY id) AS new
 WHERE digests.id = new.id;

-- name: put_off_deliveries
-- By their own id or that of their digest, which is undone: what was written of people goes with it, and whoever still has it
-- in hand can't begin. In the order of begin_attempts.
WITH undone AS (
    DELETE FROM digests WHERE id = ANY ($1::uuid[])
), ours AS MATERIALIZED (
    SELECT id, coalesce(digest_id, id) AS job_id FROM deliveries
     WHERE id = ANY (ARRAY(SELECT id FROM deliveries WHERE id = ANY ($1::uuid[])
                           UNION ALL SELECT id FROM deliveries WHERE digest_id = ANY ($1::uuid[])))
       -- Not by the index of what is pending, which would be read as a whole.
       AND (status = 'pending') IS TRUE
     ORDER BY id FOR UPDATE
)
UPDATE deliveries SET due_at = new.until, digest_id = NULL, message = NULL, updated_at = now()
  FROM ours JOIN unnest($1::uuid[], $2::timestamptz[]) AS new (id, until) ON new.id = ours.job_id
 WHERE deliveries.id = ours.id;

-- name: reschedule_waiting
-- What waits, by what the recipient wants from now on. In the order of begin_attempts.
WITH ours AS MATERIALIZED (
    SELECT id, alert_id FROM deliveries WHERE destination_id = $1 AND due_at IS NOT NULL ORDER BY id FOR UPDATE
)
UPDATE deliveries SET due_at = new.due_at, updated_at = now()
  FROM ours JOIN alerts ON alerts.id = ours.alert_id
  JOIN unnest($2::text[], $3::timestamptz[]) AS new (score, due_at) ON new.score = alerts.score
 WHERE deliveries.id = ours.id AND deliveries.due_at IS NOT NULL;
