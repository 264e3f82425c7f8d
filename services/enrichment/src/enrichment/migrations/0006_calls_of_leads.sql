-- Without a transaction: calls are noted while the index is made. One that was begun and not ended is made anew.
DROP INDEX CONCURRENTLY IF EXISTS provider_calls_lead;
CREATE INDEX CONCURRENTLY provider_calls_lead ON provider_calls (lead_id, started_at, id);
