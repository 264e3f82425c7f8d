-- name: delete_jobs
-- Their attempts go with them.
WITH gone AS (
    DELETE FROM jobs
     WHERE id IN (SELECT id FROM jobs
                   WHERE finished_at < now() - $1::interval ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_audit
WITH gone AS (
    DELETE FROM audit_log
     WHERE id IN (SELECT id FROM audit_log
                   WHERE at < now() - $1::interval ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_erasures
WITH gone AS (
    DELETE FROM erasures
     WHERE id IN (SELECT id FROM erasures
                   WHERE finished_at < now() - $1::interval ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_erasure_searches
WITH gone AS (
    DELETE FROM erasure_searches
     WHERE id IN (SELECT id FROM erasure_searches
                   WHERE finished_at < now() - $1::interval ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_dead_letters
-- Where each row lies is no more than its key: it stays there while it is locked.
WITH gone AS (
    DELETE FROM dead_letters
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM dead_letters
                              WHERE created_at < now() - $1::interval
                              ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_refused_events
WITH gone AS (
    DELETE FROM outbox_refused
     WHERE seq IN (SELECT seq FROM outbox_refused
                    WHERE refused_at < now() - $1::interval ORDER BY refused_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_gone_bindings
-- Of leads that were deleted so long ago that no record of them can come any more.
WITH gone AS (
    DELETE FROM lead_bindings
     WHERE lead_id IN (SELECT lead_id FROM lead_bindings
                        WHERE gone_at < now() - $1::interval ORDER BY gone_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_removals
-- Likewise of workspaces.
WITH gone AS (
    DELETE FROM removals
     WHERE workspace_id IN (SELECT workspace_id FROM removals
                             WHERE ended_at < now() - $1::interval ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: delete_read_events
-- Debezium reads the log of the database, not this table. Its rows are kept for a while all the same: they are what there is
-- to take a new snapshot of when a replication slot was lost. The oldest come first, and are all that is looked at; dead
-- letters are the relay's.
WITH oldest AS (
    SELECT seq, created_at FROM outbox WHERE headers IS NULL ORDER BY seq LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM outbox USING oldest
     WHERE outbox.seq = oldest.seq AND oldest.created_at < now() - $1::interval
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;
