-- name: save_enrichments
INSERT INTO enrichments (lead_id, revision, workspace_id, job_id, status, reason, provider, credits_used, total_contacts,
                         rejected, enriched_at)
SELECT lead_id, revision, workspace_id, job_id, status, reason, provider, credits_used, total_contacts, rejected::jsonb,
       enriched_at
  FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::numeric[],
              $9::smallint[], $10::text[], $11::timestamptz[])
       AS new (lead_id, revision, workspace_id, job_id, status, reason, provider, credits_used, total_contacts, rejected,
               enriched_at)
 ORDER BY lead_id, revision
ON CONFLICT (lead_id, revision) DO UPDATE
   SET job_id = excluded.job_id, status = excluded.status, reason = excluded.reason, error = NULL,
       provider = excluded.provider, credits_used = excluded.credits_used, total_contacts = excluded.total_contacts,
       rejected = excluded.rejected, enriched_at = excluded.enriched_at, updated_at = now();

-- name: save_contacts
-- In place of those of an earlier job for the same revision. After save_enrichments and not with it: what a job has saved that its
-- row was waited for would not be seen.
WITH dropped AS (
    DELETE FROM contacts
     USING unnest($1::uuid[], $2::integer[]) AS enriched (lead_id, revision)
     WHERE contacts.lead_id = enriched.lead_id AND contacts.revision = enriched.revision
    RETURNING 1
)
INSERT INTO contacts (lead_id, revision, position, workspace_id, contact_id, full_name, first_name, last_name, email,
                      email_status, phone, title, seniority, department, linkedin_url, location, is_primary, provider,
                      collected_at)
SELECT lead_id, revision, position, workspace_id, id, full_name, first_name, last_name, email, email_status, phone, title,
       seniority, department, linkedin_url, location, is_primary, provider, collected_at
  FROM jsonb_to_recordset($3::jsonb)
       AS new (lead_id uuid, revision integer, position smallint, workspace_id uuid, id text, full_name text,
               first_name text, last_name text, email text, email_status text, phone text, title text, seniority text,
               department text, linkedin_url text, location text, is_primary boolean, provider text,
               collected_at timestamptz)
 -- Counted, so that they are gone before these come.
 WHERE (SELECT count(*) FROM dropped) >= 0;

-- name: fail_enrichments
-- Gives back the leads that failed with this: one that was enriched before, by another job, has not.
INSERT INTO enrichments (lead_id, revision, workspace_id, job_id, status, error)
SELECT lead_id, revision, workspace_id, job_id, 'failed', error
  FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::uuid[], $5::text[])
       AS new (lead_id, revision, workspace_id, job_id, error)
 ORDER BY lead_id, revision
ON CONFLICT (lead_id, revision) DO UPDATE
   SET job_id = excluded.job_id, error = excluded.error, updated_at = now()
 WHERE enrichments.status = 'failed'
RETURNING job_id;
