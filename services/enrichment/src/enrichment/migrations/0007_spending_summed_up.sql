SET LOCAL lock_timeout = '5s';

-- The oldest first, for the retention; with all that calls are summed up by, so that a month is read from the index alone.
CREATE INDEX provider_calls_by_time ON provider_calls (started_at) INCLUDE (workspace_id, operation, outcome, budget_day);
DROP INDEX provider_calls_age;
ALTER INDEX provider_calls_by_time RENAME TO provider_calls_age;

CREATE INDEX enrichments_by_time ON enrichments (enriched_at) INCLUDE (workspace_id, status, credits_used)
 WHERE enriched_at IS NOT NULL;
