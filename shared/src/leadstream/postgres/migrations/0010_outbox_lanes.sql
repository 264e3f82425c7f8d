SET LOCAL lock_timeout = '5s';

-- Events of a topic, or of one partition of it, that the broker does not take wait in a lane of their own (`topic` or
-- `topic/partition`), out of the way of all others and in their order.
ALTER TABLE outbox ADD COLUMN lane text;
CREATE INDEX outbox_lanes ON outbox (lane, seq) WHERE lane IS NOT NULL;
-- A look for what may go out does not pass what waits in lanes, however much that is.
CREATE INDEX outbox_free ON outbox (seq) WHERE lane IS NULL;

-- What is set aside has the columns of what it was, in the same order: it is moved over, and back, as it is.
ALTER TABLE outbox_refused RENAME TO outbox_refused_before;
ALTER TABLE outbox_refused_before RENAME CONSTRAINT outbox_refused_pkey TO outbox_refused_before_pkey;
CREATE TABLE outbox_refused (
    seq            bigint      PRIMARY KEY,
    id             uuid        NOT NULL,
    aggregatetype  text        NOT NULL,
    aggregateid    text        NOT NULL,
    type           text        NOT NULL,
    topic          text        NOT NULL,
    key            bytea,
    payload        bytea,
    headers        jsonb,
    traceparent    text,
    created_at     timestamptz NOT NULL,
    lane           text,
    error          text        NOT NULL,
    refused_at     timestamptz NOT NULL DEFAULT now()
);
INSERT INTO outbox_refused (seq, id, aggregatetype, aggregateid, type, topic, key, payload, headers, traceparent, created_at, error, refused_at)
SELECT seq, id, aggregatetype, aggregateid, type, topic, key, payload, headers, traceparent, created_at, error, refused_at
  FROM outbox_refused_before;
DROP TABLE outbox_refused_before;
