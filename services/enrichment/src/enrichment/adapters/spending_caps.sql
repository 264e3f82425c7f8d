-- name: put_caps
INSERT INTO spending_caps (workspace_id, daily, monthly) VALUES ($1, $2, $3)
ON CONFLICT (workspace_id) DO UPDATE SET daily = excluded.daily, monthly = excluded.monthly, updated_at = now();

-- name: look_at_caps
-- What of them is taken on the day $2, or on the one that the row is ahead by.
SELECT own.workspace_id IS NOT NULL AS is_own,
       CASE WHEN own.workspace_id IS NULL THEN $3::numeric ELSE own.daily END AS daily,
       CASE WHEN own.workspace_id IS NULL THEN $4::numeric ELSE own.monthly END AS monthly,
       CASE WHEN held.day >= $2 THEN held.day_spent ELSE 0 END AS day_spent,
       CASE WHEN held.day >= $2 THEN held.day_reserved ELSE 0 END AS day_reserved,
       CASE WHEN held.month >= date_trunc('month', $2::date) THEN held.month_spent ELSE 0 END AS month_spent,
       CASE WHEN held.month >= date_trunc('month', $2::date) THEN held.month_reserved ELSE 0 END AS month_reserved
  FROM (SELECT 1) AS one
  LEFT JOIN spending_caps AS own ON own.workspace_id = $1
  LEFT JOIN cap_use AS held ON held.workspace_id = $1;

-- name: highest_use
-- Of all workspaces that have a cap, each a row: a share is of what is spent and reserved. A cap of nothing is no alert.
WITH used AS (
    SELECT CASE WHEN held.day >= $1 THEN held.day_spent + held.day_reserved ELSE 0 END AS day,
           held.month_spent + held.month_reserved AS month,
           CASE WHEN own.workspace_id IS NULL THEN $2::numeric ELSE own.daily END AS daily,
           CASE WHEN own.workspace_id IS NULL THEN $3::numeric ELSE own.monthly END AS monthly
      FROM cap_use AS held LEFT JOIN spending_caps AS own USING (workspace_id)
     WHERE held.month >= date_trunc('month', $1::date)
)
SELECT coalesce(max(day / nullif(daily, 0)), 0) AS day, coalesce(max(month / nullif(monthly, 0)), 0) AS month FROM used;
