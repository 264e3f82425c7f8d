SET LOCAL lock_timeout = '5s';

-- Digests that nobody has begun to write: what comes due for their recipients joins them.
CREATE INDEX digests_open ON digests (recipient_id) WHERE message IS NULL AND sent_at IS NULL;
