-- name: take_tokens
-- Refill and take, in one statement: the row is locked for no longer than that, and read as whoever held it before left it.
-- Gives what there is, at most $3; no row when there is no bucket of that name. Nobody waits for the disk: a server that
-- crashes forgets the last half second of taking, no more.
WITH locked AS (
    SELECT name, tokens, updated_at FROM rate_limits WHERE name = $1 FOR UPDATE
), timed AS MATERIALIZED (
    -- One reading of the clock: what passes between two readings would be lost, each time.
    SELECT name, tokens, updated_at, clock_timestamp() AS at FROM locked
), filled AS (
    -- A clock that was put back gives nothing once, and goes on from where it is: to wait until it is where it was could
    -- take hours. One that was put forward fills the bucket, and no more than that.
    SELECT name, least($4::float8, tokens + extract(epoch FROM greatest(at - updated_at, interval '0')) * $2::float8) AS tokens, at
      FROM timed
), given AS (
    SELECT name, tokens, at, greatest(0, least(floor(tokens), $3::float8)) AS taken FROM filled
)
UPDATE rate_limits SET tokens = given.tokens - given.taken, updated_at = given.at
  FROM given
 WHERE rate_limits.name = given.name
RETURNING given.taken::integer AS taken, set_config('synchronous_commit', 'off', true);

-- name: take_whole_tokens
-- As take_tokens, but all $3 or none: whoever kept a part while it waits would keep it from those whom it is enough for.
WITH locked AS (
    SELECT name, tokens, updated_at FROM rate_limits WHERE name = $1 FOR UPDATE
), timed AS MATERIALIZED (
    SELECT name, tokens, updated_at, clock_timestamp() AS at FROM locked
), filled AS (
    SELECT name, least($4::float8, tokens + extract(epoch FROM greatest(at - updated_at, interval '0')) * $2::float8) AS tokens, at
      FROM timed
), given AS (
    SELECT name, tokens, at, CASE WHEN tokens >= $3::float8 THEN $3::float8 ELSE 0 END AS taken FROM filled
)
UPDATE rate_limits SET tokens = given.tokens - given.taken, updated_at = given.at
  FROM given
 WHERE rate_limits.name = given.name
RETURNING greatest(0, $3::float8 - given.tokens) AS missing, set_config('synchronous_commit', 'off', true);

-- name: make_bucket
-- A full one.
INSERT INTO rate_limits (name, tokens, updated_at) VALUES ($1, $2, clock_timestamp()) ON CONFLICT (name) DO NOTHING;

-- name: return_tokens
UPDATE rate_limits SET tokens = tokens + $2 WHERE name = $1
RETURNING set_config('synchronous_commit', 'off', true);

-- name: settle_tokens
-- What has been refilled since the row was written counts with what is in it: $4 is what there may be now.
UPDATE rate_limits
   SET tokens = least(
         tokens + $3::float8,
         $4::float8 - extract(epoch FROM greatest(clock_timestamp() - updated_at, interval '0')) * $2::float8
       )
 WHERE name = $1
RETURNING set_config('synchronous_commit', 'off', true);
