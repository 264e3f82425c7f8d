-- Without a transaction: answers are kept while the index is made. One that was begun and not ended is made anew.
DROP INDEX CONCURRENTLY IF EXISTS company_answers_owner;
CREATE INDEX CONCURRENTLY company_answers_owner ON company_answers (owner) WHERE owner <> 'all';
