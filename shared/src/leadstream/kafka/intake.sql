-- name: bind_leads
-- The first record of a lead binds it; DO NOTHING leaves the binding of whoever came first, in this batch or before.
INSERT INTO lead_bindings (lead_id, workspace_id)
SELECT DISTINCT ON (lead_id) lead_id, workspace_id
  FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS new (lead_id, workspace_id, n)
 ORDER BY lead_id, n
ON CONFLICT (lead_id) DO NOTHING;

-- name: get_bindings
-- Gone is a lead that was deleted, and one of a workspace that is being deleted; or was (`removed_at`), if it is not news
-- of after that: who makes the workspace anew begins anew.
SELECT lead_id, lead_bindings.workspace_id,
       gone_at IS NOT NULL OR (removals.workspace_id IS NOT NULL AND removals.ended_at IS NULL) AS is_gone,
       removals.ended_at AS removed_at
  FROM lead_bindings LEFT JOIN removals ON removals.workspace_id = lead_bindings.workspace_id
 WHERE lead_id = ANY ($1::uuid[]);

-- name: note_dead_letters
-- Gives back the records that were not set aside before.
INSERT INTO dead_letters (topic, partition, record_offset, record_time, reason, error)
SELECT topic, partition, record_offset, record_time, reason, error
  FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
       AS new (topic, partition, record_offset, record_time, reason, error)
ON CONFLICT DO NOTHING
RETURNING topic, partition, record_offset;

-- name: list_dead_letters
-- Newest first; the key of the last row seen goes in as ($5 to $9).
SELECT topic, partition, record_offset, record_time, reason, error, created_at FROM dead_letters
 WHERE ($1::text IS NULL OR topic = $1)
   AND ($2::text IS NULL OR reason = $2)
   AND ($3::timestamptz IS NULL OR created_at >= $3)
   AND ($5::timestamptz IS NULL
        OR (created_at, topic, partition, record_offset, record_time) < ($5, $6::text, $7::integer, $8::bigint, $9::bigint))
 ORDER BY created_at DESC, topic DESC, partition DESC, record_offset DESC, record_time DESC
 LIMIT $4;

-- name: get_dead_letters
SELECT topic, partition, record_offset, record_time, reason, error, created_at
  FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[]) AS wanted (topic, partition, record_offset, record_time)
  JOIN dead_letters USING (topic, partition, record_offset, record_time);
