SET LOCAL lock_timeout = '5s';

-- An open circuit is a pause that ends with a success: until then one job at a time is tried, the next at `probe_at`.
ALTER TABLE pauses ADD COLUMN probe_at timestamptz;
ALTER TABLE pauses ADD COLUMN probes smallint NOT NULL DEFAULT 0;
