SET LOCAL lock_timeout = '5s';

-- The oldest first, for the retention.
CREATE INDEX alerts_age ON alerts (created_at) WHERE ended_at IS NOT NULL;
