SET LOCAL lock_timeout = '5s';

-- The list's order with the workspace, so that a day of all uploads is summed up from the index alone.
CREATE INDEX uploads_listed_with_workspaces ON uploads (created_at DESC, id DESC, status, platform) INCLUDE (workspace_id);
DROP INDEX uploads_listed;
ALTER INDEX uploads_listed_with_workspaces RENAME TO uploads_listed;

-- What a platform said last; few uploads have an error.
CREATE INDEX uploads_troubled ON uploads (workspace_id, platform, updated_at DESC) WHERE error IS NOT NULL;

-- What was accepted when, to be held against what is billed; and the same of the bills.
CREATE INDEX uploads_accepted ON uploads (uploaded_at, lead_id, platform, workspace_id) WHERE uploaded_at IS NOT NULL;
CREATE INDEX billing_events_compared ON billing_events (created_at, lead_id, platform, workspace_id);
