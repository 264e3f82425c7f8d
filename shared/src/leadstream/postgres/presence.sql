-- name: take_presence
SELECT pg_advisory_lock($1);

-- name: keep_presence
SELECT 1;
