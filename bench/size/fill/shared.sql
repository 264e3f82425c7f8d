-- name: jobs
-- Finished ones, nearly all well.
INSERT INTO jobs (id, kind, state, priority, lane, workspace_id, lead_id, payload, attempts, run_at, last_error, error_class,
                  status_code, failure, created_at, finished_at)
SELECT bench.id(2, n), ($4::text[])[1 + n % cardinality($4::text[])],
       CASE WHEN n % 200 = 0 THEN 'failed' WHEN n % 1000 = 1 THEN 'cancelled' ELSE 'succeeded' END, n % 3,
       'connection:' || bench.id(3, n % 4000)::text, bench.workspace(n), bench.id(4, n),
       ('{"revision": 1, "lead": {"id": "' || bench.id(4, n) || '", ' || bench.contacts(n) || '}}')::jsonb, 1, moment,
       CASE WHEN n % 200 = 0 THEN 'the platform refused ada' || n || '@company' || n || '.example' END,
       CASE WHEN n % 200 = 0 THEN 'rejected' END, CASE WHEN n % 200 = 0 THEN 400 END,
       -- Half of it in one group, the rest in three hundred.
       CASE WHEN n % 200 = 0 THEN bench.id(9, CASE WHEN n % 400 = 0 THEN 0 ELSE n / 400 % 300 END) END, moment, moment
  FROM generate_series($1::bigint, $2::bigint) AS n CROSS JOIN LATERAL bench.moment(n, $3) AS moment;

-- name: job_attempts
INSERT INTO job_attempts (job_id, number, outcome, error, excerpt, status_code, started_at, finished_at)
SELECT bench.id(2, n), 1, CASE WHEN n % 200 = 0 THEN 'failed' ELSE 'succeeded' END,
       CASE WHEN n % 200 = 0 THEN 'the platform refused ada' || n || '@company' || n || '.example' END,
       CASE WHEN n % 200 = 0 THEN '{"status": "error"}' END, CASE WHEN n % 200 = 0 THEN 400 ELSE 200 END, moment, moment
  FROM generate_series($1::bigint, $2::bigint) AS n CROSS JOIN LATERAL bench.moment(n, $3) AS moment;

-- name: ready_jobs
-- $1 lanes of ten jobs each, that came just now.
INSERT INTO jobs (id, kind, state, priority, lane, workspace_id, lead_id, payload, run_at, created_at)
SELECT bench.id(5, n), ($2::text[])[1 + n % cardinality($2::text[])], 'ready', n % $1 % 3, 'connection:' || bench.id(3, n % $1)::text,
       bench.workspace(n), bench.id(4, n), '{"revision": 1}', now() - interval '1 minute', now() - interval '1 minute'
  FROM generate_series(1, 10 * $1::bigint) AS n;

-- name: pauses
INSERT INTO pauses (id, scope, reason, actor, probe_at)
SELECT bench.id(6, n), 'connection:' || bench.id(3, n)::text, 'circuit_open', 'breaker', now() + interval '1 day' FROM generate_series(0, $1::bigint - 1) AS n;

-- name: audit_log
INSERT INTO audit_log (id, at, actor, action, target, reason, before, after, workspace_id)
SELECT bench.id(7, n), bench.moment(n, $3), 'operator', 'recipient.changed', 'recipient:' || n % 1000, 'asked',
       jsonb_build_object('email', 'ada' || n || '@company.example'), jsonb_build_object('email', 'bob' || n || '@company.example'),
       bench.workspace(n)
  FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: dead_letters
INSERT INTO dead_letters (topic, partition, record_offset, record_time, reason, error, created_at)
SELECT 'lead.upload', n % 12, n, n, 'invalid', 'company.name: field required', bench.moment(n, $3)
  FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: lead_bindings
INSERT INTO lead_bindings (lead_id, workspace_id)
SELECT bench.id(4, n), bench.workspace(n) FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: outbox
-- As beside Debezium: events that were read, kept for a day.
INSERT INTO outbox (id, aggregatetype, aggregateid, type, topic, key, payload, headers, created_at)
SELECT bench.id(8, n), 'lead', bench.id(4, n)::text, 'lead.uploaded.v1', 'lead.uploaded', convert_to(bench.id(4, n)::text, 'UTF8'),
       convert_to('{' || bench.contacts(n) || '}', 'UTF8'), NULL, now() - interval '12 hours'
  FROM generate_series($1::bigint, $2::bigint) AS n;
