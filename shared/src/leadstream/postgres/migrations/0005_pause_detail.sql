SET LOCAL lock_timeout = '5s';

-- What the provider or the receiver said, in its own words: `reason` is one of ours, for programs and metrics.
ALTER TABLE pauses ADD COLUMN detail text;
