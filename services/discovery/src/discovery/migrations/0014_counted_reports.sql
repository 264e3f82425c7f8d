SET LOCAL lock_timeout = '5s';

-- The same reports, of what is counted already.

CREATE VIEW discovery.leads_counted AS
SELECT workspace_id, score, is_uploaded, platform_name, count, last_upload FROM discovery.lead_counts
 UNION ALL
SELECT workspace_id, score, is_uploaded, platform_name, count, last_upload FROM discovery.lead_count_changes;

CREATE OR REPLACE FUNCTION discovery.get_platform_upload_stats(p_workspace_id uuid)
RETURNS TABLE (platform_name text, hot_leads bigint, warm_leads bigint, total_leads bigint, last_upload timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT nullif(counted.platform_name, ''),
           coalesce(sum(counted.count) FILTER (WHERE counted.score = 'hot'), 0)::bigint,
           coalesce(sum(counted.count) FILTER (WHERE counted.score = 'warm'), 0)::bigint,
           sum(counted.count)::bigint,
           max(counted.last_upload) FILTER (WHERE counted.count > 0)
      FROM discovery.leads_counted AS counted
     WHERE counted.workspace_id = p_workspace_id AND counted.is_uploaded
     GROUP BY counted.platform_name
    HAVING sum(counted.count) > 0
     ORDER BY 1;
END;

-- Workspaces without leads are in it, and so are leads whose workspace nobody has registered.
CREATE OR REPLACE VIEW discovery.lead_intent_breakdown AS
WITH counts AS (
    SELECT workspace_id,
           coalesce(sum(count) FILTER (WHERE score = 'hot'), 0)::bigint AS hot_count,
           coalesce(sum(count) FILTER (WHERE score = 'warm'), 0)::bigint AS warm_count,
           -- No signals is cold.
           coalesce(sum(count) FILTER (WHERE score = 'cold'), 0)::bigint AS cold_count,
           sum(count)::bigint AS total_count
      FROM discovery.leads_counted
     GROUP BY workspace_id
    HAVING sum(count) > 0
)
SELECT coalesce(counts.workspace_id, workspaces.id) AS workspace_id,
       coalesce(hot_count, 0) AS hot_count,
       coalesce(warm_count, 0) AS warm_count,
       coalesce(cold_count, 0) AS cold_count,
       coalesce(total_count, 0) AS total_count,
       coalesce(round(100.0 * hot_count / nullif(total_count, 0), 1), 0.0) AS hot_percentage,
       coalesce(round(100.0 * warm_count / nullif(total_count, 0), 1), 0.0) AS warm_percentage
  FROM counts FULL JOIN discovery.workspaces ON workspaces.id = counts.workspace_id;

-- In the order of the report, so that its first page does not cost the rest.
CREATE INDEX leads_ready ON leads (workspace_id, (intent_data ->> 'score' = 'hot') DESC, enriched_at DESC NULLS LAST, id DESC)
 WHERE enrichment_status = 'completed' AND NOT platform_uploaded AND intent_data ->> 'score' IN ('hot', 'warm');

-- Cold leads are never uploaded: asked for from `cold` upwards, none is ready.
CREATE OR REPLACE FUNCTION discovery.get_leads_ready_for_upload(p_workspace_id uuid, p_min_score text DEFAULT 'warm')
RETURNS TABLE (id uuid, company_name text, domain text, industry text, intent_score text, enriched_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT lead.id, lead.company_data ->> 'name', lead.domain, lead.company_data ->> 'industry',
           lead.intent_data ->> 'score', lead.enriched_at
      FROM discovery.leads AS lead
     WHERE lead.workspace_id = p_workspace_id
       AND lead.intent_data ->> 'score' IN ('hot', 'warm')
       AND lead.intent_data ->> 'score' = ANY (CASE p_min_score WHEN 'hot' THEN ARRAY['hot']
                                                                WHEN 'warm' THEN ARRAY['hot', 'warm']
                                                                ELSE ARRAY[]::text[] END)
       AND lead.enrichment_status = 'completed'
       AND NOT lead.platform_uploaded
     ORDER BY lead.intent_data ->> 'score' = 'hot' DESC, lead.enriched_at DESC NULLS LAST, lead.id DESC;
END;
