SET LOCAL lock_timeout = '5s';

-- How often somebody has asked for it again that surely had not gone out: each time it is another e-mail, under another
-- Idempotency-Key.
ALTER TABLE deliveries ADD COLUMN generation smallint NOT NULL DEFAULT 0;
ALTER TABLE digests ADD COLUMN generation smallint NOT NULL DEFAULT 0;
