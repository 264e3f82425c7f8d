-- name: overdue_leads
-- Of all workspaces, because an operator's figure is asked for. Bounded by a day of leads_listed: what is older than that is
-- for the failed jobs and pauses to say. What enrichment gave up on nobody waits for any more.
SELECT intent_data ->> 'score' AS score, count(*) AS count
  FROM leads
 WHERE created_at BETWEEN $1::timestamptz - interval '1 day' AND $1::timestamptz - interval '5 minutes'
   AND delivery_status = 'pending' AND enrichment_status <> 'failed' AND intent_data ->> 'score' IS NOT NULL
 GROUP BY 1;
