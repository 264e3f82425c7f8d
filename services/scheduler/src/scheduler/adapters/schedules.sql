-- name: lock_due
-- SKIP LOCKED: the replica that came first emits, the others look again later.
SELECT name, id, cron, timezone, catch_up, enabled, params, pause_reason, settled_until, next_at, created_at, updated_at
  FROM schedules
 WHERE enabled AND pause_reason IS NULL AND next_at <= $1
 ORDER BY name
   FOR UPDATE SKIP LOCKED;

-- name: save_progress
UPDATE schedules SET settled_until = $2, next_at = $3 WHERE name = $1;

-- name: insert_ticks
INSERT INTO ticks (schedule, scheduled_for, id, emitted_at, manual, params)
SELECT schedule, scheduled_for, id, emitted_at, manual, params::jsonb
  FROM unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::timestamptz[], $5::boolean[], $6::text[])
       AS new (schedule, scheduled_for, id, emitted_at, manual, params)
ON CONFLICT DO NOTHING
RETURNING schedule, scheduled_for;

-- name: existing_ticks
SELECT scheduled_for FROM ticks WHERE schedule = $1 AND scheduled_for = ANY ($2::timestamptz[]);

-- name: list_schedules
SELECT name, id, cron, timezone, catch_up, enabled, params, pause_reason, settled_until, next_at, created_at, updated_at
  FROM schedules ORDER BY name;

-- name: get_schedule
SELECT name, id, cron, timezone, catch_up, enabled, params, pause_reason, settled_until, next_at, created_at, updated_at
  FROM schedules WHERE name = $1;

-- name: lock_schedule
-- Not for looking: a row that is locked is skipped by the clock.
SELECT name, id, cron, timezone, catch_up, enabled, params, pause_reason, settled_until, next_at, created_at, updated_at
  FROM schedules WHERE name = $1 FOR UPDATE;

-- name: insert_schedule
-- No row: it is there already. Without a named conflict, because a schedule is unique by name and by id: with one, a second
-- caller at the same moment would fail at the other.
INSERT INTO schedules (name, id, cron, timezone, catch_up, enabled, params, settled_until, next_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
RETURNING name, id, cron, timezone, catch_up, enabled, params, pause_reason, settled_until, next_at, created_at, updated_at;

-- name: change_schedule
-- A changed schedule begins now: it never catches up on times from before the change. Plainly now, not the later of two:
-- that is how a schedule gets going again that a clock far ahead has taken with it. One time is one tick all the same,
-- by the key of `ticks`.
UPDATE schedules
   SET cron = $2, timezone = $3, catch_up = $4, enabled = $5, params = $6, settled_until = $7, next_at = $8, updated_at = now()
 WHERE name = $1
RETURNING name, id, cron, timezone, catch_up, enabled, params, pause_reason, settled_until, next_at, created_at, updated_at;

-- name: set_pause
UPDATE schedules SET pause_reason = $2, settled_until = $3, next_at = $4, updated_at = now()
 WHERE name = $1
RETURNING name, id, cron, timezone, catch_up, enabled, params, pause_reason, settled_until, next_at, created_at, updated_at;

-- name: list_ticks
SELECT schedule, scheduled_for, id, emitted_at, manual, params FROM ticks
 WHERE schedule = $1 AND ($3::timestamptz IS NULL OR scheduled_for < $3)
 ORDER BY scheduled_for DESC LIMIT $2;

-- name: last_ticks
SELECT schedule, scheduled_for, id, emitted_at, manual
  FROM unnest($1::text[]) AS wanted (name)
  CROSS JOIN LATERAL (SELECT schedule, scheduled_for, id, emitted_at, manual FROM ticks
                       WHERE ticks.schedule = wanted.name AND scheduled_for <= $3
                       ORDER BY scheduled_for DESC LIMIT $2) AS newest;

-- name: last_puts
-- Since when each has the cron that it has, as far as the audit goes back.
SELECT name, (SELECT max(at) FROM audit_log WHERE target = 'schedule:' || name AND action = 'schedule.put') AS at
  FROM unnest($1::text[]) AS wanted (name);

-- name: schedule_times
-- For the figures: a schedule that does not run has no next time that could be late. Ticks of times to come are a person's.
SELECT name, CASE WHEN enabled AND pause_reason IS NULL THEN next_at END AS next_at,
       (SELECT max(scheduled_for) FROM ticks WHERE schedule = schedules.name AND scheduled_for <= now()) AS last_at
  FROM schedules;
