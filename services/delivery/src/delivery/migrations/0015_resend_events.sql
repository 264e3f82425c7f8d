SET LOCAL lock_timeout = '5s';

-- The inbox of Resend's events: each counts once, however often it comes.
CREATE TABLE resend_events (
    -- Svix's, the same at every attempt.
    id        text        PRIMARY KEY,
    taken_at  timestamptz NOT NULL DEFAULT now()
);
-- The oldest first, for the retention; and the newest.
CREATE INDEX resend_events_age ON resend_events (taken_at);
