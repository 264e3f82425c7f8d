-- name: upsert_account
-- A new account begins in the day that is current; changing one touches neither its day nor what it has used.
INSERT INTO credit_accounts AS account (id, workspace_id, email, role, daily_credit_limit, credit_day)
VALUES ($1, $2, $3, $4, $5, (SELECT max(day) FROM credit_days WHERE day <= $6))
ON CONFLICT (id) DO UPDATE
   SET role = excluded.role, daily_credit_limit = excluded.daily_credit_limit,
       updated_at = CASE WHEN (account.role, account.daily_credit_limit) = (excluded.role, excluded.daily_credit_limit)
                         THEN account.updated_at ELSE now() END
RETURNING id, workspace_id, email, role, daily_credit_limit, daily_credits_used, credit_day, created_at, updated_at;

-- name: get_account
SELECT id, workspace_id, email, role, daily_credit_limit, daily_credits_used, credit_day, created_at, updated_at
  FROM credit_accounts WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: list_accounts
SELECT id, workspace_id, email, role, daily_credit_limit, daily_credits_used, credit_day, created_at, updated_at
  FROM credit_accounts
 WHERE ($1::uuid IS NULL OR workspace_id = $1)
   AND ($2::text IS NULL OR email = $2)
   AND ($3::text IS NULL OR (email, id) > ($3, $4::uuid))
 ORDER BY email, id
 LIMIT $5;

-- name: list_ledger
-- Newest first. The caller has looked the account up in its own workspace.
SELECT id, entry, credits, day, job_id, lead_id, open, created_at FROM credit_ledger
 WHERE account_id = $1
   AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
 ORDER BY created_at DESC, id DESC
 LIMIT $4;

-- name: reserve_credit
-- Looking and taking in one statement: however many try at once, no more get through than there are credits.
UPDATE credit_accounts SET daily_credits_used = daily_credits_used + 1, last_spent_on = $3
 WHERE id = $1 AND workspace_id = $2 AND daily_credits_used < daily_credit_limit
RETURNING credit_day;

-- name: note_reservation
INSERT INTO credit_ledger (id, account_id, workspace_id, entry, credits, day, job_id, lead_id, open)
VALUES ($1, $2, $3, 'reserve', 1, $4, $5, $6, true);

-- name: settle_reservations
-- Each reservation ends once, whoever comes first. A credit that goes back goes back to the day it was taken from: what
-- was taken before the last reset is no longer counted. Accounts are locked in one order, as by a reset.
WITH wanted AS (
    SELECT job_id, entry, id FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS wanted (job_id, entry, id)
), ended AS (
    UPDATE credit_ledger SET open = false
      FROM wanted
     WHERE credit_ledger.job_id = wanted.job_id AND credit_ledger.entry = 'reserve' AND credit_ledger.open
    RETURNING wanted.id, account_id, workspace_id, wanted.entry, credits, day, credit_ledger.job_id, lead_id
), noted AS (
    INSERT INTO credit_ledger (id, account_id, workspace_id, entry, credits, day, job_id, lead_id)
    SELECT id, account_id, workspace_id, entry, credits, day, job_id, lead_id FROM ended
), returned AS (
    SELECT account_id, day, sum(credits) AS credits FROM ended WHERE entry = 'release' GROUP BY account_id, day
), locked AS (
    SELECT id FROM credit_accounts WHERE id IN (SELECT account_id FROM returned) ORDER BY id FOR UPDATE
)
UPDATE credit_accounts SET daily_credits_used = daily_credits_used - returned.credits
  FROM locked JOIN returned ON returned.account_id = locked.id
 WHERE credit_accounts.id = locked.id AND credit_accounts.credit_day IS NOT DISTINCT FROM returned.day;

-- name: abandoned_reservations
-- Of jobs that were cancelled, or are gone: nobody else will end them.
SELECT job_id FROM credit_ledger
 WHERE open AND created_at < now() - $1::interval
   AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = credit_ledger.job_id AND jobs.state IN ('ready', 'running'));

-- name: start_day
-- Twice, late or out of order changes nothing: a day starts once, and not after a later one. A day so far ahead that it
-- can't be meant ($2: the last that can) holds back none that can.
INSERT INTO credit_days (day)
SELECT $1::date
 WHERE NOT EXISTS (SELECT 1 FROM credit_days WHERE day > $1 AND (day <= $2 OR $1 > $2))
ON CONFLICT (day) DO NOTHING
RETURNING day;

-- name: reset_accounts
-- In one order, so that this and a batch of releases can't wait for each other. What was spent after the day counts for
-- a later one.
WITH due AS (
    SELECT id, workspace_id, daily_credits_used FROM credit_accounts
     WHERE (credit_day IS NULL OR credit_day < $1 OR (credit_day > $2 AND $1 <= $2))
       AND (last_spent_on IS NULL OR last_spent_on <= $1)
     ORDER BY id
       FOR UPDATE
), noted AS (
    INSERT INTO credit_ledger (id, account_id, workspace_id, entry, credits, day)
    SELECT gen_random_uuid(), id, workspace_id, 'reset', daily_credits_used, $1 FROM due WHERE daily_credits_used > 0
)
UPDATE credit_accounts SET daily_credits_used = 0, credit_day = $1 FROM due WHERE credit_accounts.id = due.id;
