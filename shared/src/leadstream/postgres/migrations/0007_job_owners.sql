SET LOCAL lock_timeout = '5s';

-- The session lock of the worker that has claimed the job: it is gone with its process, long before the lease runs out.
ALTER TABLE jobs ADD COLUMN leased_by bigint;
