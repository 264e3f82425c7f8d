-- name: raise_revisions
-- Of the leads that were announced without people and now have some: one revision more than the one that was asked about. A lead
-- that has a newer revision by now stays: that one is enriched by itself, with the answer that is here.
UPDATE leads
   SET revision = leads.revision + 1,
       event = jsonb_set(leads.event, '{revision}', to_jsonb(leads.revision + 1)), updated_at = now()
  FROM (SELECT lead_id, revision FROM unnest($1::uuid[], $2::integer[]) AS asked (lead_id, revision)
         ORDER BY lead_id) AS asked
  JOIN enrichments USING (lead_id, revision)
 WHERE leads.id = asked.lead_id AND leads.revision = asked.revision
   AND enrichments.status = 'completed' AND enrichments.total_contacts = 0
RETURNING leads.id, leads.revision;
