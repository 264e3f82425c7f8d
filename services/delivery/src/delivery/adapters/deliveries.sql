-- name: load_deliveries
-- With their destinations as they are at this moment: whoever opted out a second ago gets nothing.
SELECT deliveries.id, deliveries.channel, deliveries.destination_id, deliveries.workspace_id, deliveries.status,
       deliveries.created_at, deliveries.message, deliveries.in_doubt_since, deliveries.unanswered, deliveries.counted_on, deliveries.batch_id,
       deliveries.fate, deliveries.generation,
       alerts.score, due_at IS NOT NULL OR digest_id IS NOT NULL AS is_in_digest,
       CASE WHEN deliveries.message IS NULL THEN alerts.content END AS content,
       recipients.email, recipients.enabled, recipients.min_score, recipients.preferences, recipients.unsubscribe_token,
       suppression.reason AS suppressed,
       senders.from_address AS own_from, senders.reply_to AS own_reply_to, senders.footer AS own_footer,
       channels.status AS channel_status, channels.disabled_reason, channels.updated_at AS channel_changed_at,
       channels.url, channels.secrets,
       channels.previous_secret_until
  FROM deliveries
  JOIN alerts ON alerts.id = deliveries.alert_id
  LEFT JOIN recipients
    ON deliveries.channel = 'email' AND recipients.id = deliveries.destination_id
   AND recipients.workspace_id = deliveries.workspace_id
  LEFT JOIN LATERAL suppression_of(recipients.workspace_id, recipients.email) AS suppression ON true
  LEFT JOIN senders ON senders.workspace_id = recipients.workspace_id
  LEFT JOIN channels
    ON deliveries.channel <> 'email' AND channels.id = deliveries.destination_id
   AND channels.workspace_id = deliveries.workspace_id
 WHERE deliveries.id = ANY ($1::uuid[]);

-- name: begin_attempts
-- Committed before the call: whoever dies during it leaves the doubt behind. The message of the first attempt stays, even
-- when a worker that was taken for dead writes one at the same time; and so does the batch it went out in (null: alone), as
-- long as there is doubt. In the order of their ids: whoever writes to many in another order would wait in a circle. Not what was
-- delivered since it was loaded. Whether it was in doubt before is told by the row that there is now, not by one that was read.
UPDATE deliveries
   SET message = coalesce(deliveries.message, new.message),
       in_doubt_since = CASE WHEN new.renewed THEN now() ELSE coalesce(deliveries.in_doubt_since, now()) END,
       batch_id = CASE WHEN new.renewed OR deliveries.in_doubt_since IS NULL THEN new.batch_id ELSE deliveries.batch_id END,
       generation = greatest(deliveries.generation, new.generation),
       -- What is sent although an earlier e-mail may be under way, or has failed, is another one.
       fate = CASE WHEN new.renewed THEN NULL ELSE deliveries.fate END,
       fate_at = CASE WHEN new.renewed THEN NULL ELSE deliveries.fate_at END,
       receipt = CASE WHEN new.renewed THEN NULL ELSE deliveries.receipt END,
       ask_at = CASE WHEN new.renewed THEN NULL ELSE deliveries.ask_at END,
       updated_at = now()
  FROM (SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::boolean[], $4::uuid[], $5::smallint[])
                  AS each (id, message, renewed, batch_id, generation)
         ORDER BY id) AS new
 WHERE deliveries.id = new.id AND deliveries.status <> 'delivered'
RETURNING deliveries.id, deliveries.message, deliveries.batch_id, deliveries.in_doubt_since <> now() AS was_in_doubt;

-- name: in_doubt_of_batch
-- What a batch still has to be sent again for. What has left it, because its end is known or nobody wants it, never comes back.
SELECT id FROM deliveries WHERE batch_id = $1 AND in_doubt_since IS NOT NULL ORDER BY id;

-- name: leave_batch
-- Its batch goes on without it: whether it was sent with the first attempt is not to be known any more.
UPDATE deliveries SET batch_id = $3, updated_at = now()
 WHERE id = ANY (ARRAY(SELECT id FROM deliveries WHERE id = ANY ($1::uuid[]) AND batch_id = $2 ORDER BY id FOR UPDATE));

-- name: write_progress
-- The alerts of what ends are locked before anything is written, in the order of their ids, so that two replicas never wait
-- for each other in a circle. The next statement sees all that whoever had the locks before has written: of two that end the
-- last deliveries of an alert at the same time one at least finds them all ended, and only the later one. What Resend has
-- told of an e-mail counts for more than the answer to the call, which may come later.
WITH new AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::boolean[], $5::boolean[], $6::text[], $7::text[],
                         $8::text[], $9::integer[], $10::timestamptz[])
        AS each (id, status, tried, unanswered, certain, receipt, error_class, error, status_code, at)
), locked AS MATERIALIZED (
    SELECT id FROM alerts
     WHERE id IN (SELECT alert_id FROM deliveries JOIN new USING (id) WHERE new.status IS NOT NULL)
     ORDER BY id FOR UPDATE
)
UPDATE deliveries
   SET status = coalesce(new.status, deliveries.status),
       attempts = deliveries.attempts + new.tried::integer,
       unanswered = deliveries.unanswered + new.unanswered::integer,
       due_at = CASE WHEN new.status IS NULL THEN deliveries.due_at END,
       in_doubt_since = CASE WHEN new.certain OR new.status = 'delivered' THEN NULL ELSE deliveries.in_doubt_since END,
       message = CASE WHEN new.status = 'delivered' THEN NULL ELSE deliveries.message END,
       delivered_at = CASE WHEN new.status = 'delivered' THEN new.at END,
       receipt = new.receipt,
       ask_at = CASE WHEN new.status = 'delivered' AND deliveries.channel = 'email' AND new.receipt IS NOT NULL THEN new.at + $11::interval END,
       error_class = new.error_class,
       error = new.error,
       status_code = new.status_code,
       updated_at = now()
  FROM new JOIN deliveries AS old ON old.id = new.id
 WHERE deliveries.id = new.id AND deliveries.status <> 'delivered' AND coalesce(deliveries.fate, 'delayed') = 'delayed'
   AND (SELECT count(*) FROM locked) >= 0
RETURNING deliveries.id, deliveries.alert_id, deliveries.channel, deliveries.status, old.status AS status_before,
          (SELECT channels.status = 'disabled' OR troubles.channel_id IS NOT NULL
             FROM channels LEFT JOIN troubles ON troubles.channel_id = channels.id
            WHERE channels.id = deliveries.destination_id) AS is_troubled;

-- name: newly_held
-- Deliveries that a pause holds which has lasted for $2, or surely will, because the destination is gone; each with the
-- pause; and those that wait for a digest, which is not due sooner. deliveries_waiting has what is not held yet: where that is little it is read as a whole, else it is asked for each pause.
WITH lasting AS MATERIALIZED (
    SELECT scope, reason, detail FROM pauses
     WHERE (until IS NULL OR until > now()) AND (reason = 'destination_gone' OR created_at < now() - $2::interval)
)
SELECT deliveries.id, lasting.reason, lasting.detail, NULL::timestamptz AS due_at
  FROM lasting
  JOIN channels ON channels.id = CASE WHEN scope LIKE 'destination:%' THEN substr(scope, 13)::uuid END
  JOIN deliveries ON deliveries.channel = channels.type AND deliveries.workspace_id = channels.workspace_id
   AND deliveries.destination_id = channels.id AND deliveries.status = 'pending' AND held_reason IS NULL
  JOIN jobs ON jobs.id = coalesce(deliveries.digest_id, deliveries.id) AND jobs.state = 'ready'
UNION ALL
SELECT deliveries.id, lasting.reason, lasting.detail, NULL
  FROM lasting
  JOIN deliveries ON deliveries.workspace_id = CASE WHEN scope LIKE 'workspace:%' THEN substr(scope, 11)::uuid
                                                    WHEN scope LIKE 'provider:resend:%' THEN substr(scope, 17)::uuid END
   AND deliveries.channel = ANY (CASE WHEN scope LIKE 'workspace:%' THEN '{email,slack,webhook}' ELSE '{email}' END::text[])
   AND deliveries.status = 'pending' AND held_reason IS NULL
  JOIN jobs ON jobs.id = coalesce(deliveries.digest_id, deliveries.id) AND jobs.state = 'ready'
 WHERE scope LIKE 'workspace:%' OR scope LIKE 'provider:resend:%'
UNION ALL
SELECT deliveries.id, lasting.reason, lasting.detail, NULL
  FROM lasting
  JOIN deliveries ON deliveries.status = 'pending' AND held_reason IS NULL
   AND (scope = 'all' OR scope = 'kind:deliver-' || deliveries.channel
        OR (scope = 'provider:resend' AND deliveries.channel = 'email'))
  JOIN jobs ON jobs.id = coalesce(deliveries.digest_id, deliveries.id) AND jobs.state = 'ready'
 WHERE scope = 'all' OR scope LIKE 'kind:%' OR scope = 'provider:resend'
UNION ALL
SELECT id, NULL, NULL, due_at
  FROM deliveries WHERE due_at > now() + $2::interval AND held_reason IS NULL
 LIMIT $1;

-- name: lock_alerts
-- Of what these jobs are about, in the order of write_progress: before any of the deliveries is.
SELECT id FROM alerts
 WHERE id IN (SELECT alert_id FROM deliveries WHERE id = ANY ($1::uuid[])
              UNION ALL SELECT alert_id FROM deliveries WHERE digest_id = ANY ($1::uuid[]))
 ORDER BY id FOR UPDATE;

-- name: hold_deliveries
-- Not what has ended since it was found. The alerts are locked as in write_progress, and the deliveries in the order of
-- begin_attempts.
WITH locked AS MATERIALIZED (
    SELECT id FROM alerts
     WHERE id IN (SELECT alert_id FROM deliveries WHERE id = ANY ($1::uuid[]))
     ORDER BY id FOR UPDATE
), ours AS MATERIALIZED (
    SELECT id FROM deliveries WHERE id = ANY ($1::uuid[]) AND (SELECT count(*) FROM locked) >= 0
     ORDER BY id FOR UPDATE
)
UPDATE deliveries SET held_reason = new.reason, updated_at = now()
  FROM unnest($1::uuid[], $2::text[]) AS new (id, reason)
 WHERE deliveries.id = new.id AND deliveries.status = 'pending' AND held_reason IS NULL
   AND (SELECT count(*) FROM ours) >= 0
RETURNING deliveries.id, deliveries.alert_id, deliveries.channel;

-- name: lock_emailed
-- What was sent by one e-mail: as we have tagged it ($1; a digest: $3), which is there before its answer is, or as Resend
-- calls it ($2). The alerts are locked as in write_progress: what the next statement sees is all that was written before.
WITH found AS MATERIALIZED (
    SELECT id, alert_id, workspace_id FROM deliveries
     WHERE id = $1 AND channel = 'email' AND (receipt IS NULL OR $2::text IS NULL OR receipt = $2)
    UNION
    SELECT id, alert_id, workspace_id FROM deliveries
     WHERE digest_id = $3 AND (receipt IS NULL OR $2::text IS NULL OR receipt = $2)
    UNION
    SELECT id, alert_id, workspace_id FROM deliveries WHERE channel = 'email' AND receipt = $2
), locked AS MATERIALIZED (
    SELECT id FROM alerts WHERE id IN (SELECT alert_id FROM found) ORDER BY id FOR UPDATE
)
SELECT found.id, found.workspace_id FROM found JOIN locked ON locked.id = found.alert_id;

-- name: write_fate
-- The one that comes later in $3 outweighs the other, whichever was heard first; of two that are the same, the earlier. Nothing
-- comes back where that changes nothing. In the order of begin_attempts.
UPDATE deliveries
   SET fate = $2, fate_at = $4,
       status = coalesce($5, deliveries.status),
       receipt = coalesce(deliveries.receipt, $6),
       delivered_at = CASE $5 WHEN 'delivered' THEN coalesce(deliveries.delivered_at, $4) WHEN 'failed' THEN NULL
                              ELSE deliveries.delivered_at END,
       attempts = CASE WHEN $5 IS NULL THEN deliveries.attempts ELSE greatest(deliveries.attempts, 1) END,
       in_doubt_since = CASE WHEN $5 IS NULL THEN deliveries.in_doubt_since END,
       message = CASE WHEN $5 IS DISTINCT FROM 'delivered' THEN deliveries.message END,
       error_class = CASE $5 WHEN 'delivered' THEN NULL WHEN 'failed' THEN $2 ELSE deliveries.error_class END,
       error = CASE $5 WHEN 'delivered' THEN NULL WHEN 'failed' THEN $7 ELSE deliveries.error END,
       status_code = CASE WHEN $5 IS NULL THEN deliveries.status_code END,
       ask_at = CASE WHEN $5 IS NULL THEN deliveries.ask_at END,
       updated_at = now()
  FROM (SELECT id, status, fate, fate_at FROM deliveries WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE) AS old
 WHERE deliveries.id = old.id
   AND (old.fate IS NULL OR array_position($3::text[], old.fate) < array_position($3::text[], $2)
        OR (old.fate = $2 AND $4 < old.fate_at))
RETURNING deliveries.id, deliveries.alert_id, deliveries.channel, deliveries.status, old.status AS status_before,
          old.fate AS fate_before;

-- name: alerts_with_unheard_emails
-- Of these, those with an e-mail of which Resend has told nothing yet.
SELECT DISTINCT alert_id FROM deliveries
 WHERE alert_id = ANY ($1::uuid[]) AND channel = 'email' AND status = 'delivered' AND coalesce(fate, 'delayed') = 'delayed';

-- name: claim_unheard
-- E-mails that are to be asked for, which are then to be asked for after the next of $3; what was sent by one e-mail is asked for
-- once. The newest due first: where there are more than can be asked for, Resend still knows these. None while some of the
-- kind $4 wait, or while Resend rests. In the order of begin_attempts; whoever waits here for another replica finds nothing.
WITH due AS MATERIALIZED (
    SELECT DISTINCT receipt
      FROM (SELECT receipt FROM deliveries WHERE ask_at <= $1 ORDER BY ask_at DESC LIMIT $2) AS newest
     WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE kind = $4 AND state = 'ready')
       AND NOT EXISTS (SELECT 1 FROM pauses WHERE (until IS NULL OR until > now())
                          AND scope IN ('all', 'kind:' || $4, 'provider:resend'))
), ours AS MATERIALIZED (
    SELECT id, ask_at FROM deliveries
     WHERE channel = 'email' AND receipt = ANY (ARRAY(SELECT receipt FROM due)) AND ask_at <= $1
     ORDER BY id FOR UPDATE
), claimed AS (
    UPDATE deliveries
       SET ask_at = (SELECT min(delivered_at + after) FROM unnest($3::interval[]) AS after WHERE delivered_at + after > $1)
      FROM ours WHERE deliveries.id = ours.id
    RETURNING receipt, workspace_id, ours.ask_at
)
SELECT receipt, min(ask_at) AS ask_at, (array_agg(workspace_id))[1] AS workspace_id FROM claimed GROUP BY receipt ORDER BY receipt;

-- name: stop_asking
-- Resend knows it no more.
UPDATE deliveries SET ask_at = NULL
 WHERE id = ANY (ARRAY(SELECT id FROM deliveries WHERE channel = 'email' AND receipt = $1 AND ask_at IS NOT NULL ORDER BY id FOR UPDATE));

-- name: give_up_asking
-- What could not be asked for in time.
WITH old AS MATERIALIZED (
    SELECT id FROM deliveries WHERE ask_at < now() - $1::interval ORDER BY ask_at LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    UPDATE deliveries SET ask_at = NULL FROM old WHERE deliveries.id = old.id RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: list_deliveries
-- Newest first; the key of the last row seen goes in as ($6, $7). By fate it goes by deliveries_fates.
SELECT id, workspace_id, lead_id, revision, channel, destination_id,
       CASE WHEN status = 'pending' AND held_reason IS NOT NULL THEN 'held' ELSE status END AS status, attempts, receipt, error_class,
       CASE WHEN status = 'pending' THEN coalesce(held_reason, error) ELSE error END AS error,
       CASE WHEN status = 'pending' THEN
            (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM pauses
              WHERE (until IS NULL OR until > now())
                AND scope IN ('all', 'kind:deliver-' || channel, 'workspace:' || workspace_id::text,
                              CASE channel WHEN 'email' THEN 'provider:resend' ELSE 'destination:' || destination_id::text END,
                              CASE channel WHEN 'email' THEN 'provider:resend:' || workspace_id::text END))
       END AS held_by,
       status_code, delivered_at, created_at, updated_at, due_at, digest_id,
       CASE channel WHEN 'email' THEN coalesce(fate, CASE status WHEN 'delivered' THEN 'accepted' END) END AS fate, fate_at
  FROM deliveries
 WHERE ($1::uuid IS NULL OR workspace_id = $1)
   AND ($2::uuid IS NULL OR lead_id = $2)
   AND ($3::text IS NULL OR status = CASE $3 WHEN 'held' THEN 'pending' ELSE $3 END)
   AND ($3 IS DISTINCT FROM 'held' OR held_reason IS NOT NULL)
   AND ($3 IS DISTINCT FROM 'pending' OR held_reason IS NULL)
   AND ($4::text IS NULL OR channel = $4)
   AND ($6::timestamptz IS NULL OR (created_at, id) < ($6, $7::uuid))
   AND ($8::text IS NULL OR CASE channel WHEN 'email' THEN coalesce(fate, CASE status WHEN 'delivered' THEN 'accepted' END) END = $8)
 ORDER BY created_at DESC, id DESC
 LIMIT $5;

-- name: get_delivery
SELECT id, workspace_id, lead_id, revision, channel, destination_id,
       CASE WHEN status = 'pending' AND held_reason IS NOT NULL THEN 'held' ELSE status END AS status, attempts, receipt, error_class,
       CASE WHEN status = 'pending' THEN coalesce(held_reason, error) ELSE error END AS error,
       CASE WHEN status = 'pending' THEN
            (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM pauses
              WHERE (until IS NULL OR until > now())
                AND scope IN ('all', 'kind:deliver-' || channel, 'workspace:' || workspace_id::text,
                              CASE channel WHEN 'email' THEN 'provider:resend' ELSE 'destination:' || destination_id::text END,
                              CASE channel WHEN 'email' THEN 'provider:resend:' || workspace_id::text END))
       END AS held_by,
       status_code, delivered_at, created_at, updated_at, due_at, digest_id,
       CASE channel WHEN 'email' THEN coalesce(fate, CASE status WHEN 'delivered' THEN 'accepted' END) END AS fate, fate_at
  FROM deliveries WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: sum_up_deliveries
-- The newest $3 of those made since $2, by destination; where there were as many, `oldest` is since when all are counted.
-- Busiest first, and the last error of each by an index of its own.
WITH newest AS (
    SELECT workspace_id, channel, destination_id, status, created_at FROM deliveries
     WHERE created_at >= $2 AND ($1::uuid IS NULL OR workspace_id = $1)
     ORDER BY created_at DESC, id DESC LIMIT $3
), counted AS (
    SELECT workspace_id, channel, destination_id, count(*) AS total, min(created_at) AS oldest,
           count(*) FILTER (WHERE status = 'delivered') AS delivered,
           count(*) FILTER (WHERE status = 'failed') AS failed,
           count(*) FILTER (WHERE status = 'pending') AS pending,
           count(*) FILTER (WHERE status = 'cancelled') AS cancelled
      FROM newest GROUP BY workspace_id, channel, destination_id
), busiest AS (
    SELECT counted.*, sum(total) OVER () AS read, min(oldest) OVER () AS since
      FROM counted ORDER BY total DESC, destination_id LIMIT $4
)
SELECT busiest.workspace_id, busiest.channel, busiest.destination_id, delivered, failed, pending, cancelled, read, since,
       last.error AS last_error, last.updated_at AS last_error_at
  FROM busiest
  LEFT JOIN LATERAL (SELECT error, updated_at FROM deliveries
                      WHERE destination_id = busiest.destination_id AND error IS NOT NULL
                      ORDER BY updated_at DESC LIMIT 1) AS last ON true
 ORDER BY total DESC, busiest.destination_id;
