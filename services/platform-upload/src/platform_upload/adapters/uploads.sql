-- name: insert_uploads
INSERT INTO uploads (id, workspace_id, lead_id, platform, revision, intent_score, status, error, rejection)
SELECT id, workspace_id, lead_id, platform, revision, intent_score, status, error, rejection::jsonb
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::text[])
       AS new (id, workspace_id, lead_id, platform, revision, intent_score, status, error, rejection)
 ORDER BY id
ON CONFLICT DO NOTHING;

-- name: uploads_of
SELECT id FROM uploads WHERE lead_id = ANY ($1::uuid[]);

-- name: settle_uploads
-- An accepted upload stays accepted: a job that an operator has run again may be refused where the first was not. What was
-- accepted is billed with it; the unique constraint is the promise: one for each lead and platform, whatever happens twice.
-- Where the platform does not say, a lead that is billed only now is new to it. Returns what was accepted.
WITH done AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::text[],
                         $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::uuid[], $13::uuid[], $14::uuid[],
                         $15::text[], $16::text[]) WITH ORDINALITY
        AS each (id, status, adapter, outcome, external_id, attempts, error, finished_at, adjustments, written, rejection,
                 bill_id, workspace_id, lead_id, platform, metadata, n)
), bills AS (
    INSERT INTO billing_events (id, workspace_id, lead_id, platform, event_type, quantity, metadata)
    SELECT bill_id, workspace_id, lead_id, platform, 'platform_upload', 1, metadata::jsonb
      FROM done WHERE bill_id IS NOT NULL
     ORDER BY bill_id, n
    ON CONFLICT DO NOTHING
    RETURNING id
), judged AS MATERIALIZED (
    -- Of two revisions that are accepted together the first is billed.
    SELECT done.*,
           coalesce(outcome, CASE WHEN is_billed THEN 'created' WHEN bill_id IS NOT NULL THEN 'updated' END) AS made
      FROM (SELECT *, (bill_id IN (SELECT id FROM bills)) IS TRUE AND row_number() OVER (PARTITION BY bill_id ORDER BY n) = 1
                      AS is_billed
              FROM done) AS done
), settled AS (
    UPDATE uploads
       SET status = CASE WHEN uploads.status = 'uploaded' THEN 'uploaded' ELSE judged.status END,
           adapter = coalesce(judged.adapter, uploads.adapter),
           outcome = coalesce(judged.made, uploads.outcome),
           external_id = coalesce(judged.external_id, uploads.external_id),
           attempts = judged.attempts, error = judged.error, updated_at = now(),
           adjustments = coalesce(judged.adjustments::jsonb, uploads.adjustments),
           written = coalesce(judged.written::jsonb, uploads.written),
           rejection = judged.rejection::jsonb,
           uploaded_at = CASE WHEN judged.status = 'uploaded' THEN coalesce(uploads.uploaded_at, judged.finished_at)
                              ELSE uploads.uploaded_at END
      FROM judged
     WHERE uploads.id = judged.id
)
SELECT id, made, is_billed FROM judged WHERE bill_id IS NOT NULL;

-- name: settle_contacts
-- Contacts that came after their company: the upload itself has ended before.
UPDATE uploads
   SET error = done.error, updated_at = now(),
       adjustments = uploads.adjustments || done.adjustments::jsonb,
       written = coalesce(uploads.written, '{}') || done.written::jsonb
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS done (id, error, adjustments, written)
 WHERE uploads.id = done.id;

-- name: newest_revisions
-- Of each lead, what the highest revision says, whatever has become of its job.
SELECT DISTINCT ON (lead_id) lead_id, payload
  FROM jobs
 WHERE lead_id = ANY ($2::uuid[]) AND kind = 'upload-lead' AND lane = $1
 ORDER BY lead_id, (payload ->> 'revision')::integer DESC;

-- name: newest_requests
-- Of each lead, the highest revision that was to go to this platform, cold ones too.
SELECT DISTINCT ON (lead_id) lead_id, revision, intent_score
  FROM uploads
 WHERE workspace_id = $1 AND platform = $2 AND lead_id = ANY ($3::uuid[])
 ORDER BY lead_id, revision DESC;

-- name: earlier_uploads
-- Of each lead, whether any platform was asked to take it, and what we wrote to this one last.
SELECT lead_id, bool_or(adapter IS NOT NULL) AS tried,
       (array_agg(written ORDER BY updated_at DESC) FILTER (WHERE platform = $1 AND written IS NOT NULL))[1] AS written
  FROM uploads
 WHERE lead_id = ANY ($2::uuid[])
 GROUP BY lead_id;

-- name: list_uploads
-- Newest first; the key of the last row seen goes in as ($7, $8). What a waiting upload waits for is said with it.
SELECT uploads.id, uploads.workspace_id, uploads.lead_id, platform, revision, intent_score,
       status, adapter, outcome, external_id, uploads.attempts, error, rejection, coalesce(overrides, '{}') AS overrides, adjustments,
       uploads.created_at, updated_at, uploaded_at, jobs.run_at AS next_attempt_at,
       (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM pauses
         WHERE (until IS NULL OR until > now()) AND jobs.state = 'ready'
           AND scope IN ('all', 'kind:upload-lead', jobs.lane, 'workspace:' || uploads.workspace_id::text)) AS held_by,
       (SELECT created_at FROM billing_events
         WHERE billing_events.lead_id = uploads.lead_id AND billing_events.platform = uploads.platform
           AND event_type = 'platform_upload' AND metadata ->> 'upload_id' = uploads.id::text) AS billed_at
  FROM uploads LEFT JOIN jobs ON jobs.id = uploads.id AND jobs.state IN ('ready', 'running')
 WHERE ($1::uuid IS NULL OR uploads.workspace_id = $1)
   AND ($2::uuid IS NULL OR uploads.lead_id = $2)
   AND ($3::text IS NULL OR platform = $3)
   AND ($4::text IS NULL OR status = $4)
   AND ($5::timestamptz IS NULL OR uploads.created_at >= $5)
   AND ($7::timestamptz IS NULL OR (uploads.created_at, uploads.id) < ($7, $8::uuid))
 ORDER BY uploads.created_at DESC, uploads.id DESC
 LIMIT $6;

-- name: lock_upload
SELECT id, workspace_id, lead_id, platform, revision, status, overrides,
       (SELECT max(revision) FROM uploads AS other
         WHERE other.lead_id = uploads.lead_id AND other.platform = uploads.platform) AS newest
  FROM uploads WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
   FOR NO KEY UPDATE;

-- name: addresses_in_text
SELECT DISTINCT address FROM addresses_in($1) AS address;

-- name: correct_upload
-- One that was accepted stays accepted, and billed: it is sent once more.
UPDATE uploads
   SET overrides = $2::text::jsonb, error = NULL, rejection = NULL, updated_at = now(),
       status = CASE WHEN status = 'uploaded' THEN 'uploaded' ELSE 'pending' END
 WHERE id = $1
RETURNING status;

-- name: list_billing_events
-- Newest first; the key of the last row seen goes in as ($7, $8).
SELECT id, workspace_id, lead_id, platform, event_type, quantity, metadata, created_at
  FROM billing_events
 WHERE ($1::uuid IS NULL OR workspace_id = $1)
   AND ($2::uuid IS NULL OR lead_id = $2)
   AND ($3::text IS NULL OR platform = $3)
   AND ($4::timestamptz IS NULL OR created_at >= $4)
   AND ($5::timestamptz IS NULL OR created_at < $5)
   AND ($7::timestamptz IS NULL OR (created_at, id) < ($7, $8::uuid))
 ORDER BY created_at DESC, id DESC
 LIMIT $6;

-- name: sum_up_uploads
-- The newest $3 of those asked for since $2, by workspace and platform; where there were as many, `oldest` is since when all
-- are counted. Busiest first, and the last error of each by an index of its own.
WITH newest AS (
    SELECT workspace_id, platform, status, created_at FROM uploads
     WHERE created_at >= $2 AND ($1::uuid IS NULL OR workspace_id = $1)
     ORDER BY created_at DESC, id DESC LIMIT $3
), counted AS (
    SELECT workspace_id, platform, count(*) AS total, min(created_at) AS oldest,
           count(*) FILTER (WHERE status = 'uploaded') AS uploaded,
           count(*) FILTER (WHERE status = 'failed') AS failed,
           count(*) FILTER (WHERE status = 'pending') AS pending,
           count(*) FILTER (WHERE status NOT IN ('uploaded', 'failed', 'pending')) AS others
      FROM newest GROUP BY workspace_id, platform
), busiest AS (
    SELECT counted.*, sum(total) OVER () AS read, min(oldest) OVER () AS since
      FROM counted ORDER BY total DESC, workspace_id, platform LIMIT $4
)
SELECT busiest.workspace_id, busiest.platform, uploaded, failed, pending, others, read, since,
       last.error AS last_error, last.updated_at AS last_error_at
  FROM busiest
  LEFT JOIN LATERAL (SELECT error, updated_at FROM uploads
                      WHERE uploads.workspace_id = busiest.workspace_id AND uploads.platform = busiest.platform
                        AND error IS NOT NULL
                      ORDER BY updated_at DESC LIMIT 1) AS last ON true
 ORDER BY total DESC, busiest.workspace_id, busiest.platform;

-- name: compare_billing
-- Row by row, not count by count: a lead is billed once for each platform, however many revisions of it are accepted later, and
-- an upload of 23:59:59 may be billed a moment after midnight. `elsewhen` are those: accepted then, billed at another time.
WITH accepted AS (
    SELECT uploads.workspace_id, uploads.platform, count(*) AS accepted,
           count(*) FILTER (WHERE bill.created_at < $2 OR bill.created_at >= $3) AS elsewhen,
           count(*) FILTER (WHERE bill.id IS NULL) AS unbilled,
           (array_agg(uploads.lead_id) FILTER (WHERE bill.id IS NULL))[1:20] AS unbilled_leads
      FROM (SELECT DISTINCT lead_id, platform, workspace_id FROM uploads
             WHERE uploaded_at >= $2 AND uploaded_at < $3 AND ($1::uuid IS NULL OR workspace_id = $1)) AS uploads
      LEFT JOIN billing_events AS bill
        ON bill.lead_id = uploads.lead_id AND bill.platform = uploads.platform AND bill.event_type = 'platform_upload'
     GROUP BY uploads.workspace_id, uploads.platform
), bills AS (
    SELECT workspace_id, platform, lead_id, quantity,
           NOT EXISTS (SELECT 1 FROM uploads
                        WHERE uploads.lead_id = billing_events.lead_id AND uploads.platform = billing_events.platform
                          AND uploaded_at IS NOT NULL) AS is_unfounded
      FROM billing_events
     WHERE created_at >= $2 AND created_at < $3 AND ($1::uuid IS NULL OR workspace_id = $1)
), billed AS (
    SELECT workspace_id, platform, sum(quantity) AS billed, count(*) FILTER (WHERE is_unfounded) AS unfounded,
           (array_agg(lead_id) FILTER (WHERE is_unfounded))[1:20] AS unfounded_leads
      FROM bills GROUP BY workspace_id, platform
)
SELECT workspace_id, platform, coalesce(accepted, 0) AS accepted, coalesce(billed, 0) AS billed, coalesce(elsewhen, 0) AS elsewhen,
       coalesce(unbilled, 0) AS unbilled, coalesce(unbilled_leads, '{}') AS unbilled_leads,
       coalesce(unfounded, 0) AS unfounded, coalesce(unfounded_leads, '{}') AS unfounded_leads
  FROM accepted FULL JOIN billed USING (workspace_id, platform)
 ORDER BY coalesce(unbilled, 0) + coalesce(unfounded, 0) DESC, workspace_id, platform
 LIMIT $4;

-- name: count_billing_events
-- Of the leads from $2 to $3, ids that were given one after the other: the key of the unique constraint has them.
SELECT platform, count(*) AS count
  FROM billing_events
 WHERE lead_id BETWEEN $2 AND $3 AND ($1::uuid IS NULL OR workspace_id = $1)
 GROUP BY platform;
