-- name: insert_arrivals
INSERT INTO arrivals (id, workspace_id, origin_id, items)
SELECT id, $2, $3, items::jsonb FROM unnest($1::uuid[], $4::text[]) AS new (id, items)
ON CONFLICT (id) DO NOTHING;

-- name: get_items
-- By the id of a job that the caller has claimed.
SELECT items FROM arrivals WHERE id = $1;

-- name: drop_arrivals
DELETE FROM arrivals WHERE id = ANY ($1::uuid[]);

-- name: arrivals_of
SELECT id FROM arrivals WHERE origin_id = $1 ORDER BY id;

-- name: drop_arrivals_of
DELETE FROM arrivals WHERE origin_id = $1;
