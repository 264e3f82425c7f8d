SET LOCAL lock_timeout = '5s';

ALTER TABLE recipients
    -- What they have chosen beyond `enabled` and `min_score`; null: everything at once.
    ADD COLUMN preferences jsonb,
    -- How many e-mails of a day were begun, by their own calendar; kept where they have a cap.
    ADD COLUMN mails_on date,
    ADD COLUMN mails integer NOT NULL DEFAULT 0;
