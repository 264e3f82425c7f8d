-- name: leads
INSERT INTO leads (id, workspace_id, revision, event)
SELECT bench.id(4, n), bench.workspace(n), 1, ('{"lead_id": "' || bench.id(4, n) || '", "company": {"name": "Company ' || n || '"}}')::jsonb
  FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: enrichments
INSERT INTO enrichments (lead_id, revision, workspace_id, job_id, status, provider, total_contacts, enriched_at, error)
SELECT bench.id(4, n), 1, bench.workspace(n), bench.id(2, n), CASE WHEN n % 1000 = 0 THEN 'failed' ELSE 'completed' END, 'clay', 2,
       bench.moment(n, $3), CASE WHEN n % 1000 = 0 THEN 'refused ada' || n || '@company' || n || '.example' END
  FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: contacts
INSERT INTO contacts (lead_id, revision, position, workspace_id, contact_id, full_name, email, email_status, title, is_primary,
                      provider, collected_at)
SELECT bench.id(4, n), 1, position, bench.workspace(n), n || '-' || position, 'Ada Person',
       CASE position WHEN 0 THEN 'Ada' ELSE 'bob' END || n || '@company' || n || '.example', 'valid', 'CTO', position = 0, 'clay',
       bench.moment(n, $3)
  FROM generate_series($1::bigint, $2::bigint) AS n CROSS JOIN generate_series(0, 1) AS position;

-- name: company_answers
INSERT INTO company_answers (provider, domain, state, flight_id, paid_by, holder_id, held_since, held_until, contacts, facts, rejected,
                             credits_used, answered_at)
SELECT 'clay', 'company' || n || '.example', 'ready', bench.id(13, n), bench.id(2, n), bench.id(2, n), moment, moment,
       ('{' || bench.contacts(n) || '}')::jsonb -> 'contacts', '{}', '[]', 1, moment
  FROM generate_series($1::bigint, $2::bigint) AS n
 CROSS JOIN LATERAL (SELECT now() - interval '30 days' * ($3 - n)::float8 / $3 AS moment) AS age;

-- name: provider_calls
INSERT INTO provider_calls (id, flight_id, provider, operation, domain, job_id, lease_id, lead_id, workspace_id, outcome, started_at,
                            finished_at)
SELECT bench.id(13, n), bench.id(13, n), 'clay', 'enrich', 'company' || n || '.example', bench.id(2, n), bench.id(2, n), bench.id(4, n),
       bench.workspace(n), 'succeeded', moment, moment
  FROM generate_series($1::bigint, $2::bigint) AS n
 CROSS JOIN LATERAL (SELECT now() - interval '30 days' * ($3 - n)::float8 / $3 AS moment) AS age;

-- name: spend_days
-- As many days as are kept.
INSERT INTO spend_days (workspace_id, day, provider, operation, owner, calls, units, cost)
SELECT bench.workspace(n), (now() - interval '1 day' * (n % 400))::date, 'clay', 'enrich', 'all', 1, 1, 0.25
  FROM generate_series($1::bigint, $2::bigint) AS n
ON CONFLICT DO NOTHING;

-- name: cap_use
INSERT INTO cap_use (workspace_id, day, day_spent, month, month_spent)
SELECT bench.workspace(n), now()::date, 1, date_trunc('month', now())::date, 10
  FROM generate_series($1::bigint, $2::bigint) AS n
ON CONFLICT DO NOTHING;

-- name: credit_accounts
INSERT INTO credit_accounts (id, workspace_id, email, role, daily_credit_limit)
SELECT bench.id(14, n), bench.workspace(n), 'user' || n || '@company.example', 'member', 3
  FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: credit_ledger
INSERT INTO credit_ledger (id, account_id, workspace_id, entry, credits, day, job_id, lead_id, created_at)
SELECT bench.id(15, n), bench.id(14, 1 + n % 1000), bench.workspace(1 + n % 1000), 'commit', 1, moment::date, bench.id(2, n), bench.id(4, n),
       moment
  FROM generate_series($1::bigint, $2::bigint) AS n CROSS JOIN LATERAL bench.moment(n, $3) AS moment;
