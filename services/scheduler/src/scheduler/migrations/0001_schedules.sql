SET LOCAL lock_timeout = '5s';

CREATE TABLE schedules (
    name           text        PRIMARY KEY,
    id             uuid        NOT NULL UNIQUE,
    cron           text        NOT NULL,
    timezone       text        NOT NULL DEFAULT 'UTC',
    catch_up       text        NOT NULL DEFAULT 'latest' CHECK (catch_up IN ('none', 'latest', 'all')),
    enabled        boolean     NOT NULL DEFAULT true,
    params         jsonb       NOT NULL DEFAULT '{}',
    pause_reason   text,
    -- Every time up to here is ticked or let go. Never moves back, whatever the clock does.
    settled_until  timestamptz NOT NULL,
    next_at        timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);

-- The primary key is what makes it one tick, however many replicas think it is due.
CREATE TABLE ticks (
    schedule       text        NOT NULL,
    scheduled_for  timestamptz NOT NULL,
    id             uuid        NOT NULL UNIQUE,
    emitted_at     timestamptz NOT NULL,
    manual         boolean     NOT NULL,
    params         jsonb       NOT NULL,
    PRIMARY KEY (schedule, scheduled_for)
);
