-- name: claim_keys_of_others
-- A lead that was made elsewhere takes its company's place, so that a run that finds the company knows it. Only when it is
-- first heard of; and only if the place is free.
INSERT INTO lead_keys (workspace_id, key, lead_id)
SELECT workspace_id, key, lead_id
  FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS new (workspace_id, key, lead_id)
 WHERE NOT EXISTS (SELECT 1 FROM lead_history
                    WHERE lead_history.lead_id = new.lead_id AND kind IN ('discovered', 'enriched'))
 ORDER BY workspace_id, key, lead_id
ON CONFLICT (workspace_id, key) DO NOTHING;

-- name: insert_missing
-- Events of a lead may come before the one that says what it is. In order, so that two replicas don't deadlock.
INSERT INTO leads (id, workspace_id, created_at)
SELECT id, workspace_id, created_at
  FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS new (id, workspace_id, created_at)
 WHERE NOT EXISTS (SELECT 1 FROM leads WHERE leads.id = new.id)
 ORDER BY id
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: lock_leads
SELECT id, workspace_id, revision, enrichment_status, delivery_status, platform_uploaded, platform_uploaded_at,
       platform_name, last_error, created_at, enriched_at, delivered_at
  FROM leads WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: facts_of
-- By lead ids alone: the caller has looked at their workspaces.
SELECT lead_id, kind, revision, subject, happened_at, digest, status, score, error, discovered_at
  FROM lead_history WHERE lead_id = ANY ($1::uuid[]);

-- name: upsert_facts
INSERT INTO lead_history (lead_id, kind, revision, subject, happened_at, digest, status, score, error, discovered_at, detail)
SELECT lead_id, kind, revision, subject, happened_at, digest, status, score, error, discovered_at, detail::jsonb
  FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
              $9::text[], $10::timestamptz[], $11::text[])
       AS new (lead_id, kind, revision, subject, happened_at, digest, status, score, error, discovered_at, detail)
ON CONFLICT (lead_id, kind, revision, subject) DO UPDATE
   SET happened_at = excluded.happened_at, digest = excluded.digest, status = excluded.status, score = excluded.score,
       error = excluded.error, discovered_at = excluded.discovered_at, detail = excluded.detail;

-- name: update_standing
-- NULL documents leave what is there. `is_foreign`: what the lead is was told by the event, not found by us.
UPDATE leads
   SET revision = new.revision,
       enrichment_status = new.enrichment_status,
       enriched_at = new.enriched_at,
       delivery_status = new.delivery_status,
       delivered_at = new.delivered_at,
       platform_uploaded = new.uploaded_at IS NOT NULL,
       platform_uploaded_at = new.uploaded_at,
       platform_name = new.platform_name,
       last_error = new.last_error,
       created_at = new.created_at,
       contact_data = coalesce(new.contact_data::jsonb, leads.contact_data),
       company_data = coalesce(new.company_data::jsonb, leads.company_data),
       intent_data = coalesce(new.intent_data::jsonb, leads.intent_data),
       query_id = CASE WHEN new.is_foreign THEN new.query_id ELSE leads.query_id END,
       domain = CASE WHEN new.is_foreign THEN coalesce(new.domain, leads.domain) ELSE leads.domain END,
       updated_at = now()
  FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[],
              $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::boolean[],
              $15::uuid[], $16::text[])
       AS new (id, revision, enrichment_status, enriched_at, delivery_status, delivered_at, uploaded_at, platform_name,
               last_error, created_at, contact_data, company_data, intent_data, is_foreign, query_id, domain)
 WHERE leads.id = new.id;
