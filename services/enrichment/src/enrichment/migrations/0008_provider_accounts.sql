SET LOCAL lock_timeout = '5s';

-- A workspace's own key at a provider: one for each of the two. The id is derived from both.
CREATE TABLE provider_accounts (
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL,
    provider      text        NOT NULL,
    -- What may be shown.
    settings      jsonb       NOT NULL DEFAULT '{}',
    -- AES-256-GCM, bound to this row.
    credentials   bytea       NOT NULL,
    -- Rises with every change.
    version       integer     NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    rotated_at    timestamptz,
    UNIQUE (workspace_id, provider)
);
CREATE INDEX provider_accounts_listed ON provider_accounts (created_at DESC, id DESC);

-- Whom a workspace has asked, in order. Of what is not among the lists the deployment decides.
CREATE TABLE workspace_sources (
    workspace_id  uuid        PRIMARY KEY,
    lists         jsonb       NOT NULL DEFAULT '{}',
    stop_when     text        NOT NULL DEFAULT 'found' CHECK (stop_when IN ('found', 'verified')),
    training      boolean     NOT NULL DEFAULT false,
    updated_at    timestamptz NOT NULL DEFAULT now()
);
