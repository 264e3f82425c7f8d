SET LOCAL lock_timeout = '5s';

-- What did not go out as we have it: a list of {field, action, said}. And digests of what we wrote, by field: a later
-- upload of the lead writes over what is still as we wrote it, and over nothing that a person has entered.
ALTER TABLE uploads
    ADD COLUMN adjustments jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN written     jsonb;
