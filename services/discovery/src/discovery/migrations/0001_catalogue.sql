SET LOCAL lock_timeout = '5s';

CREATE TABLE workspaces (
    -- Derived from the slug.
    id          uuid        PRIMARY KEY,
    slug        text        NOT NULL UNIQUE,
    name        text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- What queries are about. Of no workspace: two that ask for the same topic share it, and its trend.
CREATE TABLE topics (
    -- Derived from the name.
    id                    uuid        PRIMARY KEY,
    name                  text        NOT NULL UNIQUE,
    category              text,
    -- The trend of the newest week that was computed; NULL before the first.
    trend_direction       text        CHECK (trend_direction IN ('up', 'down', 'stable')),
    trend_change_percent  numeric(14, 1),
    trend_volume          integer,
    trend_week_start      date,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE queries (
    -- Derived from workspace and name.
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL REFERENCES workspaces (id),
    topic_id      uuid        NOT NULL REFERENCES topics (id),
    name          text        NOT NULL,
    status        text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'completed')),
    filters       jsonb       NOT NULL DEFAULT '{}',
    last_run_at   timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, name)
);
CREATE INDEX queries_topic ON queries (topic_id);
