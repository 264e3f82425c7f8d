-- name: try_record_lock
SELECT pg_try_advisory_lock($1::bigint);

-- name: release_record_lock
SELECT pg_advisory_unlock($1::bigint);

-- name: announce_creation
-- Before the request, and in one statement: of two workers, one of which has lost its lock without knowing it, one makes
-- the record. What is older than an hour is found at the platform, or is not there: it goes.
WITH old AS (
    DELETE FROM creations
     WHERE id IN (SELECT id FROM creations WHERE asked_at < now() - interval '1 hour' AND id <> $1
                   ORDER BY asked_at LIMIT 100 FOR UPDATE SKIP LOCKED)
)
INSERT INTO creations (id) VALUES ($1)
ON CONFLICT (id) DO UPDATE SET asked_at = now(), record_id = NULL WHERE creations.asked_at <= now() - $2::interval
RETURNING id;

-- name: get_creation
-- And how long it may still take until a record that was made shows.
SELECT record_id, greatest(asked_at + $2::interval - now(), interval '0') AS wait FROM creations WHERE id = $1;

-- name: note_creation
UPDATE creations SET record_id = $2 WHERE id = $1;

-- name: forget_creation
DELETE FROM creations WHERE id = $1;
