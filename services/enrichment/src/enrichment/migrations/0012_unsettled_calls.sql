-- Without a transaction: calls are noted while the index is made. One that was begun and not ended is made anew.
DROP INDEX CONCURRENTLY IF EXISTS provider_calls_unsettled;
CREATE INDEX CONCURRENTLY provider_calls_unsettled ON provider_calls (job_id) WHERE reserved IS NOT NULL;
