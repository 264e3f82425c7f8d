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
