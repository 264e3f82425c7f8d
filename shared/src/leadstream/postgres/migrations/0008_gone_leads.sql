SET LOCAL lock_timeout = '5s';

-- A lead that was deleted is remembered by its binding for as long as records of it may still come: none of them makes half
-- of it anew.
ALTER TABLE lead_bindings ADD COLUMN gone_at timestamptz;
CREATE INDEX lead_bindings_gone ON lead_bindings (gone_at) WHERE gone_at IS NOT NULL;
