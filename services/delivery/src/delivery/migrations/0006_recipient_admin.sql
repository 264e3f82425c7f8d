SET LOCAL lock_timeout = '5s';

-- Who is told of channels that don't work; where nobody is marked, all recipients are.
ALTER TABLE recipients ADD COLUMN admin boolean NOT NULL DEFAULT false;
