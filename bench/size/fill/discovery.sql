-- name: workspaces
INSERT INTO workspaces (id, slug, name) SELECT bench.id(1, n), 'workspace-' || n, 'Workspace ' || n FROM generate_series(1, 500) AS n;

-- name: topics
INSERT INTO topics (id, name, category) SELECT bench.id(9, n), 'topic ' || n, 'technology' FROM generate_series(1, 1000) AS n;

-- name: queries
INSERT INTO queries (id, workspace_id, topic_id, name)
SELECT bench.id(10, n), bench.workspace(n), bench.id(9, 1 + n % 1000), 'query ' || n FROM generate_series(0, 1999) AS n;

-- name: query_runs
INSERT INTO query_runs (id, query_id, workspace_id, tick_id, run_on, status, found, created, started_at, finished_at)
SELECT bench.id(11, n), bench.id(10, n % 2000), bench.workspace(n), bench.id(12, n / 2000), moment::date, 'succeeded', 50, 40, moment,
       moment
  FROM generate_series($1::bigint, $2::bigint) AS n CROSS JOIN LATERAL bench.moment(n, $3) AS moment;

-- name: trends
INSERT INTO trends (topic_id, week_start, week_end, volume, previous_volume, change_percent, direction)
SELECT bench.id(9, n), date '2024-01-07' + 7 * week, date '2024-01-13' + 7 * week, n, n, 0, 'stable'
  FROM generate_series(1, 1000) AS n CROSS JOIN generate_series(0, 103) AS week;

-- name: leads
-- What failed did so long ago, all at once: a list of it that goes through the newest first goes through them all.
INSERT INTO leads (id, workspace_id, query_id, domain, company_data, contact_data, intent_data, enrichment_status, delivery_status,
                   platform_uploaded, platform_uploaded_at, platform_name, last_error, created_at, updated_at, enriched_at, delivered_at)
SELECT bench.id(4, n), bench.workspace(n), bench.id(10, n % 2000), 'company' || n || '.example',
       ('{"name": "Company ' || n || '", "domain": "company' || n || '.example", "industry": "Technology", "employee_count": 120, '
        || '"location": {"city": "Springfield", "country": "United States"}}')::jsonb,
       ('{"status": "completed", "provider": "clay", ' || bench.contacts(n) || '}')::jsonb,
       ('{"score": "' || score || '", "signals": [{"signal_type": "hiring", "signal_strength": "high", "source": "jobs"}]}')::jsonb,
       CASE WHEN is_old THEN 'failed' ELSE 'completed' END,
       CASE WHEN is_old THEN 'failed' WHEN n % 100 = 3 THEN 'partial' ELSE 'delivered' END,
       is_uploaded, CASE WHEN is_uploaded THEN moment END, CASE WHEN is_uploaded THEN bench.platform(n) END,
       CASE WHEN is_old THEN 'the provider refused ada' || n || '@company' || n || '.example' END, moment, moment, moment, moment
  FROM generate_series($1::bigint, $2::bigint) AS n
 CROSS JOIN LATERAL bench.moment(n, $3) AS moment
 CROSS JOIN LATERAL bench.score(n) AS score
 CROSS JOIN LATERAL (SELECT n <= $3 / 1000 AS is_old) AS age
 CROSS JOIN LATERAL (SELECT score <> 'cold' AND NOT is_old AND n % 50 <> 1 AS is_uploaded) AS upload;

-- name: lead_counts
INSERT INTO lead_counts (workspace_id, score, is_uploaded, platform_name, count, last_upload)
SELECT workspace_id, intent_data ->> 'score', platform_uploaded, coalesce(platform_name, ''), count(*), max(platform_uploaded_at)
  FROM leads GROUP BY 1, 2, 3, 4;

-- name: lead_keys
INSERT INTO lead_keys (workspace_id, key, lead_id)
SELECT bench.workspace(n), 'domain:company' || n || '.example', bench.id(4, n) FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: lead_history
INSERT INTO lead_history (lead_id, kind, revision, subject, happened_at, digest, status, score, error, detail)
SELECT bench.id(4, n), kind, 1, '', bench.moment(n, $3), 'd', 'completed', bench.score(n),
       CASE WHEN kind = 'enriched' AND n <= $3 / 1000 THEN 'refused ada' || n || '@company' || n || '.example' END,
       '{"run_id": "00000000-0000-7000-8000-000000000001"}'
  FROM generate_series($1::bigint, $2::bigint) AS n CROSS JOIN unnest(ARRAY['enriched']) AS kind;

-- name: lead_finds
-- As the runs say that they made them: forty leads each, one after the other.
INSERT INTO lead_history (lead_id, kind, revision, subject, happened_at, digest, score, detail)
SELECT bench.id(4, n), 'discovered', 1, '', bench.moment(n, $3), 'd', bench.score(n),
       jsonb_build_object('run_id', bench.id(11, n / 40), 'query_id', bench.id(10, n % 2000))
  FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: lead_intents
INSERT INTO lead_intents (lead_id, query_id, topic_id, signals)
SELECT bench.id(4, n), bench.id(10, n % 2000), bench.id(9, 1 + n % 1000), '[{"signal_type": "hiring", "signal_strength": "high"}]'
  FROM generate_series($1::bigint, $2::bigint) AS n;
