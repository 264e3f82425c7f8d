SET LOCAL lock_timeout = '5s';

-- What operators look leads up by. Leads are inserted at the provider's pace, and none of these columns changes later.
CREATE INDEX leads_query ON leads (query_id, created_at DESC, id DESC);
CREATE INDEX leads_domain ON leads (domain) WHERE domain IS NOT NULL;
