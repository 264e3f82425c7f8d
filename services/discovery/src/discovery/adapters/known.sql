-- name: known_keys
SELECT lead_keys.key, leads.domain
  FROM lead_keys JOIN leads ON leads.id = lead_keys.lead_id
 WHERE lead_keys.workspace_id = $1 AND lead_keys.key = ANY ($2::text[]);

-- name: created_on_day
-- By query_runs_day. Of a query whose workspace the job has. What somebody imports is beside the day's limit.
SELECT coalesce(sum(created), 0)::integer FROM query_runs WHERE query_id = $1 AND run_on = $2 AND source <> 'import';
