SET LOCAL lock_timeout = '5s';

-- The batch that an e-mail went out in: its id is the batch's Idempotency-Key. While it is in doubt whether that was accepted,
-- the batch is sent again as it was. Null: alone, under its own id. All zeros: its batch went on without it.
ALTER TABLE deliveries ADD COLUMN batch_id uuid;
CREATE INDEX deliveries_batch ON deliveries (batch_id) WHERE batch_id IS NOT NULL;
