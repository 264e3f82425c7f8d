-- name: last_alert
-- The alert $2 rows after $1: what is looked through at once.
SELECT id FROM alerts WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1;

-- name: addresses_in_alerts
-- Everybody's in a part, for who is known by a hash only.
SELECT DISTINCT address FROM alerts CROSS JOIN LATERAL addresses_in(content::text) AS address
 WHERE id > $1 AND ($2::uuid IS NULL OR id <= $2);

-- name: find_alerts_with
SELECT id, content FROM alerts
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4)
   AND content IS NOT NULL AND ($2::uuid IS NULL OR workspace_id = $2)
   AND EXISTS (SELECT 1
                 FROM jsonb_array_elements(jsonb_path_query_array(content -> 'enrichment', '$.contacts[*]')
                                      || jsonb_path_query_array(content -> 'enrichment', '$.primary_contact')) AS contact
                WHERE lower(btrim(contact ->> 'email')) = $1)
 ORDER BY id FOR UPDATE;

-- name: replace_contents
UPDATE alerts SET content = new.content::jsonb
  FROM unnest($1::uuid[], $2::text[]) AS new (id, content)
 WHERE alerts.id = new.id;

-- name: erase_messages
-- Written for earlier attempts; the next attempt writes its own from what is left. Locked in the order of begin_attempts, so
-- that neither waits for the other in a circle.
UPDATE deliveries SET message = NULL, updated_at = now()
 WHERE id = ANY (ARRAY(SELECT id FROM deliveries WHERE message IS NOT NULL AND alert_id = ANY ($1::uuid[])
                        ORDER BY id FOR UPDATE))
RETURNING id;

-- name: erase_digests
-- Written for earlier attempts, as above: those with one of these alerts, or to one of these recipients.
UPDATE digests SET message = NULL
 WHERE id = ANY (ARRAY(SELECT id FROM digests
                        WHERE message IS NOT NULL
                          AND (recipient_id = ANY ($2::uuid[])
                               OR id IN (SELECT digest_id FROM deliveries WHERE alert_id = ANY ($1::uuid[])))
                        ORDER BY id FOR UPDATE))
RETURNING id;

-- name: last_delivery
SELECT id FROM deliveries WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1;

-- name: addresses_in_deliveries
SELECT DISTINCT address FROM deliveries CROSS JOIN LATERAL addresses_in(error) AS address
 WHERE id > $1 AND ($2::uuid IS NULL OR id <= $2);

-- name: erase_from_deliveries
-- Errors that name the person, and messages to them ($6: their recipients). Locked in the order of begin_attempts.
UPDATE deliveries
   SET error = CASE WHEN strpos(lower(error), $1) > 0 THEN $3 ELSE error END,
       message = CASE WHEN destination_id = ANY ($6::uuid[]) THEN NULL ELSE message END,
       updated_at = now()
 WHERE id = ANY (ARRAY(
       SELECT id FROM deliveries
        WHERE id > $4 AND ($5::uuid IS NULL OR id <= $5) AND ($2::uuid IS NULL OR workspace_id = $2)
          AND (strpos(lower(error), $1) > 0 OR (message IS NOT NULL AND destination_id = ANY ($6::uuid[])))
        ORDER BY id FOR UPDATE))
RETURNING id;

-- name: addresses_of_recipients
SELECT lower(btrim(email)) AS address FROM recipients
UNION
SELECT lower(btrim(email)) FROM suppressions;

-- name: addresses_of_senders
SELECT DISTINCT address FROM senders CROSS JOIN LATERAL addresses_in(concat_ws(' ', from_address, reply_to, footer)) AS address;

-- name: find_senders
-- Of workspaces whose e-mails come from the person, or are answered to them; and what of it is left without them.
SELECT workspace_id,
       CASE WHEN $1::text IN (SELECT addresses_in(from_address)) THEN NULL ELSE from_address END AS own_from,
       CASE WHEN $1::text IN (SELECT addresses_in(reply_to)) THEN NULL ELSE reply_to END AS own_reply_to,
       CASE WHEN $1::text IN (SELECT addresses_in(footer)) THEN NULL ELSE footer END AS own_footer
  FROM senders
 WHERE ($2::uuid IS NULL OR workspace_id = $2)
   AND $1::text IN (SELECT addresses_in(concat_ws(' ', from_address, reply_to, footer)))
 ORDER BY workspace_id FOR UPDATE;

-- name: delete_recipients
DELETE FROM recipients WHERE lower(email) = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;

-- name: delete_suppressions
-- Not needed any more: an address that was erased gets no recipient.
DELETE FROM suppressions WHERE lower(email) = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id;

-- name: find_recipients
SELECT workspace_id, email FROM recipients WHERE lower(email) = $1 AND ($2::uuid IS NULL OR workspace_id = $2) ORDER BY id;

-- What follows shows what a part of a table has of a person ($1), of one workspace or (null) of all ($2).

-- name: show_recipients
SELECT 'recipients' AS store, workspace_id, NULL::uuid AS lead_id, NULL::integer AS revision, NULL::text AS provider,
       created_at AS collected_at,
       jsonb_build_object('email', email, 'full_name', full_name, 'min_score', min_score, 'enabled', enabled,
                          'preferences', preferences) AS facts
  FROM recipients WHERE lower(email) = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
 ORDER BY id;

-- name: show_suppressions
SELECT 'suppressions' AS store, workspace_id, NULL::uuid AS lead_id, NULL::integer AS revision, NULL::text AS provider,
       created_at AS collected_at, jsonb_build_object('email', email, 'reason', reason, 'everywhere', everywhere) AS facts
  FROM suppressions WHERE lower(email) = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
 ORDER BY id;

-- name: show_senders
SELECT 'senders' AS store, workspace_id, NULL::uuid AS lead_id, NULL::integer AS revision, NULL::text AS provider,
       created_at AS collected_at,
       jsonb_build_object('from_address', from_address, 'reply_to', reply_to, 'footer', footer) AS facts
  FROM senders
 WHERE ($2::uuid IS NULL OR workspace_id = $2) AND $1::text IN (SELECT addresses_in(concat_ws(' ', from_address, reply_to, footer)))
 ORDER BY workspace_id;

-- name: show_alerts
SELECT 'alerts' AS store, workspace_id, lead_id, revision,
       coalesce(contact ->> 'provider', content -> 'enrichment' ->> 'provider') AS provider,
       coalesce(contact ->> 'collected_at', content -> 'enrichment' ->> 'enriched_at')::timestamptz AS collected_at,
       contact - '{provider, collected_at}'::text[] AS facts
  FROM alerts
       CROSS JOIN LATERAL (SELECT DISTINCT contact
                             FROM jsonb_array_elements(jsonb_path_query_array(content -> 'enrichment', '$.contacts[*]')
                                                  || jsonb_path_query_array(content -> 'enrichment', '$.primary_contact')) AS contact
                            WHERE lower(btrim(contact ->> 'email')) = $1) AS people
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4)
   AND content IS NOT NULL AND ($2::uuid IS NULL OR workspace_id = $2)
 ORDER BY id;

-- name: show_deliveries
-- What was sent to them, and errors that name them. Who they are as recipients is asked once, and not for each row.
WITH theirs AS MATERIALIZED (
    SELECT coalesce(array_agg(id), '{}') AS ids FROM recipients WHERE lower(email) = $1
)
SELECT 'deliveries' AS store, workspace_id, lead_id, revision, NULL::text AS provider, delivered_at AS collected_at,
       jsonb_build_object('channel', channel, 'status', status, 'error', error,
                          'to_them', destination_id = ANY (theirs.ids)) AS facts
  FROM deliveries CROSS JOIN theirs
 WHERE id > $3 AND ($4::uuid IS NULL OR id <= $4) AND ($2::uuid IS NULL OR workspace_id = $2)
   AND (strpos(lower(error), $1) > 0 OR destination_id = ANY (theirs.ids))
 ORDER BY id;

-- name: disclosures
-- What went out of leads that somebody is in: of a revision, where that is known. What may have gone out is among it. No more
-- than a lead has destinations.
SELECT deliveries.id, deliveries.workspace_id, deliveries.lead_id, deliveries.revision, channel, destination_id,
       coalesce(channels.name, recipients.email) AS destination, channels.url_origin AS origin, deliveries.status,
       coalesce(delivered_at, deliveries.updated_at) AS at
  FROM (SELECT DISTINCT lead_id, revision FROM unnest($1::uuid[], $2::integer[]) AS given (lead_id, revision)) AS known
  JOIN deliveries ON deliveries.lead_id = known.lead_id AND deliveries.revision = coalesce(known.revision, deliveries.revision)
  LEFT JOIN channels ON channels.id = destination_id
  LEFT JOIN recipients ON recipients.id = destination_id
  LEFT JOIN digests ON digests.id = digest_id
 WHERE ($3::uuid IS NULL OR deliveries.workspace_id = $3)
   AND (deliveries.status = 'delivered' OR deliveries.in_doubt_since IS NOT NULL OR digests.in_doubt_since IS NOT NULL
        OR unanswered > 0)
 ORDER BY at, deliveries.id;
