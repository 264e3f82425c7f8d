-- name: upsert_leads
-- Whatever the order of the records, the highest revision stays; the same record again changes nothing.
INSERT INTO leads (id, workspace_id, revision, event)
SELECT id, workspace_id, revision, event::jsonb
  FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[]) AS new (id, workspace_id, revision, event)
 ORDER BY id
ON CONFLICT (id) DO UPDATE
   SET revision = excluded.revision, event = excluded.event, updated_at = now()
 WHERE leads.revision < excluded.revision AND leads.workspace_id = excluded.workspace_id;

-- name: get_lead
SELECT id, workspace_id, revision, event FROM leads WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);
