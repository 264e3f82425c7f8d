SET LOCAL lock_timeout = '5s';

-- Beside Debezium the relay publishes dead letters only, among a million events that are kept.
CREATE INDEX outbox_dead_letters ON outbox (seq) WHERE headers IS NOT NULL;
