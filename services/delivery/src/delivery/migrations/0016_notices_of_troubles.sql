SET LOCAL lock_timeout = '5s';

-- A notice is about a channel, or about something of another service that the workspace has to look after: a connection, a
-- query, a budget.
ALTER TABLE notices ALTER COLUMN channel_id DROP NOT NULL;
ALTER TABLE notices ADD COLUMN cause text;
ALTER TABLE notices ADD COLUMN name text;
ALTER TABLE notices DROP CONSTRAINT notices_about_check;
ALTER TABLE notices ADD CONSTRAINT notices_about_check
      CHECK (about IN ('gone', 'outage', 'back', 'recovered', 'began', 'ended'));
ALTER TABLE notices ADD CONSTRAINT notices_subject_check
      CHECK ((channel_id IS NULL) = (cause IS NOT NULL AND name IS NOT NULL));
