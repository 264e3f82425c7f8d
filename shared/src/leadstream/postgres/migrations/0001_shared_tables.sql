SET LOCAL lock_timeout = '5s';

-- Inbox, work queue and run history in one. A job's id is derived from what it does, so the same event twice is the same job.
CREATE TABLE jobs (
    id            uuid        PRIMARY KEY,
    kind          text        NOT NULL,
    state         text        NOT NULL DEFAULT 'ready'
                  CHECK (state IN ('ready', 'running', 'succeeded', 'failed', 'cancelled')),
    priority      smallint    NOT NULL CHECK (priority BETWEEN 0 AND 2),
    -- The finest scope that can be paused: jobs of one lane wait for each other, lanes take turns.
    lane          text        NOT NULL,
    workspace_id  uuid,
    lead_id       uuid,
    payload       jsonb       NOT NULL,
    attempts      smallint    NOT NULL DEFAULT 0,
    -- Leases that ran out: the worker died, or lost Postgres for longer than the lease.
    lost          smallint    NOT NULL DEFAULT 0,
    run_at        timestamptz NOT NULL DEFAULT now(),
    lease_id      uuid,
    leased_until  timestamptz,
    traceparent   text,
    last_error    text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz
);

-- The claim reads only this index: its cost does not depend on how many finished jobs are kept.
CREATE INDEX jobs_ready ON jobs (kind, priority, lane, run_at) WHERE state = 'ready';
CREATE INDEX jobs_leases ON jobs (leased_until) WHERE state = 'running';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_failed ON jobs (kind, finished_at) WHERE state = 'failed';
CREATE INDEX jobs_lead ON jobs (lead_id) WHERE lead_id IS NOT NULL;

CREATE TABLE job_attempts (
    job_id       uuid        NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number       integer     NOT NULL,
    outcome      text        NOT NULL,
    error_class  text,
    error        text,
    status_code  integer,
    excerpt      text,
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz NOT NULL,
    PRIMARY KEY (job_id, number)
);

-- Columns as Debezium's outbox event router expects them, so that it can take the relay's place.
CREATE TABLE outbox (
    seq            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id             uuid        NOT NULL,
    aggregatetype  text        NOT NULL,
    aggregateid    text        NOT NULL,
    type           text        NOT NULL,
    topic          text        NOT NULL,
    key            bytea,
    payload        bytea,
    headers        jsonb,
    traceparent    text,
    created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE pauses (
    id          uuid        PRIMARY KEY,
    scope       text        NOT NULL,
    reason      text        NOT NULL,
    actor       text        NOT NULL,
    until       timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    -- One pause per holder and reason: a provider that says 429 a thousand times is one row.
    UNIQUE (scope, actor, reason)
);

CREATE TABLE rate_limits (
    name        text             PRIMARY KEY,
    tokens      double precision NOT NULL,
    updated_at  timestamptz      NOT NULL
);

-- The first record of a lead binds it to its workspace.
CREATE TABLE lead_bindings (
    lead_id       uuid PRIMARY KEY,
    workspace_id  uuid NOT NULL
);

CREATE TABLE audit_log (
    id            uuid        PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT now(),
    actor         text        NOT NULL,
    action        text        NOT NULL,
    target        text        NOT NULL,
    reason        text,
    before        jsonb,
    after         jsonb,
    workspace_id  uuid
);
CREATE INDEX audit_log_target ON audit_log (target, at);
