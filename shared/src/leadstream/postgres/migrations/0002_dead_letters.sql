SET LOCAL lock_timeout = '5s';

-- Which records were set aside, so that one read again after a crash is set aside once. The time is part of the key because
-- offsets begin again when a topic is made anew.
CREATE TABLE dead_letters (
    topic        text        NOT NULL,
    partition    integer     NOT NULL,
    record_offset bigint     NOT NULL,
    record_time  bigint      NOT NULL,
    reason       text        NOT NULL,
    error        text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, record_offset, record_time)
);
CREATE INDEX dead_letters_age ON dead_letters (created_at);
