SET LOCAL lock_timeout = '5s';

-- The day, in UTC, that a credit was reserved on. `day` is the one that had been started by then: a reset that comes late must
-- not forget what was spent since midnight. credit_accounts.last_spent_on is not read any more; the release before this one
-- still writes it.
ALTER TABLE credit_ledger ADD COLUMN spent_on date;
ALTER TABLE credit_ledger ALTER COLUMN spent_on SET DEFAULT (now() AT TIME ZONE 'UTC')::date;
UPDATE credit_ledger SET spent_on = (created_at AT TIME ZONE 'UTC')::date WHERE entry = 'reserve';
CREATE INDEX credit_ledger_spent ON credit_ledger (account_id, spent_on) WHERE entry = 'reserve';
