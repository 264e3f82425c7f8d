SET LOCAL lock_timeout = '5s';

-- One row for each lead, platform and revision that was to be uploaded, from the moment it was asked for. Its id is its job's.
CREATE TABLE uploads (
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL,
    lead_id       uuid        NOT NULL,
    platform      text        NOT NULL,
    revision      integer     NOT NULL,
    intent_score  text        NOT NULL,
    status        text        NOT NULL
                  CHECK (status IN ('pending', 'uploaded', 'failed', 'refused', 'closed')),
    adapter       text,
    outcome       text        CHECK (outcome IN ('created', 'updated')),
    external_id   text,
    attempts      integer     NOT NULL DEFAULT 0,
    error         text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    uploaded_at   timestamptz,
    UNIQUE (lead_id, platform, revision)
);
CREATE INDEX uploads_by_workspace ON uploads (workspace_id, created_at DESC, id DESC);
CREATE INDEX uploads_by_time ON uploads (created_at DESC, id DESC);

CREATE TABLE billing_events (
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL,
    lead_id       uuid        NOT NULL,
    platform      text        NOT NULL,
    event_type    text        NOT NULL CHECK (event_type = 'platform_upload'),
    quantity      integer     NOT NULL DEFAULT 1,
    metadata      jsonb       NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL DEFAULT now(),
    -- Once for each lead and platform, whatever is delivered again, replayed or lost.
    UNIQUE (lead_id, platform, event_type)
);
CREATE INDEX billing_events_by_workspace ON billing_events (workspace_id, created_at DESC, id DESC);
CREATE INDEX billing_events_by_time ON billing_events (created_at DESC, id DESC);
