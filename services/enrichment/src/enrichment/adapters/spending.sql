-- name: sum_up_spending
-- What was asked and paid for from $2 up to $3, and what of the budget's day ($6) is spent; `recent` are the calls since $4 that
-- count against a budget. What needed no call of its own is told by its price: a lead that is answered from what is known
-- costs nothing.
WITH calls AS (
    SELECT workspace_id,
           count(*) FILTER (WHERE operation = 'enrich' AND outcome = 'succeeded') AS paid,
           count(*) FILTER (WHERE operation = 'enrich' AND outcome = 'unknown') AS unknown,
           count(*) FILTER (WHERE operation = 'enrich' AND outcome IN ('refused', 'failed')) AS unpaid,
           count(*) FILTER (WHERE operation = 'enrich' AND outcome IS NULL) AS open,
           count(*) FILTER (WHERE operation = 'verify') AS verifications
      FROM provider_calls
     WHERE started_at >= $2 AND started_at < $3 AND ($1::uuid IS NULL OR workspace_id = $1)
     GROUP BY workspace_id
), leads AS (
    SELECT workspace_id,
           count(*) FILTER (WHERE status = 'completed') AS enriched,
           count(*) FILTER (WHERE status = 'completed' AND credits_used = 0) AS cached,
           count(*) FILTER (WHERE status = 'skipped') AS skipped,
           sum(credits_used) AS credits
      FROM enrichments
     WHERE enriched_at >= $2 AND enriched_at < $3 AND ($1::uuid IS NULL OR workspace_id = $1)
     GROUP BY workspace_id
), recent AS (
    SELECT workspace_id, count(*) AS recent
      FROM provider_calls
     WHERE started_at >= $4 AND budget_day IS NOT NULL AND (outcome IS NULL OR outcome IN ('succeeded', 'unknown'))
       AND ($1::uuid IS NULL OR workspace_id = $1)
     GROUP BY workspace_id
), today AS (
    SELECT workspace_id, calls AS calls_today FROM provider_spending
     WHERE day = $6::date AND ($1::uuid IS NULL OR workspace_id = $1)
), own AS (
    SELECT workspace_id, daily_calls, true AS is_own FROM provider_budgets WHERE ($1::uuid IS NULL OR workspace_id = $1)
)
SELECT workspace_id, coalesce(paid, 0) AS paid, coalesce(unknown, 0) AS unknown, coalesce(unpaid, 0) AS unpaid,
       coalesce(open, 0) AS open, coalesce(verifications, 0) AS verifications, coalesce(enriched, 0) AS enriched,
       coalesce(cached, 0) AS cached, coalesce(skipped, 0) AS skipped, coalesce(credits, 0)::float8 AS credits,
       coalesce(recent, 0) AS recent, coalesce(calls_today, 0) AS calls_today, daily_calls, coalesce(is_own, false) AS is_own
  FROM calls
  FULL JOIN leads USING (workspace_id)
  FULL JOIN recent USING (workspace_id)
  FULL JOIN today USING (workspace_id)
  FULL JOIN own USING (workspace_id)
 ORDER BY coalesce(paid, 0) + coalesce(unknown, 0) DESC, workspace_id
 LIMIT $5;
