SET LOCAL lock_timeout = '5s';

ALTER TABLE query_runs
    DROP CONSTRAINT query_runs_status_check,
    ADD CONSTRAINT query_runs_status_check
        CHECK (status IN ('succeeded', 'skipped', 'retrying', 'held', 'failed', 'cancelled'));
