-- name: topic_volumes
-- Every topic, the silent ones too. A lead belongs to the week of its created_at, and to the topic it was found for, whatever
-- its query is about since. Over all workspaces: topics are shared.
WITH found AS (
    -- One topic for all sources that its query saw it in.
    SELECT coalesce((SELECT own.topic_id FROM lead_intents AS own
                      WHERE own.lead_id = leads.id AND coalesce(own.asked_by, own.query_id) = leads.query_id
                        AND own.topic_id IS NOT NULL
                      ORDER BY own.source LIMIT 1), queries.topic_id) AS topic_id,
           count(*) AS volume
      FROM leads
      LEFT JOIN queries ON queries.id = leads.query_id
     WHERE leads.created_at >= $1 AND leads.created_at < $2
     GROUP BY 1
)
SELECT topics.id, coalesce(found.volume, 0)::integer AS volume
  FROM topics LEFT JOIN found ON found.topic_id = topics.id;

-- name: upsert_trends
INSERT INTO trends (topic_id, week_start, week_end, volume, previous_volume, change_percent, direction)
SELECT topic_id, $2::date, $3::date, volume, previous_volume, change_percent, direction
  FROM unnest($1::uuid[], $4::integer[], $5::integer[], $6::numeric[], $7::text[])
       AS new (topic_id, volume, previous_volume, change_percent, direction)
 ORDER BY topic_id
ON CONFLICT (topic_id, week_start) DO UPDATE
   SET week_end = excluded.week_end, volume = excluded.volume, previous_volume = excluded.previous_volume,
       change_percent = excluded.change_percent, direction = excluded.direction;

-- name: update_topics
-- The topic shows its newest week: an older one that is computed again leaves it as it is.
UPDATE topics
   SET trend_direction = trends.direction, trend_change_percent = trends.change_percent,
       trend_volume = trends.volume, trend_week_start = trends.week_start, updated_at = now()
  FROM trends
 WHERE trends.topic_id = topics.id AND trends.week_start = $1
   AND (topics.trend_week_start IS NULL OR topics.trend_week_start <= trends.week_start)
   AND (topics.trend_direction, topics.trend_change_percent, topics.trend_volume, topics.trend_week_start)
       IS DISTINCT FROM (trends.direction, trends.change_percent, trends.volume, trends.week_start);

-- name: list_trends
-- Newest week first. $1 leaves only topics that the workspace's own queries are about.
SELECT topic_id, topics.name AS topic_name, week_start, week_end, volume, previous_volume, change_percent, direction
  FROM trends JOIN topics ON topics.id = trends.topic_id
 WHERE ($1::uuid IS NULL OR EXISTS (SELECT 1 FROM queries WHERE queries.topic_id = topics.id AND workspace_id = $1))
   AND ($2::uuid IS NULL OR topic_id = $2)
   AND ($3::text IS NULL OR direction = $3)
   AND ($4::date IS NULL OR week_start >= $4)
   AND ($6::date IS NULL OR week_start < $6 OR (week_start = $6 AND topic_id > $7::uuid))
 ORDER BY week_start DESC, topic_id LIMIT $5;
