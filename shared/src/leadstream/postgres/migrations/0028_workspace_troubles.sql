SET LOCAL lock_timeout = '5s';

-- What a workspace has been told that it should look after, until it is well again: one row, one word for each cause.
CREATE TABLE workspace_troubles (
    -- A connection, a query; of a budget, the workspace.
    subject_id    uuid        NOT NULL,
    cause         text        NOT NULL,
    workspace_id  uuid        NOT NULL,
    name          text        NOT NULL,
    detail        text        NOT NULL,
    began_at      timestamptz NOT NULL,
    -- What began before this proves nothing: a call that was under way, or one small enough for what was left of a budget.
    until         timestamptz NOT NULL,
    PRIMARY KEY (subject_id, cause)
);
CREATE INDEX workspace_troubles_workspace ON workspace_troubles (workspace_id);
