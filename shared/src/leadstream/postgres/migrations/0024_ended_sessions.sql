-- Sessions of the console that were logged out of. A session is a sealed cookie, good for hours wherever it is copied:
-- that it has ended must be known to whoever is asked, for as long as the cookie could be used.
CREATE TABLE ended_sessions (
    id uuid PRIMARY KEY,
    until timestamptz NOT NULL
);
