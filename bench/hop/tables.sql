-- name: create_state
-- The stage's own table: the same for all of them.
CREATE TABLE lead_state (
    lead_id      uuid        PRIMARY KEY,
    workspace_id uuid        NOT NULL,
    revision     integer     NOT NULL,
    status       text        NOT NULL,
    document     jsonb       NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT now()
);

-- name: create_inbox
-- For the stages that bring no inbox of their own.
CREATE TABLE inbox (
    event_id    text        PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now()
);

-- name: create_outbox
-- For the stage that brings no outbox of its own.
CREATE TABLE outbox (
    seq     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic   text  NOT NULL,
    key     bytea NOT NULL,
    payload bytea NOT NULL
);

-- name: take_event
INSERT INTO inbox (event_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING event_id;

-- name: save_state
INSERT INTO lead_state (lead_id, workspace_id, revision, status, document)
VALUES ($1, $2, $3, 'skipped', $4::text::jsonb)
ON CONFLICT (lead_id) DO UPDATE
   SET revision = excluded.revision, status = excluded.status, document = excluded.document, updated_at = now();

-- name: save_states
INSERT INTO lead_state (lead_id, workspace_id, revision, status, document)
SELECT lead_id, workspace_id, revision, 'skipped', document::jsonb
  FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[]) AS new (lead_id, workspace_id, revision, document)
ON CONFLICT (lead_id) DO UPDATE
   SET revision = excluded.revision, status = excluded.status, document = excluded.document, updated_at = now();

-- name: add_to_outbox
INSERT INTO outbox (topic, key, payload) VALUES ($1, $2, $3);

-- name: take_from_outbox
DELETE FROM outbox
 WHERE seq IN (SELECT seq FROM outbox ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING seq, topic, key, payload;

-- name: count_states
SELECT count(*) FROM lead_state;
