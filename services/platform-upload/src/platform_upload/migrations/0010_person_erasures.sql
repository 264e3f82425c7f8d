SET LOCAL lock_timeout = '5s';

-- Somebody who is to be erased at a platform, for as long as the job has not ended: the one place that still knows who it is.
CREATE TABLE person_erasures (
    job_id         uuid        PRIMARY KEY,
    erasure_id     uuid        NOT NULL,
    receipt_id     uuid        NOT NULL,
    workspace_id   uuid        NOT NULL,
    connection_id  uuid        NOT NULL,
    platform       text        NOT NULL,
    -- Address and names: AES-256-GCM, bound to this row.
    person         bytea       NOT NULL,
    -- Leads that may have gone out with the person.
    lead_ids       uuid[]      NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    -- Of one that has failed, and may be run again.
    failed_at      timestamptz
);
CREATE INDEX person_erasures_by_receipt ON person_erasures (receipt_id);
CREATE INDEX person_erasures_by_erasure ON person_erasures (erasure_id);
CREATE INDEX person_erasures_failed ON person_erasures (failed_at) WHERE failed_at IS NOT NULL;
