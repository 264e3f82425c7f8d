-- name: delete_leads
-- With all that was found out about them. Not while a job waits that would write half of it anew; a job that finds no lead
-- here any more can't be asked for.
WITH old AS MATERIALIZED (
    SELECT id FROM leads
     WHERE updated_at < now() - $1::interval
       AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.lead_id = leads.id AND jobs.state IN ('ready', 'running'))
     ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED
), forgotten AS (
    DELETE FROM enrichments USING old WHERE enrichments.lead_id = old.id
), unbound AS (
    DELETE FROM lead_bindings USING old WHERE lead_bindings.lead_id = old.id
), gone AS (
    DELETE FROM leads USING old WHERE leads.id = old.id RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_answers
-- What is too old to be used is people's data kept for nothing. What is pending holds nobody's, and was asked for: it is given
-- a day, so that a cache that is off does not have it asked for again.
WITH gone AS (
    DELETE FROM company_answers
     WHERE (provider, domain) IN (
           SELECT provider, domain FROM company_answers
            WHERE held_since < now() - $1::interval AND held_until < now()
              AND (state <> 'pending' OR held_since < now() - interval '1 day')
              AND (answered_at IS NULL OR answered_at < now() - $1::interval)
            ORDER BY held_since LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_calls
WITH gone AS (
    DELETE FROM provider_calls
     WHERE id IN (SELECT id FROM provider_calls
                   WHERE started_at < now() - $1::interval AND outcome IS NOT NULL
                   ORDER BY started_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_spending
WITH gone AS (
    DELETE FROM provider_spending
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM provider_spending
                              WHERE day < (now() - $1::interval)::date ORDER BY day LIMIT $2 FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_spend
WITH gone AS (
    DELETE FROM spend_days
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM spend_days
                              WHERE day < (now() - $1::interval)::date ORDER BY day LIMIT $2 FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_ledger
-- What has ended; an open reservation is still to be settled.
WITH gone AS (
    DELETE FROM credit_ledger
     WHERE id IN (SELECT id FROM credit_ledger
                   WHERE NOT open AND created_at < now() - $1::interval
                   ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;
