SET LOCAL lock_timeout = '5s';
-- What `last_error` was: its class and status, and of a failed job the group of those that failed in the same way.
ALTER TABLE jobs
    ADD COLUMN error_class text,
    ADD COLUMN status_code integer,
    ADD COLUMN failure     uuid;
-- Groups are walked, counted and run again within the index; of one workspace, in one of its own.
CREATE INDEX jobs_failures ON jobs (failure, finished_at, id)
    INCLUDE (workspace_id, lead_id, kind, error_class, status_code) WHERE state = 'failed';
CREATE INDEX jobs_workspace_failures ON jobs (workspace_id, failure, finished_at, id)
    INCLUDE (lead_id, kind, error_class, status_code) WHERE state = 'failed';
-- Those that failed before they had a group: they get one, and then this is empty.
CREATE INDEX jobs_without_group ON jobs (finished_at) WHERE state = 'failed' AND failure IS NULL;
