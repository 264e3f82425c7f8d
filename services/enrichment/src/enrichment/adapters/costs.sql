-- name: knows_lead
SELECT id FROM leads WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: enrichments_of
-- Here and below: of a lead whose workspace the caller has looked at.
SELECT revision, job_id, status, reason, error, provider, credits_used, total_contacts, rejected, enriched_at, updated_at
  FROM enrichments WHERE lead_id = $1 ORDER BY revision;

-- name: calls_of
SELECT id, job_id, provider, operation, outcome, units, cost, ref, owner = 'training' AS training, started_at, finished_at
  FROM provider_calls WHERE lead_id = $1 ORDER BY started_at, id LIMIT $2;

-- name: credits_of
-- By credit_ledger_job: a credit is some job's, and the lead's jobs are few.
SELECT id, entry, credits, job_id, open, created_at
  FROM credit_ledger
 WHERE job_id = ANY (ARRAY(SELECT jobs.id FROM jobs WHERE jobs.lead_id = $1))
 ORDER BY created_at, id LIMIT $2;
