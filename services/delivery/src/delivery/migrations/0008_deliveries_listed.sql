SET LOCAL lock_timeout = '5s';

-- The orders of the list, and what it is filtered by: what does not match is left out within the index.
CREATE INDEX deliveries_listed_by_workspace ON deliveries (workspace_id, created_at DESC, id DESC, status, channel);
DROP INDEX deliveries_listed;
CREATE INDEX deliveries_listed ON deliveries (created_at DESC, id DESC, status, channel);
