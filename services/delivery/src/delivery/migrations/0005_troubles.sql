SET LOCAL lock_timeout = '5s';

-- Channels that take nothing any more, so that the workspace is told once for each cause, and once more when all is well.
CREATE TABLE troubles (
    channel_id    uuid        PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,
    workspace_id  uuid        NOT NULL,
    -- gone: its receiver switched it off; outage: it could not be reached for so long that leads were given up.
    cause         text        NOT NULL CHECK (cause IN ('gone', 'outage')),
    detail        text        NOT NULL,
    began_at      timestamptz NOT NULL,
    -- When a person changed the channel since: if it goes wrong again, that is news.
    mended_at     timestamptz
);

-- One e-mail to one recipient about a channel. The id is its job's, and the Idempotency-Key.
CREATE TABLE notices (
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL,
    channel_id    uuid        NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    recipient_id  uuid        NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
    about         text        NOT NULL CHECK (about IN ('gone', 'outage', 'back', 'recovered')),
    detail        text        NOT NULL,
    began_at      timestamptz NOT NULL,
    -- What is sent, byte for byte the same at every attempt, and since when.
    message       bytea,
    tried_at      timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now()
);
