SET LOCAL lock_timeout = '5s';
-- When a letter was put back last, so that "all that match" goes on where it ended and does not put back the same again.
ALTER TABLE dead_letters ADD COLUMN replayed_at timestamptz;
-- What waits: its list, and its counts by topic and reason, however many letters were put back before.
CREATE INDEX dead_letters_waiting ON dead_letters (created_at, topic, partition, record_offset, record_time, reason)
 WHERE replayed_at IS NULL;
