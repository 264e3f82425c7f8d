SET LOCAL lock_timeout = '5s';

-- A service that was restored from a backup has forgotten who was erased since. The others have not: their hashes are taken over
-- into `erased_people`, and here the salts that those were made with.
CREATE TABLE other_erasure_salts (
    salt       bytea       PRIMARY KEY,
    learnt_at  timestamptz NOT NULL DEFAULT now()
);

-- Looking through all tables for whoever is known by a hash only: under way, and done.
CREATE TABLE erasure_searches (
    id           uuid        PRIMARY KEY,
    -- Addresses that were found, and are being erased.
    found        integer     NOT NULL DEFAULT 0,
    sweep        text,
    after        text,
    started_at   timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz
);
CREATE INDEX erasure_searches_unfinished ON erasure_searches (started_at) WHERE finished_at IS NULL;
CREATE INDEX erasure_searches_age ON erasure_searches (finished_at);
CREATE INDEX erasures_by_receipt ON erasures (receipt_id);

-- What looks like an e-mail address in a text, as addresses are compared. Bounded, so that no text takes it long.
CREATE FUNCTION addresses_in(said text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT lower(btrim(found[1], '''`.!?{}='))
      FROM regexp_matches(said, '([^\s<>"(),;:\[\]\\]{1,64}@[^\s<>"(),;:\[\]\\]{1,255})', 'g') AS found
$$;
