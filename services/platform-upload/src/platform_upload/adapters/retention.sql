-- name: delete_uploads
-- Of a lead without uploads nothing is left here.
WITH old AS MATERIALIZED (
    SELECT id, lead_id FROM uploads
     WHERE created_at < now() - $1::interval ORDER BY created_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
), unbound AS (
    DELETE FROM lead_bindings USING old
     WHERE lead_bindings.lead_id = old.lead_id
       AND NOT EXISTS (SELECT 1 FROM uploads AS other
                        WHERE other.lead_id = old.lead_id AND other.id <> ALL (ARRAY(SELECT id FROM old)))
), gone AS (
    DELETE FROM uploads USING old WHERE uploads.id = old.id RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_unaccepted
-- No platform has ever had them, so no bill is about them. One whose job an operator has run again is not at its end.
WITH old AS MATERIALIZED (
    SELECT id, lead_id FROM uploads
     WHERE uploaded_at IS NULL AND status IN ('failed', 'refused', 'closed', 'cancelled')
       AND created_at < now() - $1::interval
       AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = uploads.id AND state IN ('ready', 'running'))
     ORDER BY created_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
), unbound AS (
    DELETE FROM lead_bindings USING old
     WHERE lead_bindings.lead_id = old.lead_id
       AND NOT EXISTS (SELECT 1 FROM uploads AS other
                        WHERE other.lead_id = old.lead_id AND other.id <> ALL (ARRAY(SELECT id FROM old)))
), gone AS (
    DELETE FROM uploads USING old WHERE uploads.id = old.id RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_billing_events
WITH gone AS (
    DELETE FROM billing_events
     WHERE id IN (SELECT id FROM billing_events
                   WHERE created_at < now() - $1::interval ORDER BY created_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: forget_overrides
-- What was corrected can be sent no more, because its job is gone. Which fields it were is a question to the audit.
WITH old AS MATERIALIZED (
    SELECT id FROM uploads
     WHERE overrides IS NOT NULL AND created_at < now() - $1::interval
       AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = uploads.id)
     ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
), forgotten AS (
    UPDATE uploads SET overrides = NULL FROM old WHERE uploads.id = old.id RETURNING 1
)
SELECT count(*) AS deleted FROM forgotten;

-- name: delete_failed_erasures
-- Nobody has run them again; their jobs go by then, too.
WITH gone AS (
    DELETE FROM person_erasures
     WHERE job_id IN (SELECT job_id FROM person_erasures
                       WHERE failed_at < now() - $1::interval
                         AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = job_id AND state IN ('ready', 'running'))
                       ORDER BY failed_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;
