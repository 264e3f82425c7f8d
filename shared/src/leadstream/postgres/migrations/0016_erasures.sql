SET LOCAL lock_timeout = '5s';

-- Erasures that are under way, and how the others went: who goes on, after a crash, goes on from here.
CREATE TABLE erasures (
    id            uuid        PRIMARY KEY,
    -- Null once it is done: then there is nothing left to look for.
    email         text,
    workspace_id  uuid,
    dry_run       boolean     NOT NULL,
    -- Whether the person had been erased before.
    known         boolean     NOT NULL,
    -- Rows by table.
    removed       jsonb       NOT NULL DEFAULT '{}',
    -- Rows that are gone and that others, not looked through yet, point to.
    found         uuid[]      NOT NULL DEFAULT '{}',
    -- What is looked through now, and up to which key it has been.
    sweep         text,
    after         text,
    started_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    CHECK ((email IS NULL) = (finished_at IS NOT NULL))
);
CREATE INDEX erasures_unfinished ON erasures (started_at) WHERE finished_at IS NULL;
