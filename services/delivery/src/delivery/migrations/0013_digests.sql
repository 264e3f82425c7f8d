SET LOCAL lock_timeout = '5s';

-- One e-mail to a recipient for a window of leads. The id is its job's, and the Idempotency-Key.
CREATE TABLE digests (
    id              uuid        PRIMARY KEY,
    workspace_id    uuid        NOT NULL,
    -- No foreign key, because what is told of its deliveries outlives them.
    recipient_id    uuid        NOT NULL,
    window_start    timestamptz NOT NULL,
    window_end      timestamptz NOT NULL,
    -- What is sent, byte for byte the same at every attempt; null once it was accepted.
    message         bytea,
    -- Since when an attempt may have had its effect without anybody knowing.
    in_doubt_since  timestamptz,
    -- The recipient's day that has counted it.
    counted_on      date,
    sent_at         timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX digests_recipient ON digests (recipient_id);
CREATE INDEX digests_workspace ON digests (workspace_id);
CREATE INDEX digests_age ON digests (created_at);

ALTER TABLE deliveries
    -- Until when it waits to be put into a digest. It has no job then.
    ADD COLUMN due_at timestamptz,
    -- Told in that digest, whose job is its own.
    ADD COLUMN digest_id uuid,
    ADD COLUMN counted_on date;
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_due_to ON deliveries (destination_id) WHERE due_at IS NOT NULL;
-- Of which nobody has said yet that they wait.
CREATE INDEX deliveries_due_unsaid ON deliveries (due_at) WHERE due_at IS NOT NULL AND held_reason IS NULL;
CREATE INDEX deliveries_digest ON deliveries (digest_id) WHERE digest_id IS NOT NULL;
