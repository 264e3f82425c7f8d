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

-- name: join_digests
-- As bind_deliveries, to digests that wait: they are of a longer window now, and as urgent as the most urgent lead in them.
-- Whoever has one in hand has not begun: their job is locked by open_digests.
WITH ours AS MATERIALIZED (
    SELECT id FROM deliveries WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
), joined AS (
    UPDATE deliveries SET digest_id = new.digest_id, due_at = NULL, updated_at = now()
      FROM unnest($1::uuid[], $2::uuid[]) AS new (id, digest_id)
     WHERE deliveries.id = new.id AND due_at <= $4 AND (SELECT count(*) FROM ours) >= 0
    RETURNING new.digest_id
), sooner AS (
    UPDATE jobs SET priority = least(jobs.priority, new.priority)
      FROM (SELECT digest_id, min(priority) AS priority FROM unnest($2::uuid[], $3::smallint[]) AS each (digest_id, priority)
             GROUP BY digest_id) AS new
     WHERE jobs.id = new.digest_id
)
UPDATE digests SET window_end = $4 WHERE id IN (SELECT digest_id FROM joined);

-- name: open_digests
-- Of each recipient the last that nobody has begun to write, and how many leads are in it. Whoever is about to begin is not
-- waited for.
SELECT found.id, recipient.id AS recipient_id, found.leads
  FROM unnest($1::uuid[]) AS recipient (id)
 CROSS JOIN LATERAL (
    SELECT digests.id, theirs.leads
      FROM digests JOIN jobs ON jobs.id = digests.id
     CROSS JOIN LATERAL (SELECT count(*) AS leads, bool_and(status = 'pending') AS is_open
                           FROM deliveries WHERE digest_id = digests.id) AS theirs
     WHERE recipient_id = recipient.id AND message IS NULL AND sent_at IS NULL AND in_doubt_since IS NULL
       -- Not by the index of what is ready, which would be read as a whole.
       AND (jobs.state = 'ready') IS TRUE AND theirs.is_open
     ORDER BY digests.created_at DESC, digests.id
     LIMIT 1
       FOR UPDATE OF digests, jobs SKIP LOCKED) AS found;

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
-- As begin_attempts: committed before the call, and the first message stays. Not what was written before others joined.
WITH new AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::boolean[], $4::smallint[], $5::timestamptz[])
               AS each (id, message, renewed, generation, window_end)
     ORDER BY id
), ours AS MATERIALIZED (
    SELECT id FROM deliveries
     WHERE digest_id = ANY (ARRAY(SELECT id FROM new WHERE renewed)) AND status <> 'delivered' ORDER BY id FOR UPDATE
), another AS (
    UPDATE deliveries SET fate = NULL, fate_at = NULL, ask_at = NULL, receipt = NULL, updated_at = now()
      FROM ours WHERE deliveries.id = ours.id
)
UPDATE digests
   SET message = coalesce(digests.message, new.message),
       in_doubt_since = CASE WHEN new.renewed THEN now() ELSE coalesce(digests.in_doubt_since, now()) END,
       generation = greatest(digests.generation, new.generation)
  FROM new
 WHERE digests.id = new.id AND digests.window_end = new.window_end
RETURNING digests.id, digests.message;

-- name: count_mails
-- So many more of their recipients' days, if their caps let them: those that come first. Never of a day before one that was
-- counted: clocks are not in step around midnight. Once for an e-mail and day, whichever of the two it is. In the order of
-- begin_attempts.
WITH locked AS MATERIALIZED (
    SELECT id, mails, mails_on FROM recipients WHERE id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE
), new AS (
    SELECT each.id, recipient_id, day, cap, max(day) OVER (PARTITION BY recipient_id) AS last_day,
           CASE WHEN locked.mails_on = day THEN locked.mails ELSE 0 END
               + row_number() OVER (PARTITION BY recipient_id, day ORDER BY place) AS mails
      FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::integer[]) WITH ORDINALITY
           AS each (id, recipient_id, day, cap, place)
      JOIN locked ON locked.id = recipient_id
     WHERE locked.mails_on IS NULL OR locked.mails_on <= day
), counted AS MATERIALIZED (
    SELECT id, recipient_id, day, mails FROM new WHERE day = last_day AND mails <= cap
), as_recipient AS (
    UPDATE recipients SET mails = theirs.mails, mails_on = theirs.day
      FROM (SELECT recipient_id, day, max(mails) AS mails FROM counted GROUP BY recipient_id, day) AS theirs
     WHERE recipients.id = theirs.recipient_id
), ours AS MATERIALIZED (
    SELECT id FROM deliveries WHERE id = ANY (ARRAY(SELECT id FROM counted)) ORDER BY id FOR UPDATE
), as_delivery AS (
    UPDATE deliveries SET counted_on = counted.day FROM ours JOIN counted USING (id) WHERE deliveries.id = ours.id
), as_digest AS (
    UPDATE digests SET counted_on = counted.day FROM counted WHERE digests.id = counted.id
)
SELECT id FROM counted;

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
UPDATE deliveries
   SET due_at = new.until, digest_id = NULL, message = NULL,
       -- What was said of it is so no more.
       held_reason = CASE WHEN held_reason IS NOT NULL THEN new.reason END, updated_at = now()
  FROM ours JOIN unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS new (id, until, reason) ON new.id = ours.job_id
 WHERE deliveries.id = ours.id;

-- name: reschedule_waiting
-- What waits, by what the recipient wants from now on. In the order of begin_attempts.
WITH ours AS MATERIALIZED (
    SELECT id, alert_id FROM deliveries WHERE destination_id = $1 AND due_at IS NOT NULL ORDER BY id FOR UPDATE
)
UPDATE deliveries
   SET due_at = new.due_at, held_reason = CASE WHEN held_reason IS NOT NULL THEN new.reason END, updated_at = now()
  FROM ours JOIN alerts ON alerts.id = ours.alert_id
  JOIN unnest($2::text[], $3::timestamptz[], $4::text[]) AS new (score, due_at, reason) ON new.score = alerts.score
 WHERE deliveries.id = ours.id AND deliveries.due_at IS NOT NULL;
