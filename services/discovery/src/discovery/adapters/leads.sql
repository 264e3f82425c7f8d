-- name: list_leads
-- Newest first; the key of the last row seen goes in as ($11, $12). What is asked of functions has an index each: planned
-- for the very arguments, since what is left out must leave no trace. $14 is what a name begins with (search_name), $15 what a
-- domain does, $16 an id. A night's leads ($13) are few, and looked up by their ids; so is what they were told by ($19).
SELECT id, workspace_id, query_id, domain, company_data, contact_data, intent_data, revision, enrichment_status,
       delivery_status, platform_uploaded, platform_uploaded_at, platform_name, last_error, created_at, updated_at,
       enriched_at, delivered_at,
       lead_stage(platform_uploaded, delivery_status, enrichment_status) AS stage,
       lead_reason(last_error, delivery_status, enrichment_status, contact_data) AS reason
  FROM leads
 WHERE ($1::uuid IS NULL OR workspace_id = $1)
   AND ($2::uuid IS NULL OR query_id = $2)
   AND ($3::text IS NULL OR intent_data ->> 'score' = $3)
   AND ($4::text IS NULL OR enrichment_status = $4)
   AND ($5::text IS NULL OR delivery_status = $5)
   AND ($6::boolean IS NULL OR platform_uploaded = $6)
   AND ($7::text IS NULL OR platform_name = $7)
   AND ($8::text IS NULL OR domain = $8)
   AND ($9::timestamptz IS NULL OR created_at >= $9)
   AND ($11::timestamptz IS NULL OR (created_at, id) < ($11, $12::uuid))
   AND ($13::uuid IS NULL OR id = ANY (ARRAY(
       SELECT lead_id FROM lead_history
        WHERE kind = 'discovered' AND revision = 1
          AND detail ->> 'run_id' = ANY (ARRAY(SELECT runs.id::text FROM query_runs AS runs WHERE runs.tick_id = $13)))))
   AND ($14::text IS NULL OR search_name(company_data ->> 'name') LIKE search_name($14) || '%' AND search_name($14) <> ''
        OR domain LIKE $15::text OR id = $16::uuid)
   AND ($17::text IS NULL OR lead_stage(platform_uploaded, delivery_status, enrichment_status) = $17)
   AND ($18::text IS NULL OR lead_reason(last_error, delivery_status, enrichment_status, contact_data) = $18)
   AND ($19::text IS NULL OR EXISTS (
       SELECT FROM lead_history AS told
        WHERE told.lead_id = leads.id AND told.kind = 'delivered'
          AND told.detail -> 'channels' @> jsonb_build_array(jsonb_build_object('channel', $19::text, 'status', 'delivered'))))
 ORDER BY created_at DESC, id DESC
 LIMIT $10;

-- name: get_lead
SELECT id, workspace_id, query_id, domain, company_data, contact_data, intent_data, revision, enrichment_status,
       delivery_status, platform_uploaded, platform_uploaded_at, platform_name, last_error, created_at, updated_at,
       enriched_at, delivered_at,
       lead_stage(platform_uploaded, delivery_status, enrichment_status) AS stage,
       lead_reason(last_error, delivery_status, enrichment_status, contact_data) AS reason
  FROM leads WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2);

-- name: get_intents
-- Of a lead whose workspace the caller has looked at. What an event told without naming a query is nobody's.
SELECT nullif(own.query_id, '00000000-0000-0000-0000-000000000000') AS query_id, queries.name AS query_name,
       own.source, own.topic_id, topics.name AS topic_name, own.signals
  FROM (SELECT lead_id, coalesce(asked_by, query_id) AS query_id, source, topic_id, signals FROM lead_intents) AS own
  LEFT JOIN queries ON queries.id = own.query_id
  LEFT JOIN topics ON topics.id = own.topic_id
 WHERE own.lead_id = $1 ORDER BY own.query_id, own.source;

-- name: get_history
-- Of a lead whose workspace the caller has looked at.
SELECT kind, revision, subject, happened_at, status, score, error, discovered_at, detail
  FROM lead_history WHERE lead_id = $1 ORDER BY revision, happened_at, kind, subject;
