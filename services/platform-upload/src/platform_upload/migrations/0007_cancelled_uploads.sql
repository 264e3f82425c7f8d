SET LOCAL lock_timeout = '5s';

-- An upload whose job an operator has cancelled has come to its end: it says so itself, for longer than its job is kept.
ALTER TABLE uploads
    DROP CONSTRAINT uploads_status_check,
    ADD CONSTRAINT uploads_status_check
        CHECK (status IN ('pending', 'uploaded', 'failed', 'refused', 'closed', 'cancelled'));
