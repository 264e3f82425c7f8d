-- name: insert_events
INSERT INTO outbox (id, aggregatetype, aggregateid, type, topic, key, payload, headers, traceparent)
SELECT id, aggregatetype, aggregateid, type, topic, key, payload, headers::jsonb, traceparent
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::text[], $9::text[])
       WITH ORDINALITY AS new (id, aggregatetype, aggregateid, type, topic, key, payload, headers, traceparent, n)
 ORDER BY n;

-- name: notify_outbox
SELECT pg_notify('leadstream_outbox_' || current_schema(), '');

-- name: take_events
-- Not "seq > last": transactions commit in another order than they took their numbers. The delete is committed only after the
-- broker has acknowledged, so what a dying relay took comes back. Topics that rest are left out. With $3, only dead letters.
DELETE FROM outbox
 WHERE seq IN (SELECT seq FROM outbox WHERE topic <> ALL ($2::text[]) AND (NOT $3::boolean OR headers IS NOT NULL)
                ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING seq, id, aggregateid, type, topic, key, payload, headers, traceparent, created_at;

-- name: delete_events
DELETE FROM outbox WHERE seq = ANY ($1::bigint[]);

-- name: set_aside
WITH gone AS (
    DELETE FROM outbox WHERE seq = $1
    RETURNING seq, id, aggregatetype, aggregateid, type, topic, key, payload, headers, traceparent, created_at
)
INSERT INTO outbox_refused (seq, id, aggregatetype, aggregateid, type, topic, key, payload, headers, traceparent, created_at, error)
SELECT seq, id, aggregatetype, aggregateid, type, topic, key, payload, headers, traceparent, created_at, $2::text FROM gone;

-- name: try_lead
-- One relay per service publishes, so that the order of a key's events is the order of their rows.
SELECT pg_try_advisory_lock($1::bigint);

-- name: outbox_size
-- What waits for the relay: with $1 only dead letters do.
SELECT count(*) AS rows, coalesce(extract(epoch FROM now() - min(created_at)), 0) AS oldest_seconds FROM outbox
 WHERE NOT $1::boolean OR headers IS NOT NULL;
