SET LOCAL lock_timeout = '5s';

-- People who were erased, so that they don't come back from a replayed record, a cached answer or a new one. Kept is a hash of
-- the address, never the address; with a salt of this service's own, so that hashes can't be looked up in a prepared list.
CREATE TABLE erasure_salt (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    salt  bytea   NOT NULL
);
INSERT INTO erasure_salt (salt) VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

CREATE TABLE erased_people (
    id            uuid        PRIMARY KEY,
    digest        bytea       NOT NULL,
    -- Null: in all workspaces.
    workspace_id  uuid,
    erased_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (digest, workspace_id)
);
