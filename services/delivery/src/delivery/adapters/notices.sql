-- name: admins
-- Who is told: the admins of each workspace, or all of its recipients where nobody is marked as one; the oldest $2.
SELECT id, workspace_id
  FROM (SELECT able.id, able.workspace_id, row_number() OVER (PARTITION BY able.workspace_id ORDER BY able.created_at, able.id) AS place
          FROM (SELECT recipients.id, recipients.workspace_id, recipients.created_at, admin,
                       bool_or(admin) OVER (PARTITION BY recipients.workspace_id) AS has_admins
                  FROM recipients
                 WHERE recipients.workspace_id = ANY ($1::uuid[]) AND enabled
                   AND NOT EXISTS (SELECT 1 FROM suppression_of(recipients.workspace_id, recipients.email))) AS able
         WHERE admin OR NOT has_admins) AS numbered
 WHERE place <= $2
 ORDER BY workspace_id, place;

-- name: insert_notices
INSERT INTO notices (id, workspace_id, channel_id, recipient_id, about, detail, began_at, cause, name)
SELECT id, workspace_id, channel_id, recipient_id, about, detail, began_at, cause, name
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::text[])
       AS new (id, workspace_id, channel_id, recipient_id, about, detail, began_at, cause, name)
 ORDER BY id
ON CONFLICT (id) DO NOTHING;

-- name: load_notice
-- With its recipient as it is at this moment: whoever opted out a second ago gets nothing.
SELECT notices.id, notices.workspace_id, about, detail, began_at, message, tried_at,
       coalesce(channels.type, cause) AS medium, coalesce(channels.name, notices.name) AS name,
       coalesce(channels.url_origin, '') AS url_origin,
       recipients.email, recipients.enabled, recipients.unsubscribe_token, suppression.reason AS suppressed,
       senders.from_address AS own_from, senders.reply_to AS own_reply_to, senders.footer AS own_footer
  FROM notices
  LEFT JOIN channels ON channels.id = notices.channel_id AND channels.workspace_id = notices.workspace_id
  JOIN recipients ON recipients.id = notices.recipient_id AND recipients.workspace_id = notices.workspace_id
  LEFT JOIN LATERAL suppression_of(recipients.workspace_id, recipients.email) AS suppression ON true
  LEFT JOIN senders ON senders.workspace_id = recipients.workspace_id
 WHERE notices.id = $1;

-- name: begin_notice
-- Committed before the call, as for deliveries: what was sent first is what is sent again.
UPDATE notices SET message = coalesce(message, $2), tried_at = coalesce(tried_at, now()) WHERE id = $1
RETURNING message;
