SET LOCAL lock_timeout = '5s';

-- Records that a platform was asked to make, where it keeps no key that would tell a second request from the first. A row
-- is there before the request, and an hour after: what nobody has answered, or a search does not show yet, is not asked
-- for again. The id is derived from the connection and the record's own key; nothing of a lead or a person is in it.
CREATE TABLE creations (
    id         uuid        PRIMARY KEY,
    asked_at   timestamptz NOT NULL DEFAULT now(),
    -- The platform's own id, once it has said it.
    record_id  text
);
CREATE INDEX creations_by_age ON creations (asked_at);
