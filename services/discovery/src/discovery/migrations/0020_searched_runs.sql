-- Without a transaction: runs are written to while their indexes are made.

-- The nights, newest first: of all workspaces, and of one.
DROP INDEX CONCURRENTLY IF EXISTS query_runs_searched;
CREATE INDEX CONCURRENTLY query_runs_searched ON query_runs (started_at DESC, id DESC)
 WHERE source NOT IN ('push', 'import');
DROP INDEX CONCURRENTLY IF EXISTS query_runs_searched_by_workspace;
CREATE INDEX CONCURRENTLY query_runs_searched_by_workspace ON query_runs (workspace_id, started_at DESC, id DESC)
 WHERE source NOT IN ('push', 'import');
