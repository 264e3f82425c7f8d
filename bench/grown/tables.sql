-- name: lead_state
INSERT INTO lead_state (lead_id, workspace_id, revision, status, document)
SELECT bench.id(4, n), bench.workspace(n), 1, 'skipped', ('{"lead_id": "' || bench.id(4, n) || '", ' || bench.contacts(n) || '}')::jsonb
  FROM generate_series($1::bigint, $2::bigint) AS n;
