SET LOCAL lock_timeout = '5s';

-- Lists and exports go through them newest first, a page at a time.
CREATE INDEX suppressions_listed ON suppressions (created_at DESC, id DESC);
CREATE INDEX suppressions_listed_by_workspace ON suppressions (workspace_id, created_at DESC, id DESC);
