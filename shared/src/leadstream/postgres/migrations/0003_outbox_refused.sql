SET LOCAL lock_timeout = '5s';

-- Events that the broker will never take, too large for their topic: out of the way of the others, and not lost. Once the
-- cause is mended, insert them into outbox again.
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
    error          text        NOT NULL,
    refused_at     timestamptz NOT NULL DEFAULT now()
);
