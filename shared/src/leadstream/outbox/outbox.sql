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
-- What waits for the relay: with $1 only dead letters do. Counted up to ten thousand; of more, about how many: while the
-- broker is away there may be a million, and this is asked every few seconds.
SELECT CASE WHEN counted.rows < 10000 THEN counted.rows
            ELSE greatest(counted.rows, (SELECT max(seq) FROM outbox WHERE NOT $1::boolean OR headers IS NOT NULL) - first.seq + 1)
       END AS rows,
       coalesce(extract(epoch FROM now() - first.created_at), 0) AS oldest_seconds
  FROM (SELECT count(*) AS rows
          FROM (SELECT FROM outbox WHERE NOT $1::boolean OR headers IS NOT NULL LIMIT 10000) AS first_ones) AS counted
  LEFT JOIN (SELECT seq, created_at FROM outbox
              WHERE NOT $1::boolean OR headers IS NOT NULL ORDER BY seq LIMIT 1) AS first ON true;

-- name: delete_read
-- Debezium reads the log of the database, not this table. Its rows are kept for a while all the same: they are what there is
-- to take a new snapshot of when a replication slot was lost. Only the first are looked at, because they are the oldest.
DELETE FROM outbox
 WHERE seq IN (SELECT seq FROM outbox
                WHERE seq IN (SELECT seq FROM (SELECT seq, created_at FROM outbox
                                                WHERE headers IS NULL ORDER BY seq LIMIT $2) AS first
                               WHERE created_at < now() - $1::interval)
                  FOR UPDATE SKIP LOCKED)
RETURNING seq;
