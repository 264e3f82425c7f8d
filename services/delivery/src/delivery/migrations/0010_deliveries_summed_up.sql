SET LOCAL lock_timeout = '5s';

-- The list's order with all that a destination is summed up by, so that a day of it is read from the index alone.
CREATE INDEX deliveries_listed_with_destinations ON deliveries (created_at DESC, id DESC, status, channel)
    INCLUDE (workspace_id, destination_id);
DROP INDEX deliveries_listed;
ALTER INDEX deliveries_listed_with_destinations RENAME TO deliveries_listed;

-- What a destination said last; few deliveries have an error.
CREATE INDEX deliveries_troubled ON deliveries (destination_id, updated_at DESC) WHERE error IS NOT NULL;
