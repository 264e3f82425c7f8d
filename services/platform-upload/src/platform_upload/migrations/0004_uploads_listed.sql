SET LOCAL lock_timeout = '5s';

-- The orders of the lists, and what they are filtered by: what does not match is left out within the index.
CREATE INDEX uploads_listed ON uploads (created_at DESC, id DESC, status, platform);
CREATE INDEX uploads_listed_by_workspace ON uploads (workspace_id, created_at DESC, id DESC, status, platform);
DROP INDEX uploads_by_time;
DROP INDEX uploads_by_workspace;
