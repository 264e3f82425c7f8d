SET LOCAL lock_timeout = '5s';

-- What no platform has ever accepted, the oldest first, for the retention: nothing of it was billed.
CREATE INDEX uploads_unaccepted_age ON uploads (created_at, id)
       WHERE uploaded_at IS NULL AND status IN ('failed', 'refused', 'closed', 'cancelled');
