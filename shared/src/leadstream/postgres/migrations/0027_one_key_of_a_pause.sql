SET LOCAL lock_timeout = '5s';

-- The id is derived from scope, actor and reason: unique in both, of two replicas that held a scope at the same moment the
-- second failed at the index that its statement did not name.
ALTER TABLE pauses DROP CONSTRAINT pauses_pkey;
CREATE INDEX pauses_id ON pauses (id);
