SET LOCAL lock_timeout = '5s';

-- Reports for whoever may read the schema. Bodies between BEGIN ATOMIC and END are bound here and now, so it does not
-- matter what the caller's search_path is.

CREATE FUNCTION discovery.get_leads_by_intent_score(p_workspace_id uuid, p_score text)
RETURNS TABLE (id uuid, company_name text, domain text, intent_score text, created_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT lead.id, lead.company_data ->> 'name', lead.domain, lead.intent_data ->> 'score', lead.created_at
      FROM discovery.leads AS lead
     WHERE lead.workspace_id = p_workspace_id AND lead.intent_data ->> 'score' = p_score
     ORDER BY lead.created_at DESC, lead.id DESC;
END;

CREATE FUNCTION discovery.get_platform_upload_stats(p_workspace_id uuid)
RETURNS TABLE (platform_name text, hot_leads bigint, warm_leads bigint, total_leads bigint, last_upload timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT lead.platform_name,
           count(*) FILTER (WHERE lead.intent_data ->> 'score' = 'hot'),
           count(*) FILTER (WHERE lead.intent_data ->> 'score' = 'warm'),
           count(*),
           max(lead.platform_uploaded_at)
      FROM discovery.leads AS lead
     WHERE lead.workspace_id = p_workspace_id AND lead.platform_uploaded
     GROUP BY lead.platform_name
     ORDER BY lead.platform_name;
END;

-- Cold leads are never uploaded: asked for from `cold` upwards, none is ready.
CREATE FUNCTION discovery.get_leads_ready_for_upload(p_workspace_id uuid, p_min_score text DEFAULT 'warm')
RETURNS TABLE (id uuid, company_name text, domain text, industry text, intent_score text, enriched_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT lead.id, lead.company_data ->> 'name', lead.domain, lead.company_data ->> 'industry',
           lead.intent_data ->> 'score', lead.enriched_at
      FROM discovery.leads AS lead
     WHERE lead.workspace_id = p_workspace_id
       AND lead.intent_data ->> 'score' = ANY (CASE p_min_score WHEN 'hot' THEN ARRAY['hot']
                                                                WHEN 'warm' THEN ARRAY['hot', 'warm']
                                                                ELSE ARRAY[]::text[] END)
       AND lead.enrichment_status = 'completed'
       AND NOT lead.platform_uploaded
     ORDER BY lead.intent_data ->> 'score' = 'hot' DESC, lead.enriched_at DESC NULLS LAST, lead.id DESC;
END;

-- Workspaces without leads are in it, and so are leads whose workspace nobody has registered.
CREATE VIEW discovery.lead_intent_breakdown AS
WITH counts AS (
    SELECT workspace_id,
           count(*) FILTER (WHERE intent_data ->> 'score' = 'hot') AS hot_count,
           count(*) FILTER (WHERE intent_data ->> 'score' = 'warm') AS warm_count,
           -- No signals is cold.
           count(*) FILTER (WHERE coalesce(intent_data ->> 'score', 'cold') = 'cold') AS cold_count,
           count(*) AS total_count
      FROM discovery.leads
     GROUP BY workspace_id
)
SELECT coalesce(counts.workspace_id, workspaces.id) AS workspace_id,
       coalesce(hot_count, 0) AS hot_count,
       coalesce(warm_count, 0) AS warm_count,
       coalesce(cold_count, 0) AS cold_count,
       coalesce(total_count, 0) AS total_count,
       coalesce(round(100.0 * hot_count / nullif(total_count, 0), 1), 0.0) AS hot_percentage,
       coalesce(round(100.0 * warm_count / nullif(total_count, 0), 1), 0.0) AS warm_percentage
  FROM counts FULL JOIN discovery.workspaces ON workspaces.id = counts.workspace_id;
