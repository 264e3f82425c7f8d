SET LOCAL lock_timeout = '5s';

CREATE INDEX billing_events_listed ON billing_events (created_at DESC, id DESC, platform);
CREATE INDEX billing_events_listed_by_workspace ON billing_events (workspace_id, created_at DESC, id DESC, platform);
DROP INDEX billing_events_by_time;
DROP INDEX billing_events_by_workspace;
