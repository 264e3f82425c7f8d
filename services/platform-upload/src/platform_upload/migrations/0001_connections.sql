SET LOCAL lock_timeout = '5s';

-- A workspace's way into a platform: one for each of the two. The id is derived from both.
CREATE TABLE connections (
    id               uuid        PRIMARY KEY,
    workspace_id     uuid        NOT NULL,
    platform         text        NOT NULL,
    adapter          text        NOT NULL,
    -- What may be shown. A webhook's URL may not, and is among the credentials.
    settings         jsonb       NOT NULL DEFAULT '{}',
    -- AES-256-GCM, bound to this row.
    credentials      bytea       NOT NULL,
    status           text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'disabled')),
    disabled_reason  text,
    -- Rises with every change: an answer to an older version of the connection holds up nothing.
    version          integer     NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    rotated_at       timestamptz,
    UNIQUE (workspace_id, platform)
);
