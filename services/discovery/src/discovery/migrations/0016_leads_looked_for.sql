-- Without a transaction: leads are written to while their indexes are made. One that was begun and not ended is made anew.
DROP INDEX CONCURRENTLY IF EXISTS leads_name;
CREATE INDEX CONCURRENTLY leads_name ON leads (discovery.search_name(company_data ->> 'name') text_pattern_ops, workspace_id);

-- Also for what the old one was for: it finds equal ones as well.
DROP INDEX CONCURRENTLY IF EXISTS leads_domain_begins;
CREATE INDEX CONCURRENTLY leads_domain_begins ON leads (domain text_pattern_ops, workspace_id) WHERE domain IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS leads_domain;

DROP INDEX CONCURRENTLY IF EXISTS leads_stage;
CREATE INDEX CONCURRENTLY leads_stage
    ON leads (discovery.lead_stage(platform_uploaded, delivery_status, enrichment_status), created_at DESC, id DESC, workspace_id);

-- Most leads have none.
DROP INDEX CONCURRENTLY IF EXISTS leads_reason;
CREATE INDEX CONCURRENTLY leads_reason
    ON leads (discovery.lead_reason(last_error, delivery_status, enrichment_status, contact_data), created_at DESC, id DESC, workspace_id)
 WHERE discovery.lead_reason(last_error, delivery_status, enrichment_status, contact_data) <> 'none';

-- Which leads a run has found (revision 1), and which it saw rise.
DROP INDEX CONCURRENTLY IF EXISTS lead_history_run;
CREATE INDEX CONCURRENTLY lead_history_run ON lead_history ((detail ->> 'run_id'), revision, lead_id) WHERE kind = 'discovered';

-- The runs of a tick with their figures, and the runs of a workspace, newest first.
DROP INDEX CONCURRENTLY IF EXISTS query_runs_tick;
CREATE INDEX CONCURRENTLY query_runs_tick ON query_runs (tick_id, started_at, id)
    INCLUDE (workspace_id, run_on, status, found, created, known, rejected, finished_at);
DROP INDEX CONCURRENTLY IF EXISTS query_runs_workspace;
CREATE INDEX CONCURRENTLY query_runs_workspace ON query_runs (workspace_id, started_at DESC, id DESC);
