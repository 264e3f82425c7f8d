-- name: wake_pending
-- The job that waits for the answer $2, which was asked for with the keys of the owner $1, is due now. One that is at it already,
-- or due sooner, is let be; whoever is in between finds out at its next look.
UPDATE jobs SET run_at = now()
  FROM company_answers JOIN provider_calls ON provider_calls.id = company_answers.flight_id
 WHERE company_answers.ref = $2 AND company_answers.state = 'pending' AND company_answers.owner = $1
   AND provider_calls.provider = $3
   AND jobs.id = provider_calls.job_id AND jobs.state = 'ready' AND jobs.run_at > now()
RETURNING jobs.id;
