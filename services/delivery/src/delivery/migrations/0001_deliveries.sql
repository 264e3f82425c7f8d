SET LOCAL lock_timeout = '5s';

-- People of a workspace who get alerts by e-mail.
CREATE TABLE recipients (
    id                 uuid        PRIMARY KEY,
    workspace_id       uuid        NOT NULL,
    email              text        NOT NULL,
    full_name          text,
    min_score          text        NOT NULL CHECK (min_score IN ('hot', 'warm', 'cold')),
    enabled            boolean     NOT NULL,
    -- Random, so that it says nothing about the recipient; good for one thing only.
    unsubscribe_token  text        NOT NULL UNIQUE,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, email)
);

-- Slack channels and webhooks. A Slack URL is a secret, and a webhook's often is: both are kept encrypted.
CREATE TABLE channels (
    id               uuid        PRIMARY KEY,
    workspace_id     uuid        NOT NULL,
    type             text        NOT NULL CHECK (type IN ('slack', 'webhook')),
    name             text        NOT NULL,
    min_score        text        NOT NULL CHECK (min_score IN ('hot', 'warm', 'cold')),
    -- paused: by a person; disabled: by the destination, which said that it is gone.
    status           text        NOT NULL CHECK (status IN ('active', 'paused', 'disabled')),
    disabled_reason  text,
    url              bytea       NOT NULL,
    url_origin         text        NOT NULL,
    -- {"current", "previous"}; the previous one signs, too, until `previous_secret_until`.
    secrets          bytea,
    previous_secret_until timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, type, name)
);

-- Addresses that get nothing, whatever recipients say.
CREATE TABLE suppressions (
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL,
    email         text        NOT NULL,
    reason        text        NOT NULL CHECK (reason IN ('unsubscribed', 'bounced', 'complained', 'manual')),
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, email)
);

-- What a workspace is told about one (lead, revision). The row is the memory that makes a record seen again a duplicate,
-- and the lock under which the end of its deliveries is noticed.
CREATE TABLE alerts (
    id             uuid        PRIMARY KEY,
    lead_id        uuid        NOT NULL,
    revision       integer     NOT NULL,
    workspace_id   uuid        NOT NULL,
    score          text        NOT NULL,
    -- The event; null when nothing of it is to be sent any more.
    content        jsonb,
    discovered_at  timestamptz NOT NULL,
    traceparent    text,
    -- How many lead.delivered were announced, and what the last one said.
    announcements  smallint    NOT NULL DEFAULT 0,
    status         text        CHECK (status IN ('delivered', 'partial', 'failed', 'no_channel')),
    ended_at       timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (lead_id, revision)
);
CREATE INDEX alerts_content ON alerts (ended_at) WHERE content IS NOT NULL;

-- One (lead, revision) on its way to one destination. The id is the job's, the Idempotency-Key and the webhook-id.
CREATE TABLE deliveries (
    id              uuid        PRIMARY KEY,
    alert_id        uuid        NOT NULL REFERENCES alerts (id),
    workspace_id    uuid        NOT NULL,
    lead_id         uuid        NOT NULL,
    revision        integer     NOT NULL,
    channel         text        NOT NULL CHECK (channel IN ('email', 'slack', 'webhook')),
    -- A recipient or a channel; no foreign key, because the history outlives them.
    destination_id  uuid        NOT NULL,
    status          text        NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed', 'cancelled')),
    attempts        integer     NOT NULL DEFAULT 0,
    -- What is sent, byte for byte the same at every attempt; null once it was accepted.
    message         bytea,
    -- Since when an attempt may have had its effect without anybody knowing.
    in_doubt_since  timestamptz,
    -- Attempts whose answer was lost.
    unanswered      smallint    NOT NULL DEFAULT 0,
    receipt         text,
    error_class     text,
    error           text,
    status_code     integer,
    delivered_at    timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deliveries_alert ON deliveries (alert_id);
CREATE INDEX deliveries_pending ON deliveries (alert_id) WHERE status = 'pending';
CREATE INDEX deliveries_listed ON deliveries (workspace_id, created_at DESC, id DESC);
CREATE INDEX deliveries_lead ON deliveries (lead_id);

-- An operator's cancellation is noticed by looking here; cancelled jobs are few.
CREATE INDEX jobs_cancelled ON jobs (id) WHERE state = 'cancelled';
