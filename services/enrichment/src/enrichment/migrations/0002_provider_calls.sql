SET LOCAL lock_timeout = '5s';

-- Answers about companies, one row for a company: the cache, and who is asking right now. No workspace's data, so all
-- workspaces share it (README, "Who owns an answer"). Whoever holds a row until `held_until` is the only one to ask.
CREATE TABLE company_answers (
    provider      text        NOT NULL,
    domain        text        NOT NULL,
    -- asking: nothing is here yet; verifying: the answer is here, its addresses are being verified; ready: for all to use.
    state         text        NOT NULL CHECK (state IN ('asking', 'verifying', 'ready')),
    -- The call that asks, or asked.
    flight_id     uuid        NOT NULL,
    -- The job that pays, or paid.
    paid_by       uuid        NOT NULL,
    -- The job that is at it. A job that died lets go at `held_until`, or when it runs again itself.
    holder_id     uuid        NOT NULL,
    held_since    timestamptz NOT NULL,
    held_until    timestamptz NOT NULL,
    contacts      jsonb,
    facts         jsonb,
    rejected      jsonb,
    credits_used  numeric,
    answered_at   timestamptz,
    PRIMARY KEY (provider, domain)
);
CREATE INDEX company_answers_flight ON company_answers (flight_id);
CREATE INDEX company_answers_holder ON company_answers (holder_id) WHERE state <> 'ready';
CREATE INDEX company_answers_age ON company_answers (held_since);

-- Every call that may cost money, on record before it is made. No outcome yet: it is under way, or its worker is gone.
CREATE TABLE provider_calls (
    id            uuid        PRIMARY KEY,
    flight_id     uuid        NOT NULL,
    provider      text        NOT NULL,
    operation     text        NOT NULL CHECK (operation IN ('enrich', 'verify')),
    domain        text        NOT NULL,
    -- Which contact's address is verified.
    position      smallint,
    job_id        uuid        NOT NULL,
    lease_id      uuid        NOT NULL,
    lead_id       uuid        NOT NULL,
    workspace_id  uuid        NOT NULL,
    -- The day whose provider budget the call counts against; null where there is no budget.
    budget_day    date,
    outcome       text        CHECK (outcome IN ('succeeded', 'refused', 'failed', 'unknown')),
    started_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz
);
CREATE INDEX provider_calls_open ON provider_calls (job_id) WHERE outcome IS NULL;
CREATE INDEX provider_calls_flight ON provider_calls (flight_id);
CREATE INDEX provider_calls_age ON provider_calls (started_at);

-- How many companies a workspace may have asked about in a day. A row stands before the default of the settings.
CREATE TABLE provider_budgets (
    workspace_id  uuid        PRIMARY KEY,
    -- Null: no limit.
    daily_calls   integer     CHECK (daily_calls >= 0),
    updated_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE provider_spending (
    workspace_id  uuid        NOT NULL,
    day           date        NOT NULL,
    calls         integer     NOT NULL,
    PRIMARY KEY (workspace_id, day)
);
