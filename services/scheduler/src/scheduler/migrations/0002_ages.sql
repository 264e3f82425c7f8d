SET LOCAL lock_timeout = '5s';

-- The oldest first, for the retention.
CREATE INDEX ticks_age ON ticks (scheduled_for);
