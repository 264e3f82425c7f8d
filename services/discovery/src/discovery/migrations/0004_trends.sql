SET LOCAL lock_timeout = '5s';

CREATE TABLE trends (
    topic_id         uuid           NOT NULL REFERENCES topics (id),
    -- A Sunday, and the Saturday after it: both days belong to the week.
    week_start       date           NOT NULL,
    week_end         date           NOT NULL,
    volume           integer        NOT NULL,
    previous_volume  integer        NOT NULL,
    -- NULL where the week before had none.
    change_percent   numeric(14, 1),
    direction        text           NOT NULL CHECK (direction IN ('up', 'down', 'stable')),
    PRIMARY KEY (topic_id, week_start)
);
CREATE INDEX trends_latest ON trends (week_start DESC, topic_id);
