SET LOCAL lock_timeout = '5s';

-- The oldest first, for the retention.
CREATE INDEX leads_age ON leads (updated_at);
CREATE INDEX provider_spending_age ON provider_spending (day);
CREATE INDEX credit_ledger_age ON credit_ledger (created_at) WHERE NOT open;
