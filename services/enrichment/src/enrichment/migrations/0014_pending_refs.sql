SET LOCAL lock_timeout = '5s';

-- By what a provider calls an answer that it owes: it says so itself when it is done.
CREATE INDEX company_answers_pending ON company_answers (ref) WHERE state = 'pending';
