SET LOCAL lock_timeout = '5s';

-- When the job was asked for, at first or by somebody who had it run again: patience with an outage begins there.
ALTER TABLE jobs ADD COLUMN asked_at timestamptz NOT NULL DEFAULT now();
