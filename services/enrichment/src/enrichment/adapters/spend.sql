-- name: settle_calls
-- What calls of jobs whose attempts are over came to. One whose end is known (`closed_id`) ends with that; what the attempt left
-- open ends as the attempt did, unless it is of an earlier lease: of that nobody knows, and where there was no attempt
-- (`is_untried`) it waits for the next one to count it. A call with a ref is pending, and ends when it is answered or given up.
-- What was not paid for goes back to the workspace's budget; reservations are given back, their cost is spent, on the day that
-- counts it, and summed up: each call once. Rows are locked in one order, and in that of `begin`: calls, budgets, caps; so two
-- batches can't wait for each other.
WITH ended AS (
    SELECT job_id, lease_id, outcome, is_untried, gave_up, closed_id, closed_outcome, closed_units, closed_ref
      FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::boolean[], $6::uuid[], $7::text[], $8::numeric[],
                  $9::text[])
           AS ended (job_id, lease_id, outcome, is_untried, gave_up, closed_id, closed_outcome, closed_units, closed_ref)
), theirs AS (
    -- OFFSET 0 has each job's looked up by the job, not picked from all that are open.
    SELECT calls.id, ended.*
      FROM ended CROSS JOIN LATERAL (SELECT id FROM provider_calls WHERE job_id = ended.job_id AND outcome IS NULL OFFSET 0) AS calls
    UNION
    SELECT calls.id, ended.*
      FROM ended CROSS JOIN LATERAL (SELECT id FROM provider_calls WHERE job_id = ended.job_id AND reserved IS NOT NULL OFFSET 0) AS calls
), locked AS (
    SELECT calls.id, calls.outcome AS known, calls.units, most_units, reserved, calls.id = closed_id AS is_closed,
           closed_outcome, closed_units, closed_ref,
           CASE WHEN calls.ref IS NOT NULL AND NOT gave_up THEN NULL
                WHEN calls.lease_id = theirs.lease_id THEN theirs.outcome
                WHEN NOT is_untried THEN 'unknown' END AS left_open
      FROM theirs JOIN provider_calls AS calls ON calls.id = theirs.id
     ORDER BY calls.id
       FOR UPDATE OF calls
), ends AS (
    SELECT id, known, units, most_units, reserved, CASE WHEN is_closed THEN closed_units END AS said_units,
           CASE WHEN is_closed THEN closed_ref END AS said_ref,
           coalesce(known, CASE WHEN is_closed THEN closed_outcome ELSE left_open END) AS outcome
      FROM locked
), settled AS (
    UPDATE provider_calls AS calls
       SET outcome = ends.outcome, finished_at = coalesce(calls.finished_at, now()), ref = coalesce(said_ref, calls.ref),
           units = took, cost = unit_price * took, reserved = NULL
      FROM ends
           CROSS JOIN LATERAL (SELECT CASE WHEN known IS NOT NULL THEN ends.units
                                           WHEN ends.outcome = 'succeeded' THEN coalesce(said_units, ends.most_units)
                                           WHEN ends.outcome = 'unknown' THEN ends.most_units
                                           ELSE 0 END AS took) AS taken
     WHERE calls.id = ends.id AND ends.outcome IS NOT NULL AND (known IS NULL OR ends.reserved IS NOT NULL)
    RETURNING workspace_id, budget_day, spend_day, provider, operation, owner, calls.outcome, calls.units, cost, ends.reserved,
              known IS NULL AS is_new
), unpaid AS (
    SELECT workspace_id, budget_day AS day, count(*) AS calls FROM settled
     WHERE is_new AND budget_day IS NOT NULL AND outcome IN ('refused', 'failed')
     GROUP BY workspace_id, budget_day
), budgets AS (
    SELECT workspace_id, day, unpaid.calls
      FROM provider_spending JOIN unpaid USING (workspace_id, day)
     ORDER BY workspace_id, day
       FOR UPDATE OF provider_spending
), refunded AS (
    UPDATE provider_spending SET calls = provider_spending.calls - budgets.calls
      FROM budgets
     WHERE provider_spending.workspace_id = budgets.workspace_id AND provider_spending.day = budgets.day
    RETURNING 1
), caps AS (
    -- Counting what was refunded first keeps the order of the locks.
    SELECT workspace_id, day, month FROM cap_use
     WHERE workspace_id IN (SELECT workspace_id FROM settled WHERE reserved > 0) AND (SELECT count(*) FROM refunded) >= 0
     ORDER BY workspace_id
       FOR UPDATE
), changed AS (
    SELECT workspace_id,
           coalesce(sum(cost) FILTER (WHERE spend_day = day), 0) AS day_spent,
           coalesce(sum(reserved) FILTER (WHERE spend_day = day), 0) AS day_reserved,
           coalesce(sum(cost) FILTER (WHERE date_trunc('month', spend_day) = month), 0) AS month_spent,
           coalesce(sum(reserved) FILTER (WHERE date_trunc('month', spend_day) = month), 0) AS month_reserved
      FROM caps JOIN settled USING (workspace_id)
     WHERE reserved IS NOT NULL
     GROUP BY workspace_id
), given_back AS (
    UPDATE cap_use
       SET day_spent = cap_use.day_spent + changed.day_spent, day_reserved = cap_use.day_reserved - changed.day_reserved,
           month_spent = cap_use.month_spent + changed.month_spent,
           month_reserved = cap_use.month_reserved - changed.month_reserved
      FROM changed WHERE cap_use.workspace_id = changed.workspace_id
), summed AS (
    SELECT workspace_id, spend_day AS day, provider, operation, owner, count(*) AS calls, sum(units) AS units, sum(cost) AS cost
      FROM settled WHERE reserved IS NOT NULL AND outcome IN ('succeeded', 'unknown')
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

-- name: sum_up_spend
-- What was spent from the day $2 up to $3, by workspace, those that spent most first; with what of the caps is taken on the day
-- $4, and by day what the month and its forecast rest on (since $5). Workspaces that have spent nothing are told of if they
-- have caps of their own.
WITH period AS (
    SELECT workspace_id, coalesce(sum(calls) FILTER (WHERE owner <> 'training'), 0) AS calls, sum(cost) AS cost,
           coalesce(sum(calls) FILTER (WHERE owner = 'training'), 0) AS training_calls
      FROM spend_days
     WHERE day >= $2 AND day < $3 AND ($1::uuid IS NULL OR workspace_id = $1)
     GROUP BY workspace_id
), told AS (
    SELECT workspace_id, coalesce(calls, 0) AS calls, coalesce(cost, 0) AS cost, coalesce(training_calls, 0) AS training_calls,
           own.workspace_id IS NOT NULL AS is_own,
           CASE WHEN own.workspace_id IS NULL THEN $7::numeric ELSE own.daily END AS daily,
           CASE WHEN own.workspace_id IS NULL THEN $8::numeric ELSE own.monthly END AS monthly
      FROM period
      FULL JOIN (SELECT workspace_id, daily, monthly FROM spending_caps WHERE $1::uuid IS NULL OR workspace_id = $1) AS own
           USING (workspace_id)
     ORDER BY coalesce(cost, 0) DESC, coalesce(calls, 0) DESC, workspace_id
     LIMIT $6
), days AS (
    SELECT workspace_id, array_agg(day ORDER BY day) AS days, array_agg(cost ORDER BY day) AS costs
      FROM (SELECT workspace_id, day, sum(cost) AS cost FROM spend_days
             WHERE day >= $5 AND day <= $4 AND workspace_id IN (SELECT workspace_id FROM told)
             GROUP BY workspace_id, day) AS by_day
     GROUP BY workspace_id
)
SELECT told.workspace_id, calls, cost, training_calls, is_own, daily, monthly,
       coalesce(days, '{}') AS days, coalesce(costs, '{}') AS costs,
       CASE WHEN held.day >= $4 THEN held.day_reserved ELSE 0 END AS day_reserved,
       CASE WHEN held.month >= date_trunc('month', $4::date) THEN held.month_reserved ELSE 0 END AS month_reserved
  FROM told
  LEFT JOIN days USING (workspace_id)
  LEFT JOIN cap_use AS held ON held.workspace_id = told.workspace_id
 ORDER BY cost DESC, calls DESC, told.workspace_id;

-- name: spend_of
-- By provider and what it was asked for, of workspaces that the caller may see; by day, too, if $4. Units of different kinds are
-- never added up.
SELECT workspace_id, CASE WHEN $4::boolean THEN day END AS day, provider, operation, owner = 'training' AS training,
       sum(calls)::bigint AS calls, sum(units) AS units, sum(cost) AS cost
  FROM spend_days
 WHERE workspace_id = ANY ($1::uuid[]) AND day >= $2 AND day < $3
 GROUP BY 1, 2, 3, 4, 5
 ORDER BY 2, sum(cost) DESC, 1, 3, 4, 5
 LIMIT $5;
