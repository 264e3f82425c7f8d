SET LOCAL lock_timeout = '5s';

-- Why a platform, or we, won't have the lead: {code, message, field, ours}. And what a person has corrected in it before it was
-- sent again, as in the upload format. Null for all rows there are: nothing is rewritten.
ALTER TABLE uploads
    ADD COLUMN rejection jsonb,
    ADD COLUMN overrides jsonb;

-- Corrections may be people's data, and go with their jobs.
CREATE INDEX uploads_corrected ON uploads (created_at) WHERE overrides IS NOT NULL;
