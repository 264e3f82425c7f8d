SET LOCAL lock_timeout = '5s';

-- The oldest first, for the retention. A lead enters and leaves the first two once.
CREATE INDEX leads_unused ON leads (created_at, id) WHERE NOT platform_uploaded;
CREATE INDEX leads_used ON leads (platform_uploaded_at) WHERE platform_uploaded;
CREATE INDEX query_runs_age ON query_runs (started_at);
