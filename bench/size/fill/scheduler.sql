-- name: schedules
INSERT INTO schedules (name, id, cron, settled_until, next_at)
SELECT 'schedule-' || n, bench.id(21, n), '0 2 * * *', now(), now() + interval '1 day' FROM generate_series(1, 20) AS n;

-- name: ticks
INSERT INTO ticks (schedule, scheduled_for, id, emitted_at, manual, params)
SELECT 'schedule-' || 1 + n % 20, bench.moment(n, $3), bench.id(12, n), bench.moment(n, $3), false, '{}'
  FROM generate_series($1::bigint, $2::bigint) AS n;
