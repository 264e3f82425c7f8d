SET LOCAL lock_timeout = '5s';

-- The table was made anew since it had one: the oldest first, for the retention.
CREATE INDEX outbox_refused_age ON outbox_refused (refused_at);
