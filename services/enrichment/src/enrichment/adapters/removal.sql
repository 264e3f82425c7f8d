-- name: count_rows
SELECT 'leads' AS what, count(*) AS rows FROM leads WHERE workspace_id = $1
UNION ALL
SELECT 'enrichments', count(*) FROM enrichments WHERE workspace_id = $1
UNION ALL
SELECT 'contacts', count(*) FROM contacts WHERE workspace_id = $1
UNION ALL
SELECT 'provider_calls', count(*) FROM provider_calls WHERE workspace_id = $1
UNION ALL
SELECT 'provider_budgets', count(*) FROM provider_budgets WHERE workspace_id = $1
UNION ALL
SELECT 'provider_spending', count(*) FROM provider_spending WHERE workspace_id = $1
UNION ALL
SELECT 'spending_caps', count(*) FROM spending_caps WHERE workspace_id = $1
UNION ALL
SELECT 'cap_use', count(*) FROM cap_use WHERE workspace_id = $1
UNION ALL
SELECT 'spend_days', count(*) FROM spend_days WHERE workspace_id = $1
UNION ALL
SELECT 'company_answers', count(*) FROM company_answers WHERE owner = $1::uuid::text AND owner <> 'all'
UNION ALL
SELECT 'credit_accounts', count(*) FROM credit_accounts WHERE workspace_id = $1
UNION ALL
SELECT 'credit_ledger', count(*) FROM credit_ledger WHERE workspace_id = $1
UNION ALL
SELECT 'provider_accounts', count(*) FROM provider_accounts WHERE workspace_id = $1
UNION ALL
SELECT 'workspace_sources', count(*) FROM workspace_sources WHERE workspace_id = $1;

-- name: scopes
SELECT 'budget:' || $1::uuid::text AS scope
UNION ALL
-- Of its own keys, there or missing.
SELECT scope FROM pauses WHERE scope LIKE 'provider:%:' || $1::uuid::text;

-- name: remove_leads
-- With all that was found out about them: contacts go with their enrichments.
WITH page AS MATERIALIZED (
    SELECT id, workspace_id FROM leads
     WHERE id > coalesce($3::text, '00000000-0000-0000-0000-000000000000')::uuid ORDER BY id LIMIT $2
), forgotten AS (
    DELETE FROM enrichments USING page WHERE enrichments.lead_id = page.id AND page.workspace_id = $1
), gone AS (
    DELETE FROM leads USING page WHERE leads.id = page.id AND page.workspace_id = $1 RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS deleted, (SELECT id::text FROM page ORDER BY id DESC LIMIT 1) AS after;

-- name: remove_provider_calls
WITH page AS MATERIALIZED (
    SELECT id, workspace_id FROM provider_calls
     WHERE id > coalesce($3::text, '00000000-0000-0000-0000-000000000000')::uuid ORDER BY id LIMIT $2
), gone AS (
    DELETE FROM provider_calls USING page WHERE provider_calls.id = page.id AND page.workspace_id = $1 RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS deleted, (SELECT id::text FROM page ORDER BY id DESC LIMIT 1) AS after;

-- name: remove_provider_budgets
WITH gone AS (
    DELETE FROM provider_budgets WHERE workspace_id IN (SELECT workspace_id FROM provider_budgets WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_provider_spending
WITH gone AS (
    DELETE FROM provider_spending WHERE workspace_id = $1 AND day IN (SELECT day FROM provider_spending WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_spending_caps
WITH gone AS (
    DELETE FROM spending_caps WHERE workspace_id IN (SELECT workspace_id FROM spending_caps WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_cap_use
WITH gone AS (
    DELETE FROM cap_use WHERE workspace_id IN (SELECT workspace_id FROM cap_use WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_spend_days
WITH gone AS (
    DELETE FROM spend_days WHERE workspace_id = $1 AND day IN (SELECT day FROM spend_days WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_company_answers
-- What its own keys bought; what the deployment's bought is nobody's. The index is of what is not everybody's.
WITH gone AS (
    DELETE FROM company_answers
     WHERE flight_id IN (SELECT flight_id FROM company_answers WHERE owner = $1::uuid::text AND owner <> 'all' LIMIT $2)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_credit_ledger
WITH gone AS (
    DELETE FROM credit_ledger
     WHERE id IN (SELECT credit_ledger.id
                    FROM credit_accounts JOIN credit_ledger ON credit_ledger.account_id = credit_accounts.id
                   WHERE credit_accounts.workspace_id = $1 LIMIT $2)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_credit_accounts
WITH gone AS (
    DELETE FROM credit_accounts WHERE id IN (SELECT id FROM credit_accounts WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;
