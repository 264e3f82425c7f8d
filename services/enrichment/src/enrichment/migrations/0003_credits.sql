SET LOCAL lock_timeout = '5s';

CREATE TABLE credit_accounts (
    id                  uuid        PRIMARY KEY,
    workspace_id        uuid        NOT NULL,
    email               text        NOT NULL,
    role                text        NOT NULL,
    daily_credit_limit  integer     NOT NULL CHECK (daily_credit_limit >= 0),
    -- Reserved and spent.
    daily_credits_used  integer     NOT NULL DEFAULT 0 CHECK (daily_credits_used >= 0),
    -- The day that these are the credits of: the last one started for this account; null before the first.
    credit_day          date,
    -- When the account was last used: a day before it can't take that back.
    last_spent_on       date,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, email)
);

-- The days that were started, each once.
CREATE TABLE credit_days (
    day         date        PRIMARY KEY,
    started_at  timestamptz NOT NULL DEFAULT now()
);

-- What became of each credit. Rows are added, never changed, but for `open`: a reservation is open until it is committed
-- or released.
CREATE TABLE credit_ledger (
    id            uuid        PRIMARY KEY,
    account_id    uuid        NOT NULL REFERENCES credit_accounts (id),
    workspace_id  uuid        NOT NULL,
    entry         text        NOT NULL CHECK (entry IN ('reserve', 'commit', 'release', 'reset')),
    credits       integer     NOT NULL,
    day           date,
    job_id        uuid,
    lead_id       uuid,
    open          boolean     NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX credit_ledger_account ON credit_ledger (account_id, created_at DESC, id DESC);
-- One reservation a job, and one end of it.
CREATE UNIQUE INDEX credit_ledger_job ON credit_ledger (job_id, entry) WHERE job_id IS NOT NULL;
CREATE INDEX credit_ledger_open ON credit_ledger (created_at) WHERE open;
