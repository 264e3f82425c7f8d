-- name: delete_alerts
-- With their deliveries. What has not ended is still to be told, and may wait for years: so this goes through all old ones, so
-- many at a time, from where ($3, $4) the last look ended. Of a lead without alerts nothing is left here.
WITH seen AS MATERIALIZED (
    SELECT id, created_at FROM alerts
     WHERE ended_at IS NOT NULL AND created_at < now() - $1::interval
       AND (created_at, id) > (coalesce($3::timestamptz, '-infinity'), coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
     ORDER BY created_at, id LIMIT $2
), old AS MATERIALIZED (
    SELECT alerts.id, alerts.lead_id FROM seen JOIN alerts ON alerts.id = seen.id
     WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE alert_id = alerts.id AND status = 'pending')
     ORDER BY alerts.id FOR UPDATE OF alerts SKIP LOCKED
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
SELECT (SELECT count(*) FROM gone) AS deleted, last.created_at AS at, last.id
  FROM (SELECT 1) AS one
  LEFT JOIN (SELECT created_at, id FROM seen ORDER BY created_at DESC, id DESC LIMIT 1) AS last ON true;

-- name: forget_contents
-- What may be sent no more, because its job is gone, is people's data kept for nothing. A destination that is held is still
-- waited for, though the end was announced without it: passed by as above.
WITH seen AS MATERIALIZED (
    SELECT id, ended_at FROM alerts
     WHERE content IS NOT NULL AND ended_at < now() - $1::interval
       AND (ended_at, id) > (coalesce($3::timestamptz, '-infinity'), coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
     ORDER BY ended_at, id LIMIT $2
), old AS MATERIALIZED (
    SELECT alerts.id FROM seen JOIN alerts ON alerts.id = seen.id
     WHERE alerts.content IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE alert_id = alerts.id AND status = 'pending')
     ORDER BY alerts.id FOR UPDATE OF alerts SKIP LOCKED
), messages AS (
    UPDATE deliveries SET message = NULL FROM old WHERE deliveries.alert_id = old.id AND deliveries.message IS NOT NULL
), forgotten AS (
    UPDATE alerts SET content = NULL FROM old WHERE alerts.id = old.id RETURNING 1
)
SELECT (SELECT count(*) FROM forgotten) AS deleted, last.ended_at AS at, last.id
  FROM (SELECT 1) AS one
  LEFT JOIN (SELECT ended_at, id FROM seen ORDER BY ended_at DESC, id DESC LIMIT 1) AS last ON true;

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
