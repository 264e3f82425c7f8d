-- What has a name of its own has an id that is derived from it, and so two indexes that it must be unique in. To insert is
-- therefore a statement without a named conflict: with one, a second caller at the same moment would fail at the other.

-- name: insert_workspace
-- No row: it is there already.
INSERT INTO workspaces (id, slug, name) VALUES ($1, $2, coalesce($3::text, $2))
ON CONFLICT DO NOTHING
RETURNING id, slug, name, created_at, updated_at;

-- name: lock_workspace
-- What it was before a change: whoever changes it at the same time waits, and sees what we have made of it.
SELECT id, slug, name, created_at, updated_at FROM workspaces WHERE id = $1 FOR NO KEY UPDATE;

-- name: rename_workspace
-- Unchanged content leaves the row, and its updated_at, alone; here and below.
UPDATE workspaces SET name = coalesce($2, name), updated_at = CASE WHEN name = coalesce($2, name) THEN updated_at ELSE now() END
 WHERE id = $1
RETURNING id, slug, name, created_at, updated_at;

-- name: get_workspace
SELECT id, slug, name, created_at, updated_at FROM workspaces WHERE id = $1;

-- name: list_workspaces
SELECT id, slug, name, created_at, updated_at FROM workspaces
 WHERE ($1::uuid IS NULL OR id = $1)
   AND ($2::text IS NULL OR slug = $2)
   AND ($4::text IS NULL OR slug > $4)
 ORDER BY slug LIMIT $3;

-- name: insert_topic
INSERT INTO topics (id, name, category) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
RETURNING id, name, category, trend_direction, trend_change_percent, trend_volume, trend_week_start, created_at, updated_at;

-- name: lock_topic
SELECT id, name, category, trend_direction, trend_change_percent, trend_volume, trend_week_start, created_at, updated_at
  FROM topics WHERE id = $1 FOR NO KEY UPDATE;

-- name: change_topic
-- $3: whether a category that is known may be changed. Topics are shared: a workspace's own caller may only fill it in.
UPDATE topics
   SET category = CASE WHEN $3::boolean THEN coalesce($2, category) ELSE coalesce(category, $2) END,
       updated_at = CASE WHEN category IS NOT DISTINCT FROM
                              CASE WHEN $3::boolean THEN coalesce($2, category) ELSE coalesce(category, $2) END
                         THEN updated_at ELSE now() END
 WHERE id = $1
RETURNING id, name, category, trend_direction, trend_change_percent, trend_volume, trend_week_start, created_at, updated_at;

-- name: get_topic
-- $2: a workspace that must have a query about it, or NULL.
SELECT id, name, category, trend_direction, trend_change_percent, trend_volume, trend_week_start, created_at, updated_at
  FROM topics
 WHERE id = $1
   AND ($2::uuid IS NULL OR EXISTS (SELECT 1 FROM queries WHERE topic_id = topics.id AND workspace_id = $2));

-- name: list_topics
-- What one workspace is interested in is not for another to see: $1 leaves only topics that its own queries are about.
SELECT id, name, category, trend_direction, trend_change_percent, trend_volume, trend_week_start, created_at, updated_at
  FROM topics
 WHERE ($1::uuid IS NULL OR EXISTS (SELECT 1 FROM queries WHERE topic_id = topics.id AND workspace_id = $1))
   AND ($2::text IS NULL OR category = $2)
   AND ($4::text IS NULL OR name > $4)
 ORDER BY name LIMIT $3;

-- name: insert_query
INSERT INTO queries (id, workspace_id, topic_id, name, status, filters)
VALUES ($1, $2, $3, $4, coalesce($5::text, 'active'), coalesce($6::jsonb, '{}'))
ON CONFLICT DO NOTHING
RETURNING id;

-- name: change_query
-- What is NULL stays as it is. The statement looks at the row as it is by then, so that two who change different things at
-- once both get what they want.
UPDATE queries
   SET topic_id = coalesce($2, topic_id), status = coalesce($3, status), filters = coalesce($4, filters),
       updated_at = CASE WHEN (topic_id, status, filters)
                            = (coalesce($2, topic_id), coalesce($3, status), coalesce($4, filters))
                         THEN updated_at ELSE now() END
 WHERE id = $1;

-- name: lock_query
SELECT id FROM queries WHERE id = $1 FOR NO KEY UPDATE;

-- name: get_query
SELECT queries.id, workspace_id, queries.name, status, filters, last_run_at, queries.created_at, queries.updated_at,
       topics.id AS topic_id, topics.name AS topic_name, topics.category AS topic_category
  FROM queries JOIN topics ON topics.id = queries.topic_id
 WHERE queries.id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: list_queries
SELECT queries.id, workspace_id, queries.name, status, filters, last_run_at, queries.created_at, queries.updated_at,
       topics.id AS topic_id, topics.name AS topic_name, topics.category AS topic_category
  FROM queries JOIN topics ON topics.id = queries.topic_id
 WHERE ($1::uuid IS NULL OR workspace_id = $1)
   AND ($2::text IS NULL OR status = $2)
   AND ($3::uuid IS NULL OR topic_id = $3)
   AND ($5::uuid IS NULL OR (queries.created_at, queries.id) < ($6::timestamptz, $5))
 ORDER BY queries.created_at DESC, queries.id DESC LIMIT $4;

-- name: queries_to_run
-- For each tick its active queries: all of them, or the one, or the workspace's, that it asks for.
SELECT tick.n, queries.id, queries.workspace_id
  FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS tick (query_id, workspace_id, n)
  JOIN queries ON queries.status = 'active'
              AND (tick.query_id IS NULL OR queries.id = tick.query_id)
              AND (tick.workspace_id IS NULL OR queries.workspace_id = tick.workspace_id)
 ORDER BY tick.n, queries.id;
