-- name: begin
-- One statement, so two jobs can't both come to ask about a company, and the call is on record when it commits.
-- No row: there is a fresh answer (newer than $6, or paid for by this very job), or somebody else is at it. An answer that is paid for and half
-- verified is carried on with; one that is pending is asked after, and its call is from now on this job's to end.
-- A call of this job that is still open is one whose worker was lost: no other is opened then.
-- Nor is one beyond the workspace's budget ($11 where it has none of its own) or its caps ($17 and $18, likewise); the row
-- locks on what is spent make looking and taking one step. A pending call is found by its id, see `advance`.
WITH flight AS (
    INSERT INTO company_answers AS held (provider, owner, domain, state, flight_id, paid_by, holder_id, held_since, held_until)
    VALUES ($1, $14, $2, 'asking', $3, $4, $4, clock_timestamp(), clock_timestamp() + $5::interval)
    ON CONFLICT (provider, domain) DO UPDATE
       SET state = CASE WHEN held.state = 'pending' OR held.state = 'verifying' AND (held.answered_at > $6 OR held.paid_by = $4) THEN held.state
                        ELSE 'asking' END,
           flight_id = CASE WHEN held.state = 'pending' OR held.state = 'verifying' AND (held.answered_at > $6 OR held.paid_by = $4) THEN held.flight_id
                            ELSE excluded.flight_id END,
           paid_by = CASE WHEN held.state = 'pending' OR held.state = 'verifying' AND (held.answered_at > $6 OR held.paid_by = $4) THEN held.paid_by
                          ELSE excluded.paid_by END,
           answered_at = CASE WHEN held.state = 'verifying' AND (held.answered_at > $6 OR held.paid_by = $4) THEN held.answered_at END,
           holder_id = excluded.holder_id, held_since = excluded.held_since, held_until = excluded.held_until
     WHERE (held.held_until <= clock_timestamp() OR held.holder_id = excluded.holder_id)
       AND NOT (held.state = 'ready' AND (held.answered_at > $6 OR held.paid_by = $4))
    RETURNING state, flight_id, paid_by, contacts, facts, rejected, credits_used, answered_at, ref
), resumed AS (
    UPDATE provider_calls SET job_id = $4, lease_id = $7
     WHERE id = (SELECT flight_id FROM flight WHERE state = 'pending') AND coalesce(outcome, 'open') = 'open'
), lost AS (
    SELECT EXISTS (SELECT 1 FROM provider_calls
                    WHERE job_id = $4 AND operation = 'enrich' AND outcome IS NULL AND ref IS NULL) AS is_lost
), budget AS (
    SELECT CASE WHEN NOT $10::boolean THEN NULL
                WHEN EXISTS (SELECT 1 FROM provider_budgets WHERE workspace_id = $9)
                THEN (SELECT daily_calls FROM provider_budgets WHERE workspace_id = $9)
                ELSE $11::integer END AS daily_calls
), caps AS (
    SELECT CASE WHEN own.workspace_id IS NULL THEN $17::numeric ELSE own.daily END AS daily,
           CASE WHEN own.workspace_id IS NULL THEN $18::numeric ELSE own.monthly END AS monthly
      FROM (SELECT 1) AS one LEFT JOIN spending_caps AS own ON own.workspace_id = $9
), asking AS (
    SELECT flight_id, daily_calls FROM flight CROSS JOIN lost CROSS JOIN budget WHERE state = 'asking' AND NOT is_lost
), spent AS (
    INSERT INTO provider_spending AS spent (workspace_id, day, calls)
    SELECT $9, $12::date, 1 FROM asking WHERE daily_calls > 0
    ON CONFLICT (workspace_id, day) DO UPDATE SET calls = spent.calls + 1
     WHERE spent.calls < (SELECT daily_calls FROM asking)
    RETURNING day
), within_budget AS (
    SELECT flight_id FROM asking WHERE daily_calls IS NULL OR EXISTS (SELECT 1 FROM spent)
), within_caps AS (
    SELECT flight_id, CASE WHEN $15::numeric * $16::numeric = 0 THEN $12::date
                           ELSE reserve_spend($9, $12::date, $15 * $16, caps.daily, caps.monthly) END AS spend_day
      FROM within_budget CROSS JOIN caps
), opened AS (
    INSERT INTO provider_calls (id, flight_id, provider, operation, domain, job_id, lease_id, lead_id, workspace_id, budget_day,
                                owner, most_units, unit_price, reserved, spend_day)
    SELECT flight_id, flight_id, $13, 'enrich', $2, $4, $7, $8, $9, (SELECT day FROM spent),
           $14, $15, $16, $15 * $16, spend_day
      FROM within_caps WHERE spend_day IS NOT NULL
    RETURNING id
)
SELECT $4 AS job_id, $7 AS lease_id, state, flight_id, paid_by, contacts, facts, rejected, credits_used,
       answered_at, ref, is_lost,
       (SELECT started_at FROM provider_calls WHERE provider_calls.id = flight.flight_id) AS pending_since,
       EXISTS (SELECT 1 FROM within_budget) AS is_within_budget,
       (SELECT day FROM spent) AS budget_day,
       EXISTS (SELECT 1 FROM opened) AS is_open,
       EXISTS (SELECT 1 FROM provider_calls
                WHERE lead_id = $8 AND job_id = $4 AND flight_id <> flight.flight_id AND provider = $13 AND operation = 'enrich'
                  AND outcome = 'unknown') AS is_unanswered
  FROM flight CROSS JOIN lost;

-- name: give_back_budget
-- Of a call that its workspace's caps had no room for.
UPDATE provider_spending SET calls = calls - 1 WHERE workspace_id = $1 AND day = $2;

-- name: look_up_answer
SELECT state = 'ready' AND (answered_at > $3 OR paid_by = $4) AS is_fresh, paid_by, contacts, facts, rejected, credits_used,
       answered_at, extract(epoch FROM clock_timestamp() - held_since)::float8 AS held_seconds
  FROM company_answers WHERE provider = $1 AND domain = $2;

-- name: keep_pending
-- From here on the answer is asked after by its ref, by whichever job comes, and not bought again.
WITH kept AS (
    UPDATE company_answers SET state = 'pending', ref = $2, contacts = $3, facts = $4, rejected = $5, credits_used = 0
     WHERE flight_id = $1 AND state IN ('asking', 'pending')
    RETURNING flight_id
)
UPDATE provider_calls SET ref = $2 WHERE id = (SELECT flight_id FROM kept) AND outcome IS NULL;

-- name: lose_verifications
-- Only the holder of a flight verifies, so what is open at the start of an attempt belongs to a worker that was lost.
UPDATE provider_calls SET outcome = 'unknown', finished_at = now(), units = most_units, cost = most_units * unit_price
 WHERE flight_id = $1 AND operation = 'verify' AND outcome IS NULL
RETURNING position, provider;

-- name: count_refused
SELECT count(*) FROM provider_calls WHERE flight_id = $1 AND operation = 'verify' AND outcome = 'refused';

-- name: advance
-- From here on the answer can't be lost, and need not be paid for again. The next verification ($9, of the contact $10; null:
-- none) is on record before it is made, if the workspace's caps have room for it. May be run again where nobody knows whether
-- it was committed. The row locks are taken in the order of `begin`. An answer with somebody who was erased in all workspaces
-- ($24: its addresses) is not kept, nor is the call that brought it closed: nobody is verified, and the caller comes again
-- without them. Whether a call is open is asked in a way that no index of those that are matches, so that it is found by its id.
WITH erased AS (
    SELECT address
      FROM unnest($24::text[]) AS address
           CROSS JOIN unnest(ARRAY(SELECT salt FROM erasure_salt UNION ALL SELECT salt FROM other_erasure_salts)) AS salt
           -- OFFSET 0: by their digest, not among all who were erased everywhere.
           CROSS JOIN LATERAL (SELECT workspace_id FROM erased_people
                                WHERE digest = sha256(salt || convert_to(address, 'UTF8')) OFFSET 0) AS known
     WHERE known.workspace_id IS NULL AND EXISTS (SELECT 1 FROM erased_people)
), closed AS (
    UPDATE provider_calls
       SET outcome = $8, finished_at = now(), ref = coalesce($16, ref),
           units = CASE $8 WHEN 'succeeded' THEN coalesce($15::numeric, most_units) WHEN 'unknown' THEN most_units ELSE 0 END,
           cost = unit_price * CASE $8 WHEN 'succeeded' THEN coalesce($15::numeric, most_units)
                                       WHEN 'unknown' THEN most_units ELSE 0 END
     WHERE id = $7 AND coalesce(outcome, 'open') = 'open' AND NOT EXISTS (SELECT 1 FROM erased)
), kept AS (
    UPDATE company_answers
       SET state = 'verifying', contacts = $2, facts = $3, rejected = $4, credits_used = $5,
           answered_at = coalesce(answered_at, $6), ref = NULL
     WHERE flight_id = $1 AND state <> 'ready' AND NOT EXISTS (SELECT 1 FROM erased)
    RETURNING flight_id, domain
), caps AS (
    SELECT CASE WHEN own.workspace_id IS NULL THEN $22::numeric ELSE own.daily END AS daily,
           CASE WHEN own.workspace_id IS NULL THEN $23::numeric ELSE own.monthly END AS monthly
      FROM (SELECT 1) AS one LEFT JOIN spending_caps AS own ON own.workspace_id = $14
), known AS (
    SELECT EXISTS (SELECT 1 FROM provider_calls WHERE id = $9) AS is_open
), within_caps AS (
    SELECT flight_id, domain,
           CASE WHEN $19::numeric * $20::numeric = 0 THEN $21::date
                ELSE reserve_spend($14, $21::date, $19 * $20, caps.daily, caps.monthly) END AS spend_day
      FROM kept CROSS JOIN caps CROSS JOIN known WHERE $9::uuid IS NOT NULL AND NOT is_open
), opened AS (
    INSERT INTO provider_calls (id, flight_id, provider, operation, domain, position, job_id, lease_id, lead_id, workspace_id,
                                owner, most_units, unit_price, reserved, spend_day)
    SELECT $9::uuid, flight_id, $17, 'verify', domain, $10, $11, $12, $13, $14, $18, $19, $20, $19 * $20, spend_day
      FROM within_caps WHERE spend_day IS NOT NULL
    ON CONFLICT (id) DO NOTHING
    RETURNING id
)
SELECT $11 AS job_id, $12 AS lease_id, EXISTS (SELECT 1 FROM kept) AS is_kept,
       is_open OR EXISTS (SELECT 1 FROM opened) AS is_open, ARRAY(SELECT address FROM erased) AS erased
  FROM known;

-- name: keep_answers
-- What attempts have brought is for all to use. Whoever lost the flight to another job finds another flight_id, and changes nothing.
-- Of the companies that the jobs $7 leave without an answer whoever wants to know may ask; what is pending stays so, unless the
-- attempt gave it up ($8).
WITH finished AS (
    UPDATE company_answers
       SET state = 'ready', contacts = done.contacts::jsonb, facts = done.facts::jsonb, rejected = done.rejected::jsonb,
           credits_used = done.credits_used, answered_at = coalesce(company_answers.answered_at, done.answered_at),
           held_until = now(), ref = NULL
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::numeric[], $6::timestamptz[])
           AS done (flight_id, contacts, facts, rejected, credits_used, answered_at)
     WHERE company_answers.flight_id = done.flight_id AND company_answers.state <> 'ready'
)
UPDATE company_answers
   SET held_until = now(),
       state = CASE WHEN state = 'pending' AND ended.gave_up THEN 'asking' ELSE state END,
       ref = CASE WHEN ended.gave_up THEN NULL ELSE ref END
  FROM unnest($7::uuid[], $8::boolean[]) AS ended (job_id, gave_up)
 WHERE holder_id = ended.job_id AND state <> 'ready' AND flight_id <> ALL ($1::uuid[]);

-- name: close_abandoned_calls
-- Of jobs that no attempt will be made at any more, so that nobody else will close them.
UPDATE provider_calls SET outcome = 'unknown', finished_at = now(), units = most_units, cost = most_units * unit_price
 WHERE outcome IS NULL AND started_at < now() - $1::interval
   AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = provider_calls.job_id AND jobs.state IN ('ready', 'running'));
