SET LOCAL lock_timeout = '5s';

-- Workspaces that were deleted, or are being: how far that is, and since when nothing is taken in for them.
CREATE TABLE removals (
    workspace_id  uuid        PRIMARY KEY,
    actor         text        NOT NULL,
    reason        text,
    -- The pauses of what it had, which is gone by the time they can be lifted.
    scopes        text[]      NOT NULL,
    -- Where it goes on: the step, and the key of the last row that was looked at.
    step          text,
    after         text,
    deleted       jsonb       NOT NULL DEFAULT '{}',
    begun_at      timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz
);
CREATE INDEX removals_age ON removals (ended_at);
