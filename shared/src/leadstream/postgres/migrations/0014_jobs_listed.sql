SET LOCAL lock_timeout = '5s';

-- The order of the list of jobs, and all that it is filtered by: what does not match is left out within the index, so that
-- the one failed job among two million is found without reading them.
CREATE INDEX jobs_listed ON jobs (created_at, id, workspace_id, kind, state);
