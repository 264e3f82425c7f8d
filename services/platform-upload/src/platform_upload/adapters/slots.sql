-- name: take_slot
-- The first place that is free, or whose holder has let its time pass: a process that was killed gives nothing back. A row
-- is a place, and `updated_at` says until when it is taken, by which its holder knows it, too. A time that is further away
-- than $3 is what a clock that was set back has left. Nobody waits for a row that somebody else is taking.
WITH free AS (
    SELECT name FROM rate_limits
     WHERE name = ANY ($1::text[])
       AND updated_at NOT BETWEEN clock_timestamp() AND clock_timestamp() + $3::interval
     ORDER BY name LIMIT 1
       FOR UPDATE SKIP LOCKED
)
UPDATE rate_limits SET updated_at = clock_timestamp() + $2::interval
  FROM free
 WHERE rate_limits.name = free.name
RETURNING rate_limits.name, rate_limits.updated_at AS held_until, set_config('synchronous_commit', 'off', true);

-- name: make_slots
INSERT INTO rate_limits (name, tokens, updated_at)
SELECT name, 0, clock_timestamp() FROM unnest($1::text[]) AS name
ON CONFLICT (name) DO NOTHING;

-- name: return_slot
-- Unless its time has passed, and somebody else has it.
UPDATE rate_limits SET updated_at = clock_timestamp() WHERE name = $1 AND updated_at = $2
RETURNING set_config('synchronous_commit', 'off', true);
