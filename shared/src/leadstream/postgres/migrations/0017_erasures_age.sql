SET LOCAL lock_timeout = '5s';

-- The oldest first, for the retention.
CREATE INDEX erasures_age ON erasures (finished_at);
