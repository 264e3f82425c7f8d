SET LOCAL lock_timeout = '5s';

-- One row a run; its id is the job's.
CREATE TABLE query_runs (
    id            uuid        PRIMARY KEY,
    query_id      uuid        NOT NULL,
    workspace_id  uuid        NOT NULL,
    tick_id       uuid        NOT NULL,
    -- The day that the run counts for: at most 50 new leads for a query and a day.
    run_on        date        NOT NULL,
    status        text        NOT NULL CHECK (status IN ('succeeded', 'skipped', 'retrying', 'held', 'failed')),
    -- found = created + known + rejected
    found         integer     NOT NULL DEFAULT 0,
    created       integer     NOT NULL DEFAULT 0,
    known         integer     NOT NULL DEFAULT 0,
    rejected      integer     NOT NULL DEFAULT 0,
    error         text,
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz
);
CREATE INDEX query_runs_day ON query_runs (query_id, run_on);
CREATE INDEX query_runs_latest ON query_runs (query_id, started_at DESC, id DESC);

-- Why items did not become leads.
CREATE TABLE query_run_rejections (
    run_id  uuid    NOT NULL REFERENCES query_runs (id) ON DELETE CASCADE,
    reason  text    NOT NULL,
    count   integer NOT NULL,
    PRIMARY KEY (run_id, reason)
);
