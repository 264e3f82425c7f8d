SET LOCAL lock_timeout = '5s';

-- Where the versions of a connection go on when it is made again: what replicas remember of an older version, such as a session
-- with the platform, must not be taken for the new one's.
CREATE TABLE removed_connections (
    id          uuid        PRIMARY KEY,
    version     integer     NOT NULL,
    removed_at  timestamptz NOT NULL DEFAULT now()
);
