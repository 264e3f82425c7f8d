SET LOCAL lock_timeout = '5s';

-- The read model of every lead. Leads made elsewhere (a developer's kcat) are in it, too: hence no foreign keys.
CREATE TABLE leads (
    id                    uuid        PRIMARY KEY,
    workspace_id          uuid        NOT NULL,
    query_id              uuid,
    domain                text,
    company_data          jsonb,
    contact_data          jsonb,
    intent_data           jsonb       DEFAULT NULL,
    revision              integer     NOT NULL DEFAULT 1 CHECK (revision >= 1),
    enrichment_status     text        NOT NULL DEFAULT 'pending'
                          CHECK (enrichment_status IN ('pending', 'completed', 'skipped', 'failed')),
    delivery_status       text        NOT NULL DEFAULT 'pending'
                          CHECK (delivery_status IN ('pending', 'delivered', 'partial', 'failed', 'no_channel')),
    platform_uploaded     boolean     NOT NULL DEFAULT FALSE,
    platform_uploaded_at  timestamptz DEFAULT NULL,
    platform_name         text        DEFAULT NULL,
    last_error            text,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now(),
    enriched_at           timestamptz,
    delivered_at          timestamptz
) WITH (fillfactor = 80);  -- Each lead is updated a few times, in columns that no index has.

-- Newest first, within a workspace and over all; the second also finds a week's leads for the trends.
CREATE INDEX leads_workspace ON leads (workspace_id, created_at DESC, id DESC);
CREATE INDEX leads_created ON leads (created_at DESC, id DESC);
CREATE INDEX leads_score ON leads (workspace_id, (intent_data ->> 'score'), created_at DESC);

-- What makes two finds the same company within a workspace: `domain:acme.com`, or `name:acme` where there is no domain. A
-- table of its own, because whoever inserts the key first has the lead, whichever query or replica finds it next.
CREATE TABLE lead_keys (
    workspace_id  uuid NOT NULL,
    key           text NOT NULL,
    lead_id       uuid NOT NULL,
    PRIMARY KEY (workspace_id, key)
);

-- What is known of each lead's way, one row for each (kind, revision, subject): where it stands in `leads` is computed
-- from these alone, which is why the order in which events are seen does not matter.
CREATE TABLE lead_history (
    lead_id        uuid        NOT NULL,
    kind           text        NOT NULL CHECK (kind IN ('discovered', 'enriched', 'delivered', 'uploaded', 'failed')),
    revision       integer     NOT NULL,
    subject        text        NOT NULL,
    happened_at    timestamptz NOT NULL,
    digest         text        NOT NULL,
    status         text,
    score          text,
    error          text,
    discovered_at  timestamptz,
    detail         jsonb,
    PRIMARY KEY (lead_id, kind, revision, subject)
);
