SET LOCAL lock_timeout = '5s';

-- What a workspace's e-mails say of who sends them. What is null, and what has no row, is as the deployment's settings say.
CREATE TABLE senders (
    workspace_id  uuid        PRIMARY KEY,
    from_address  text,
    reply_to      text,
    footer        text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
