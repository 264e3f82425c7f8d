-- name: count_rows
-- Schedules that run one workspace's work.
SELECT 'schedules' AS what, count(*) AS rows FROM schedules WHERE params ->> 'workspace_id' = $1::uuid::text
UNION ALL
SELECT 'ticks', count(*) FROM ticks JOIN schedules ON schedules.name = ticks.schedule
 WHERE schedules.params ->> 'workspace_id' = $1::uuid::text;

-- name: remove_ticks
WITH gone AS (
    DELETE FROM ticks
     WHERE id IN (SELECT ticks.id FROM schedules JOIN ticks ON ticks.schedule = schedules.name
                   WHERE schedules.params ->> 'workspace_id' = $1::uuid::text LIMIT $2)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_schedules
WITH gone AS (
    DELETE FROM schedules
     WHERE name IN (SELECT name FROM schedules WHERE params ->> 'workspace_id' = $1::uuid::text LIMIT $2)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;
