-- name: configured
-- All that workspaces have said: one row of each at least, one for each of its accounts. Both tables by their keys.
SELECT asked.workspace_id, sources.lists, sources.stop_when, sources.training,
       account.id, account.provider, account.settings, account.credentials
  FROM unnest($1::uuid[]) AS asked (workspace_id)
  LEFT JOIN workspace_sources AS sources ON sources.workspace_id = asked.workspace_id
  LEFT JOIN provider_accounts AS account ON account.workspace_id = asked.workspace_id
 ORDER BY asked.workspace_id;

-- name: owners_of
-- The workspaces that have a key of their own for the provider $1.
SELECT workspace_id FROM provider_accounts WHERE provider = $1;

-- name: lock_account
-- Nobody else decides anything about the account until the transaction ends, also while there is no row of it.
SELECT pg_advisory_xact_lock($1::bigint);

-- name: get_account
SELECT id, workspace_id, provider, settings, credentials, version, rotated_at FROM provider_accounts WHERE id = $1;

-- name: save_account
INSERT INTO provider_accounts (id, workspace_id, provider, settings, credentials, version, rotated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE
   SET settings = excluded.settings, credentials = excluded.credentials, version = excluded.version,
       rotated_at = excluded.rotated_at, updated_at = now();

-- name: delete_account
-- Its credentials with it.
DELETE FROM provider_accounts WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
RETURNING id, workspace_id, provider, settings, version, rotated_at;

-- name: list_accounts
-- Newest first; the key of the last row seen goes in as ($4, $5). Without credentials.
SELECT id, workspace_id, provider, settings, version, created_at, updated_at, rotated_at,
       (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM pauses
         WHERE scope = 'provider:' || provider || ':' || workspace_id::text AND (until IS NULL OR until > now())) AS held_by
  FROM provider_accounts
 WHERE ($1::uuid IS NULL OR workspace_id = $1)
   AND ($2::text IS NULL OR provider = $2)
   AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5::uuid))
 ORDER BY created_at DESC, id DESC
 LIMIT $3;

-- name: show_account
SELECT id, workspace_id, provider, settings, version, created_at, updated_at, rotated_at,
       (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM pauses
         WHERE scope = 'provider:' || provider || ':' || workspace_id::text AND (until IS NULL OR until > now())) AS held_by
  FROM provider_accounts
 WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: sealed_after
-- All workspaces: keys are the operator's, not a workspace's.
SELECT id, workspace_id, credentials AS sealed FROM provider_accounts WHERE id > $1 ORDER BY id LIMIT $2;

-- name: replace_sealed
-- Only what was read: credentials that were rotated meanwhile are newer, and encrypted with the newest key already.
UPDATE provider_accounts SET credentials = $3 WHERE id = $1 AND credentials = $2;

-- name: lock_sources
SELECT lists, stop_when, training FROM workspace_sources WHERE workspace_id = $1 FOR UPDATE;

-- name: get_sources
-- Always a row: of a workspace that has said nothing, with nothing. `own`: whom it has a key of its own for.
SELECT asked.workspace_id, sources.lists, sources.stop_when, sources.training, sources.updated_at,
       (SELECT array_agg(provider) FROM provider_accounts AS own WHERE own.workspace_id = asked.workspace_id) AS own
  FROM (SELECT $1::uuid AS workspace_id) AS asked
  LEFT JOIN workspace_sources AS sources ON sources.workspace_id = asked.workspace_id;

-- name: list_sources
-- By the workspaces' ids; the last one seen goes in as $3.
SELECT workspace_id, lists, stop_when, training, updated_at,
       (SELECT array_agg(provider) FROM provider_accounts AS own WHERE own.workspace_id = said.workspace_id) AS own
  FROM workspace_sources AS said
 WHERE ($1::uuid IS NULL OR workspace_id = $1) AND ($3::uuid IS NULL OR workspace_id > $3)
 ORDER BY workspace_id
 LIMIT $2;

-- name: put_sources
INSERT INTO workspace_sources (workspace_id, lists, stop_when, training) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace_id) DO UPDATE
   SET lists = excluded.lists, stop_when = excluded.stop_when, training = excluded.training, updated_at = now();

-- name: remove_accounts
WITH gone AS (
    DELETE FROM provider_accounts WHERE id IN (SELECT id FROM provider_accounts WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_sources
WITH gone AS (
    DELETE FROM workspace_sources
     WHERE workspace_id IN (SELECT workspace_id FROM workspace_sources WHERE workspace_id = $1 LIMIT $2)
    RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: scopes
-- The pauses of a workspace's own keys, there or missing.
SELECT DISTINCT scope FROM pauses WHERE scope LIKE 'provider:%:' || $1::uuid::text;
