SET LOCAL lock_timeout = '5s';

-- What became of an e-mail after Resend had accepted it, as Resend's events tell; null: nothing was heard yet.
ALTER TABLE deliveries
    ADD COLUMN fate    text,
    ADD COLUMN fate_at timestamptz,
    -- What is there has none, and need not be looked through.
    ADD CONSTRAINT deliveries_fate
        CHECK (fate IN ('delayed', 'delivered', 'failed', 'suppressed', 'bounced', 'complained')) NOT VALID;

-- Events name the e-mail as Resend does.
CREATE INDEX deliveries_email ON deliveries (receipt) WHERE channel = 'email' AND receipt IS NOT NULL;
