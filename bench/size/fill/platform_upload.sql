-- name: connections
INSERT INTO connections (id, workspace_id, platform, adapter, credentials)
SELECT bench.id(3, n), bench.id(1, 1 + n % 500), 'platform-' || n / 500, 'webhook', '\x00' FROM generate_series(0, 3999) AS n;

-- name: uploads
INSERT INTO uploads (id, workspace_id, lead_id, platform, revision, intent_score, status, adapter, outcome, external_id, attempts, error,
                     created_at, updated_at, uploaded_at)
SELECT bench.id(2, n), bench.workspace(n), bench.id(4, n), bench.platform(n), 1, bench.score(n),
       CASE WHEN n <= $3 / 1000 THEN 'failed' ELSE 'uploaded' END, 'hubspot', 'created', n::text, 1,
       CASE WHEN n <= $3 / 1000 THEN 'refused ada' || n || '@company' || n || '.example' END, moment, moment, moment
  FROM generate_series($1::bigint, $2::bigint) AS n CROSS JOIN LATERAL bench.moment(n, $3) AS moment;

-- name: waiting_uploads
INSERT INTO uploads (id, workspace_id, lead_id, platform, revision, intent_score, status, created_at)
SELECT bench.id(5, n), bench.workspace(n), bench.id(4, n), bench.platform(n), 2, 'hot', 'pending', now() - interval '1 minute'
  FROM generate_series(1, 10 * $1::bigint) AS n;

-- name: billing_events
INSERT INTO billing_events (id, workspace_id, lead_id, platform, event_type, created_at)
SELECT bench.id(20, n), bench.workspace(n), bench.id(4, n), bench.platform(n), 'platform_upload', bench.moment(n, $3)
  FROM generate_series($1::bigint, $2::bigint) AS n;
