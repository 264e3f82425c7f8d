SET LOCAL lock_timeout = '5s';

-- A cancelled job ends its delivery in the transaction that cancels it: nobody looks for one.
DROP INDEX jobs_cancelled;
