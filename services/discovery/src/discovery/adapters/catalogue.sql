-- name: upsert_workspace
-- xmax is 0 in a row that was inserted. Unchanged content leaves the row, and its updated_at, alone.
INSERT INTO workspaces (id, slug, name) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE
   SET name = excluded.name,
       updated_at = CASE WHEN workspaces.name = excluded.name THEN workspaces.updated_at ELSE now() END
RETURNING id, slug, name, created_at, updated_at;

-- name: get_workspace
SELECT id, slug, name, created_at, updated_at FROM workspaces WHERE id = $1;

-- name: list_workspaces
SELECT id, slug, name, created_at, updated_at FROM workspaces
 WHERE ($1::uuid IS NULL OR id = $1)
   AND ($2::text IS NULL OR slug = $2)
   AND ($4::text IS NULL OR slug > $4)
 ORDER BY slug LIMIT $3;

-- name: upsert_topic
-- $4: whether a category that is known may be changed. Topics are shared: a workspace's own caller may only fill it in.
INSERT INTO topics (id, name, category) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE
   SET category = CASE WHEN $4::boolean THEN coalesce(excluded.category, topics.category)
                       ELSE coalesce(topics.category, excluded.category) END,
       updated_at = CASE WHEN topics.category IS NOT DISTINCT FROM
                              CASE WHEN $4::boolean THEN coalesce(excluded.category, topics.category)
                                   ELSE coalesce(topics.category, excluded.category) END
                         THEN topics.updated_at ELSE now() END
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

-- name: upsert_query
INSERT INTO queries (id, workspace_id, topic_id, name, status, filters) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE
   SET topic_id = excluded.topic_id, status = excluded.status, filters = excluded.filters,
       updated_at = CASE WHEN (queries.topic_id, queries.status, queries.filters)
                            = (excluded.topic_id, excluded.status, excluded.filters)
                         THEN queries.updated_at ELSE now() END
RETURNING id;

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
