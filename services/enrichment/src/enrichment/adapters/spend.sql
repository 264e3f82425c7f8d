-- name: settle_calls
-- What ended calls of the jobs $1 came to: their reservations are given back, their cost is spent, on the day that counts it,
-- and summed up. A call is settled once. Rows are locked in one order, so that two batches can't wait for each other.
WITH unsettled AS (
    SELECT id, reserved FROM provider_calls
     WHERE job_id = ANY ($1::uuid[]) AND reserved IS NOT NULL AND outcome IS NOT NULL
     ORDER BY id
       FOR UPDATE
), settled AS (
    UPDATE provider_calls SET reserved = NULL
      FROM unsettled WHERE provider_calls.id = unsettled.id
    RETURNING workspace_id, spend_day, provider, operation, owner, outcome, units, cost, unsettled.reserved
), locked AS (
    SELECT workspace_id, day, month FROM cap_use
     WHERE workspace_id IN (SELECT workspace_id FROM settled WHERE reserved > 0)
     ORDER BY workspace_id
       FOR UPDATE
), changed AS (
    SELECT workspace_id,
           coalesce(sum(cost) FILTER (WHERE spend_day = day), 0) AS day_spent,
           coalesce(sum(reserved) FILTER (WHERE spend_day = day), 0) AS day_reserved,
           coalesce(sum(cost) FILTER (WHERE date_trunc('month', spend_day) = month), 0) AS month_spent,
           coalesce(sum(reserved) FILTER (WHERE date_trunc('month', spend_day) = month), 0) AS month_reserved
      FROM locked JOIN settled USING (workspace_id)
     GROUP BY workspace_id
), given_back AS (
    UPDATE cap_use
       SET day_spent = cap_use.day_spent + changed.day_spent, day_reserved = cap_use.day_reserved - changed.day_reserved,
           month_spent = cap_use.month_spent + changed.month_spent,
           month_reserved = cap_use.month_reserved - changed.month_reserved
      FROM changed WHERE cap_use.workspace_id = changed.workspace_id
), summed AS (
    SELECT workspace_id, spend_day AS day, provider, operation, owner, count(*) AS calls, sum(units) AS units, sum(cost) AS cost
      FROM settled WHERE outcome IN ('succeeded', 'unknown')
     GROUP BY workspace_id, spend_day, provider, operation, owner
), kept AS (
    INSERT INTO spend_days AS known (workspace_id, day, provider, operation, owner, calls, units, cost)
    SELECT workspace_id, day, provider, operation, owner, calls, units, cost FROM summed ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (workspace_id, day, provider, operation, owner) DO UPDATE
       SET calls = known.calls + excluded.calls, units = known.units + excluded.units, cost = known.cost + excluded.cost
)
SELECT provider, sum(cost) AS cost FROM summed GROUP BY provider;

-- name: jobs_to_settle
-- Of calls that ended without their job's attempt: only what no attempt is at any more.
SELECT DISTINCT job_id FROM provider_calls
 WHERE reserved IS NOT NULL AND outcome IS NOT NULL AND finished_at < now() - $1::interval
   AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = provider_calls.job_id AND jobs.state IN ('ready', 'running'));
