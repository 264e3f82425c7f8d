-- name: insert_account
-- A new account begins in the day that is current, as a member with the credits of $7. No row: it is there already. Without a
-- named conflict, because it is unique in two indexes: with one, a second caller at the same moment would fail at the other.
INSERT INTO credit_accounts (id, workspace_id, email, role, daily_credit_limit, credit_day)
VALUES ($1, $2, $3, coalesce($4::text, 'member'), coalesce($5::integer, $7), (SELECT max(day) FROM credit_days WHERE day <= $6))
ON CONFLICT DO NOTHING
RETURNING id, workspace_id, email, role, daily_credit_limit, daily_credits_used, credit_day, created_at, updated_at;

-- name: change_account
-- Neither its day nor what it has used, nor what is NULL here.
UPDATE credit_accounts
   SET role = coalesce($2, role), daily_credit_limit = coalesce($3, daily_credit_limit),
       updated_at = CASE WHEN (role, daily_credit_limit) = (coalesce($2, role), coalesce($3, daily_credit_limit))
                         THEN updated_at ELSE now() END
 WHERE id = $1
RETURNING id, workspace_id, email, role, daily_credit_limit, daily_credits_used, credit_day, created_at, updated_at;

-- name: get_account
SELECT id, workspace_id, email, role, daily_credit_limit, daily_credits_used, credit_day, created_at, updated_at
  FROM credit_accounts WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: lock_account
-- What it was before a change. The id is derived from the workspace's.
SELECT id, workspace_id, email, role, daily_credit_limit, daily_credits_used, credit_day, created_at, updated_at
  FROM credit_accounts WHERE id = $1 FOR NO KEY UPDATE;

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
UPDATE credit_accounts SET daily_credits_used = daily_credits_used + 1
 WHERE id = $1 AND workspace_id = $2 AND daily_credits_used < daily_credit_limit
RETURNING credit_day;

-- name: note_reservation
INSERT INTO credit_ledger (id, account_id, workspace_id, entry, credits, day, spent_on, job_id, lead_id, open)
VALUES ($1, $2, $3, 'reserve', 1, $4, $5, $6, $7, true);

-- name: settle_reservations
-- Each reservation ends once, whoever comes first. A credit goes back if it still counts: one of a day that is over does not.
-- Accounts are locked in one order, as by a reset, and looked at once they are.
WITH wanted AS (
    -- 'reserve' is a value like any other here, so that rows are found by their job: not among all that are reserved.
    SELECT job_id, 'reserve' AS reserve, entry, id
      FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS wanted (job_id, entry, id) OFFSET 0
), ended AS (
    UPDATE credit_ledger SET open = false
      FROM wanted
     WHERE credit_ledger.job_id = wanted.job_id AND credit_ledger.entry = wanted.reserve AND credit_ledger.open
    RETURNING wanted.id, account_id, workspace_id, wanted.entry, credits, day, spent_on, credit_ledger.job_id, lead_id
), noted AS (
    INSERT INTO credit_ledger (id, account_id, workspace_id, entry, credits, day, spent_on, job_id, lead_id)
    SELECT id, account_id, workspace_id, entry, credits, day, spent_on, job_id, lead_id FROM ended
), locked AS (
    SELECT id, credit_day FROM credit_accounts
     WHERE id IN (SELECT account_id FROM ended WHERE entry = 'release') ORDER BY id FOR UPDATE
), returned AS (
    SELECT locked.id, sum(credits) AS credits
      FROM ended JOIN locked ON locked.id = ended.account_id
     WHERE entry = 'release' AND (day IS NOT DISTINCT FROM credit_day OR spent_on >= credit_day)
     GROUP BY locked.id
)
UPDATE credit_accounts SET daily_credits_used = daily_credits_used - returned.credits
  FROM returned WHERE credit_accounts.id = returned.id;

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

-- name: lock_due_accounts
-- In one order, so that this and a batch of releases can't wait for each other.
SELECT id FROM credit_accounts
 WHERE credit_day IS NULL OR credit_day < $1 OR (credit_day > $2 AND $1 <= $2)
 ORDER BY id
   FOR UPDATE;

-- name: reset_accounts
-- What was reserved on the day ($1) or after it, and not given back, counts for it: the reset may come hours late. After the
-- lock and not with it, because what was reserved during the wait would not be seen.
WITH spent AS (
    SELECT account_id, sum(credits) AS credits
      FROM credit_ledger AS reserved
     WHERE account_id = ANY ($2::uuid[]) AND entry = 'reserve' AND spent_on >= $1
       AND NOT EXISTS (SELECT 1 FROM credit_ledger AS released
                        WHERE released.job_id = reserved.job_id AND released.entry = 'release')
     GROUP BY account_id
), due AS (
    SELECT id, workspace_id, daily_credits_used AS used, coalesce(spent.credits, 0) AS stays
      FROM credit_accounts LEFT JOIN spent ON spent.account_id = credit_accounts.id
     WHERE id = ANY ($2::uuid[])
), noted AS (
    INSERT INTO credit_ledger (id, account_id, workspace_id, entry, credits, day)
    SELECT gen_random_uuid(), id, workspace_id, 'reset', used - stays, $1 FROM due WHERE used > stays
)
UPDATE credit_accounts SET daily_credits_used = due.stays, credit_day = $1 FROM due WHERE credit_accounts.id = due.id;
