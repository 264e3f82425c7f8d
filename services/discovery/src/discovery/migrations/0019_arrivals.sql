SET LOCAL lock_timeout = '5s';

-- Where a workspace's signals are pushed to by others. Queries are by name, which their ids follow from.
CREATE TABLE push_sources (
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL,
    name          text        NOT NULL,
    -- What is fed by a signal whose topic is none of `topics`. NULL: such a signal is refused.
    query         text,
    -- Topic → query.
    topics        jsonb       NOT NULL DEFAULT '{}',
    status        text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
    -- {"current", "previous": [{"secret", "until"}]}, encrypted; the newest of the previous ones is good until
    -- `previous_secret_until`.
    secrets       bytea       NOT NULL,
    previous_secret_until timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, name)
);
CREATE INDEX push_sources_listed ON push_sources (created_at, id);

-- What was taken in, so that it is taken in once. Without a reference: a source that is deleted goes at once, these when they are old.
CREATE TABLE push_requests (
    source_id    uuid        NOT NULL,
    message_id   text        NOT NULL,
    digest       bytea       NOT NULL,
    signals      integer     NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, message_id)
);
CREATE INDEX push_requests_old ON push_requests (received_at);

-- Companies that were pushed or imported, until a run has brought them in. The id is the run's, and its job's.
CREATE TABLE arrivals (
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL,
    -- A request or an import.
    origin_id     uuid        NOT NULL,
    items         jsonb       NOT NULL,
    arrived_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX arrivals_of ON arrivals (origin_id);
CREATE INDEX arrivals_workspace ON arrivals (workspace_id);
CREATE INDEX arrivals_old ON arrivals (arrived_at);

-- A file's rows come in batches; none becomes a lead before all are here.
CREATE TABLE imports (
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL,
    query_id      uuid        NOT NULL,
    file          text        NOT NULL,
    rows          integer     NOT NULL,
    is_rehearsal  boolean     NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    -- NULL: rows are still coming.
    finished_at   timestamptz
);
CREATE INDEX imports_listed ON imports (workspace_id, created_at DESC, id DESC);
CREATE INDEX imports_old ON imports (created_at);

CREATE TABLE import_batches (
    import_id  uuid    NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    number     integer NOT NULL,
    digest     bytea   NOT NULL,
    rows       integer NOT NULL,
    -- What makes each row's company the same as another: by all, and by its name alone.
    keys       text[]  NOT NULL,
    name_keys  text[]  NOT NULL,
    PRIMARY KEY (import_id, number)
);
