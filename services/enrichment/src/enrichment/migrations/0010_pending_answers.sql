SET LOCAL lock_timeout = '5s';

-- On its own: it looks through the table, which others may use meanwhile.
ALTER TABLE company_answers VALIDATE CONSTRAINT company_answers_state_check;
