SET LOCAL lock_timeout = '5s';

-- What discovery told of a lead, in its highest revision: what an admin's trigger enriches again.
CREATE TABLE leads (
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL,
    revision      integer     NOT NULL,
    event         jsonb       NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now()
);

-- One row per lead and revision. Once completed or skipped it never shows failed again.
CREATE TABLE enrichments (
    lead_id         uuid        NOT NULL,
    revision        integer     NOT NULL,
    workspace_id    uuid        NOT NULL,
    job_id          uuid        NOT NULL,
    status          text        NOT NULL CHECK (status IN ('completed', 'skipped', 'failed')),
    reason          text,
    error           text,
    provider        text,
    credits_used    numeric     NOT NULL DEFAULT 0,
    total_contacts  smallint    NOT NULL DEFAULT 0,
    -- Why contacts of the provider's answer were left out.
    rejected        jsonb       NOT NULL DEFAULT '[]',
    enriched_at     timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (lead_id, revision)
);

-- A lead's contacts are its workspace's. The provider's answer they come from is nobody's: see company_answers.
CREATE TABLE contacts (
    lead_id       uuid        NOT NULL,
    revision      integer     NOT NULL,
    position      smallint    NOT NULL,
    workspace_id  uuid        NOT NULL,
    contact_id    text        NOT NULL,
    full_name     text        NOT NULL,
    first_name    text,
    last_name     text,
    email         text,
    email_status  text        NOT NULL
                  CHECK (email_status IN ('valid', 'invalid', 'accept_all', 'disposable', 'unknown')),
    phone         text,
    title         text,
    seniority     text,
    department    text,
    linkedin_url  text,
    location      text,
    is_primary    boolean     NOT NULL,
    provider      text        NOT NULL,
    collected_at  timestamptz NOT NULL,
    PRIMARY KEY (lead_id, revision, position),
    FOREIGN KEY (lead_id, revision) REFERENCES enrichments (lead_id, revision) ON DELETE CASCADE
);
