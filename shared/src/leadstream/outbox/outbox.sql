-- name: insert_events
INSERT INTO outbox (id, aggregatetype, aggregateid, type, topic, key, payload, headers, traceparent)
SELECT id, aggregatetype, aggregateid, type, topic, key, payload, headers::jsonb, traceparent
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::text[], $9::text[])
       WITH ORDINALITY AS new (id, aggregatetype, aggregateid, type, topic, key, payload, headers, traceparent, n)
 ORDER BY n
RETURNING seq, created_at;

-- name: notify_outbox
SELECT pg_notify('leadstream_outbox_' || current_schema(), '');

-- name: free_events
-- What no lane holds. Not "seq > last": transactions commit in another order than they took their numbers. Of up to $1 rows as
-- many as have $2 bytes, and at least one; lengths are looked at before any value is.
-- One relay a service reads here, so nothing is locked, and no transaction is open while the broker is waited for.
-- An array, not IN: the last vacuum has mostly found nothing here, and by that the planner took a join of all events with
-- the first ones, read anew for each (1.5 s for 5,000).
SELECT seq, id, aggregateid, type, topic, key, payload, headers, traceparent, created_at
  FROM outbox
 WHERE seq = ANY (ARRAY(
       SELECT seq FROM (
              SELECT seq, row_number() OVER (ORDER BY seq) AS place, sum(bytes) OVER (ORDER BY seq) AS bytes
                FROM (SELECT seq, coalesce(octet_length(payload), 0) + coalesce(octet_length(key), 0)
                             + coalesce(octet_length(headers::text), 0) AS bytes
                        FROM outbox
                       WHERE lane IS NULL ORDER BY seq LIMIT $1) AS first) AS sized
        WHERE place = 1 OR bytes <= $2::bigint))
 ORDER BY seq;

-- name: free_dead_letters
-- The same of dead letters alone: beside Debezium a million other events may be kept here, and no look passes those.
SELECT seq, id, aggregateid, type, topic, key, payload, headers, traceparent, created_at
  FROM outbox
 WHERE seq = ANY (ARRAY(
       SELECT seq FROM (
              SELECT seq, row_number() OVER (ORDER BY seq) AS place, sum(bytes) OVER (ORDER BY seq) AS bytes
                FROM (SELECT seq, coalesce(octet_length(payload), 0) + coalesce(octet_length(key), 0)
                             + octet_length(headers::text) AS bytes
                        FROM outbox
                       WHERE lane IS NULL AND headers IS NOT NULL ORDER BY seq LIMIT $1) AS first) AS sized
        WHERE place = 1 OR bytes <= $2::bigint))
 ORDER BY seq;

-- name: lane_events
-- The same of what waits in lane $3.
SELECT seq, id, aggregateid, type, topic, key, payload, headers, traceparent, created_at
  FROM outbox
 WHERE seq = ANY (ARRAY(
       SELECT seq FROM (
              SELECT seq, row_number() OVER (ORDER BY seq) AS place, sum(bytes) OVER (ORDER BY seq) AS bytes
                FROM (SELECT seq, coalesce(octet_length(payload), 0) + coalesce(octet_length(key), 0)
                             + coalesce(octet_length(headers::text), 0) AS bytes
                        FROM outbox WHERE lane = $3::text ORDER BY seq LIMIT $1) AS first) AS sized
        WHERE place = 1 OR bytes <= $2::bigint))
 ORDER BY seq;

-- name: lanes
-- A loose index scan: one probe for each lane, however many events wait in it.
WITH RECURSIVE lanes AS (
    (SELECT lane FROM outbox WHERE lane IS NOT NULL ORDER BY lane LIMIT 1)
    UNION ALL
    SELECT next.lane
      FROM lanes CROSS JOIN LATERAL (SELECT lane FROM outbox WHERE outbox.lane > lanes.lane ORDER BY lane LIMIT 1) AS next
)
SELECT lane FROM lanes;

-- name: hold_events
-- By $1 as well, for the sake of the plan (see free_events).
UPDATE outbox SET lane = held.lane
  FROM unnest($1::bigint[], $2::text[]) AS held (seq, lane)
 WHERE outbox.seq = ANY ($1::bigint[]) AND outbox.seq = held.seq;

-- name: delete_events
DELETE FROM outbox WHERE seq = ANY ($1::bigint[]);

-- name: transactions
-- One of this moment, with a number above that of any that has written something, and the oldest that has and goes on.
SELECT pg_current_xact_id()::text::bigint AS this, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest;

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
