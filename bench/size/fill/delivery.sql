-- name: recipients
INSERT INTO recipients (id, workspace_id, email, min_score, enabled, unsubscribe_token)
SELECT bench.id(16, n), bench.workspace(n), 'user' || n || '@company.example', 'cold', true, 'token' || n
  FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: channels
INSERT INTO channels (id, workspace_id, type, name, min_score, status, url, url_origin)
SELECT bench.id(17, n), bench.workspace(n), CASE WHEN n % 3 = 0 THEN 'slack' ELSE 'webhook' END, 'channel ' || n, 'cold', 'active', '\x00',
       'https://hooks.example'
  FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: suppressions
INSERT INTO suppressions (id, workspace_id, email, reason, created_at)
SELECT bench.id(18, n), bench.workspace(n), 'gone' || n || '@company.example',
       (ARRAY['unsubscribed', 'bounced', 'complained', 'manual'])[1 + n / 2 % 4], bench.moment(n, $3)
  FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: alerts
INSERT INTO alerts (id, lead_id, revision, workspace_id, score, content, discovered_at, announcements, status, ended_at, created_at)
SELECT bench.id(19, n), bench.id(4, n), 1, bench.workspace(n), bench.score(n),
       CASE WHEN n % 100 = 3 THEN ('{"company": {"name": "Company"}, "enrichment": {' || bench.contacts(n) || '}}')::jsonb END, moment, 1,
       CASE WHEN n % 100 = 3 THEN 'partial' ELSE 'delivered' END, moment, moment
  FROM generate_series($1::bigint, $2::bigint) AS n CROSS JOIN LATERAL bench.moment(n, $3) AS moment;

-- name: deliveries
-- Slack is what failed, long ago. Of an e-mail in a hundred nothing was heard; the newest of these are still to be asked for.
INSERT INTO deliveries (id, alert_id, workspace_id, lead_id, revision, channel, destination_id, status, attempts, error, delivered_at,
                        created_at, updated_at, receipt, fate, fate_at, ask_at)
SELECT bench.id(2, n), bench.id(19, n), bench.workspace(n), bench.id(4, n), 1, CASE WHEN n <= $3 / 1000 THEN 'slack' ELSE 'email' END,
       bench.id(16, n % 20000), CASE WHEN n <= $3 / 1000 THEN 'failed' WHEN n % 1000 = 1 THEN 'cancelled' ELSE 'delivered' END, 1,
       CASE WHEN n <= $3 / 1000 THEN 'refused ada' || n || '@company' || n || '.example' END, moment, moment, moment,
       'email-' || n, CASE WHEN n % 1000 = 7 THEN 'bounced' WHEN n % 100 <> 3 THEN 'delivered' END, moment,
       CASE WHEN n % 100 = 3 AND n > $3 - $3 / 100 THEN moment + interval '20 hours' END
  FROM generate_series($1::bigint, $2::bigint) AS n CROSS JOIN LATERAL bench.moment(n, $3) AS moment;

-- name: waiting
-- For digests: fifty a recipient, of which a tenth are due; of some nobody has said yet that they wait.
INSERT INTO deliveries (id, alert_id, workspace_id, lead_id, revision, channel, destination_id, held_reason, due_at, created_at,
                        updated_at)
SELECT bench.id(40, n), bench.id(19, n), bench.workspace(n), bench.id(4, n), 1, 'email', bench.id(16, 1 + n % greatest($3 / 50, 1)),
       CASE WHEN n % 100 > 0 THEN 'waits_for_digest: 2026-01-22 07:00 UTC' END,
       now() - interval '1 day' + interval '10 days' * (n::float8 / $3), now(), now()
  FROM generate_series($1::bigint, $2::bigint) AS n;

-- name: digests
-- One in a thousand nobody has begun to write, and as many have failed.
INSERT INTO digests (id, workspace_id, recipient_id, window_start, window_end, message, sent_at, created_at)
SELECT bench.id(41, n), bench.workspace(n), bench.id(16, 1 + n % greatest($3 / 50, 1)), moment - interval '1 day', moment,
       CASE WHEN n % 1000 = 2 THEN '{}'::bytea END, CASE WHEN n % 1000 NOT IN (1, 2) THEN moment END, moment
  FROM generate_series($1::bigint, $2::bigint) AS n CROSS JOIN LATERAL bench.moment(n, $3) AS moment;

-- name: resend_events
INSERT INTO resend_events (id, taken_at)
SELECT 'msg_' || n, bench.moment(n, $3) FROM generate_series($1::bigint, $2::bigint) AS n;
