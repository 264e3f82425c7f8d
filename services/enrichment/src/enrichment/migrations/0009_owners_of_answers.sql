SET LOCAL lock_timeout = '5s';

-- Whose key an answer was bought with: 'all' (the deployment's), a workspace's id, or 'training'. `provider` tells owners
-- apart, too ('hunter:<owner>'; the bare name is of 'all'): the release before this one takes its conflicts from the key
-- as it is, (provider, domain).
ALTER TABLE company_answers ADD COLUMN owner text NOT NULL DEFAULT 'all';
-- What to ask the provider by, while an answer is pending.
ALTER TABLE company_answers ADD COLUMN ref text;
ALTER TABLE company_answers DROP CONSTRAINT company_answers_state_check;
ALTER TABLE company_answers ADD CONSTRAINT company_answers_state_check
      CHECK (state IN ('asking', 'pending', 'verifying', 'ready')) NOT VALID;

ALTER TABLE provider_calls ADD COLUMN owner text NOT NULL DEFAULT 'all';
-- The provider's own name of its answer; of a call that is under way: what is pending.
ALTER TABLE provider_calls ADD COLUMN ref text;
-- What it can take at most and what it took, in the provider's unit; null in calls of the release before this one.
ALTER TABLE provider_calls ADD COLUMN most_units numeric;
ALTER TABLE provider_calls ADD COLUMN units numeric;
-- The price of a unit when the call was made, and what it came to.
ALTER TABLE provider_calls ADD COLUMN unit_price numeric;
ALTER TABLE provider_calls ADD COLUMN cost numeric;
-- What of the workspace's caps it has taken until it is settled, and the day that counts it.
ALTER TABLE provider_calls ADD COLUMN reserved numeric;
ALTER TABLE provider_calls ADD COLUMN spend_day date;
