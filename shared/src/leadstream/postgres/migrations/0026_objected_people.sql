SET LOCAL lock_timeout = '5s';

-- Whoever has objected is told to nobody any more, as who was erased; but what is here of them stays.
ALTER TABLE erased_people
    ADD COLUMN kind text NOT NULL DEFAULT 'erased' CHECK (kind IN ('erased', 'objected'));
ALTER TABLE erasures
    ADD COLUMN kind text NOT NULL DEFAULT 'erased' CHECK (kind IN ('erased', 'objected'));
