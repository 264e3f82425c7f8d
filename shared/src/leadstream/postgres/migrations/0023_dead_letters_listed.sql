SET LOCAL lock_timeout = '5s';
-- The order of the list of dead letters, and all that it is filtered by; the oldest first for the retention, as before.
CREATE INDEX dead_letters_listed ON dead_letters (created_at, topic, partition, record_offset, record_time, reason);
DROP INDEX dead_letters_age;
