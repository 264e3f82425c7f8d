SET LOCAL lock_timeout = '5s';

-- The oldest first, for the retention.
CREATE INDEX notices_age ON notices (created_at);
