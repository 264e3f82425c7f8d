-- name: end_session
WITH old AS (DELETE FROM ended_sessions WHERE until < now())
INSERT INTO ended_sessions (id, until) VALUES ($1, now() + $2::interval)
ON CONFLICT (id) DO UPDATE SET until = GREATEST(ended_sessions.until, excluded.until);

-- name: has_ended
SELECT EXISTS (SELECT FROM ended_sessions WHERE id = $1);
