-- name: take_turn
-- `tokens` is 1 while a message is under way, since `updated_at`, and 0 when none is, and the next may go at `updated_at`. Gives
-- how long that is from now; nothing when it is further away than $2, or while a message is under way, for $3 at most:
-- its sender may have died. A time far ahead is what a clock that was set back has left.
INSERT INTO rate_limits AS turn (name, tokens, updated_at) VALUES ($1, 1, clock_timestamp())
ON CONFLICT (name) DO UPDATE
   SET tokens = 1,
       updated_at = CASE WHEN turn.updated_at BETWEEN clock_timestamp() AND clock_timestamp() + $2::interval
                         THEN turn.updated_at ELSE clock_timestamp() END
 WHERE (turn.tokens = 0 AND turn.updated_at <= clock_timestamp() + $2::interval)
    OR turn.updated_at NOT BETWEEN clock_timestamp() - $3::interval AND clock_timestamp() + interval '10 minutes'
RETURNING greatest(interval '0', updated_at - clock_timestamp()) AS wait;

-- name: end_turn
-- From now on, because nobody knows when the other side got the message, but that it was before its answer.
UPDATE rate_limits SET tokens = 0, updated_at = clock_timestamp() + $2::interval WHERE name = $1;
