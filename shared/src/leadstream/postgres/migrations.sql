-- name: lock_migrations
-- Held until the connection closes, so that replicas starting together migrate one after the other. Asked for in turns: one
-- that waited within the statement would be waited for by an index that another makes concurrently.
SELECT pg_try_advisory_lock($1::bigint);

-- name: schema_exists
SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1);

-- name: create_migrations_table
CREATE TABLE IF NOT EXISTS schema_migrations (
    component  text        NOT NULL,
    version    integer     NOT NULL,
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (component, version)
);

-- name: applied_migrations
SELECT version, checksum FROM schema_migrations WHERE component = $1 ORDER BY version;

-- name: record_migration
INSERT INTO schema_migrations (component, version, name, checksum) VALUES ($1, $2, $3, $4);

-- name: count_applied
SELECT count(*) FROM schema_migrations WHERE component = $1;
