-- name: put_budget
INSERT INTO provider_budgets (workspace_id, daily_calls) VALUES ($1, $2)
ON CONFLICT (workspace_id) DO UPDATE SET daily_calls = excluded.daily_calls, updated_at = now()
RETURNING workspace_id, daily_calls, updated_at;

-- name: get_budget
SELECT coalesce(budget.workspace_id, $1::uuid) AS workspace_id, budget.daily_calls, budget.updated_at,
       budget.workspace_id IS NOT NULL AS is_own, coalesce(spent.calls, 0) AS calls_today
  FROM (SELECT 1) AS one
  LEFT JOIN provider_budgets AS budget ON budget.workspace_id = $1
  LEFT JOIN provider_spending AS spent ON spent.workspace_id = $1 AND spent.day = $2;
