-- name: delete_ticks
-- But the newest of each schedule: it says when the schedule last ran.
WITH gone AS (
    DELETE FROM ticks
     WHERE id IN (SELECT id FROM ticks
                   WHERE scheduled_for < now() - $1::interval
                     AND EXISTS (SELECT 1 FROM ticks AS later
                                  WHERE later.schedule = ticks.schedule AND later.scheduled_for > ticks.scheduled_for)
                   ORDER BY scheduled_for LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;
