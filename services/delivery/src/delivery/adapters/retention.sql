-- name: delete_alerts
-- With their deliveries. What has not ended is still to be told. Of a lead without alerts nothing is left here.
WITH old AS MATERIALIZED (
    SELECT id, lead_id FROM alerts
     WHERE ended_at IS NOT NULL AND created_at < now() - $1::interval
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE alert_id = alerts.id AND status = 'pending')
     ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
), sent AS (
    DELETE FROM deliveries USING old WHERE deliveries.alert_id = old.id
), unbound AS (
    DELETE FROM lead_bindings USING old
     WHERE lead_bindings.lead_id = old.lead_id
       AND NOT EXISTS (SELECT 1 FROM alerts AS other
                        WHERE other.lead_id = old.lead_id AND other.id <> ALL (ARRAY(SELECT id FROM old)))
), gone AS (
    DELETE FROM alerts USING old WHERE alerts.id = old.id RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: forget_contents
-- What may be sent no more, because its job is gone, is people's data kept for nothing. A destination that is held is still
-- waited for, though the end was announced without it.
WITH old AS MATERIALIZED (
    SELECT id FROM alerts
     WHERE content IS NOT NULL AND ended_at < now() - $1::interval
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE alert_id = alerts.id AND status = 'pending')
     ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
), messages AS (
    UPDATE deliveries SET message = NULL FROM old WHERE deliveries.alert_id = old.id AND deliveries.message IS NOT NULL
), forgotten AS (
    UPDATE alerts SET content = NULL FROM old WHERE alerts.id = old.id RETURNING 1
)
SELECT count(*) AS deleted FROM forgotten;

-- name: delete_notices
WITH old AS MATERIALIZED (
    SELECT id FROM notices WHERE created_at < now() - $1::interval ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM notices USING old WHERE notices.id = old.id RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_digests
-- Not one whose leads are still to be told of.
WITH old AS MATERIALIZED (
    SELECT id FROM digests
     WHERE created_at < now() - $1::interval
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE digest_id = digests.id AND status = 'pending')
     ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM digests USING old WHERE digests.id = old.id RETURNING 1
)
SELECT count(*) AS deleted FROM gone;
