-- name: create_tables
CREATE TABLE inbox (
    stage       text        NOT NULL,
    event_id    text        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stage, event_id)
);
CREATE TABLE state (
    stage      text        NOT NULL,
    lead_id    uuid        NOT NULL,
    document   jsonb       NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stage, lead_id)
);

-- name: take_event
INSERT INTO inbox (stage, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING event_id;

-- name: save_state
INSERT INTO state (stage, lead_id, document) VALUES ($1, $2, $3::text::jsonb)
ON CONFLICT (stage, lead_id) DO UPDATE SET document = excluded.document, updated_at = now();
