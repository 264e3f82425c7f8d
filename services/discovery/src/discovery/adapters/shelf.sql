-- name: find_known
-- The leads that keys stand for, locked: what a run decides about them must still be true when it is written. By id, so
-- that two runs that know the same leads don't deadlock.
SELECT lead_keys.key, leads.id, leads.workspace_id, leads.query_id, leads.domain, leads.company_data,
       leads.intent_data ->> 'score' AS score, leads.revision, leads.created_at,
       topics.id AS topic_id, topics.name AS topic_name, topics.category AS topic_category
  FROM unnest($1::uuid[], $2::text[]) AS wanted (workspace_id, key)
  JOIN lead_keys ON lead_keys.workspace_id = wanted.workspace_id AND lead_keys.key = wanted.key
  JOIN leads ON leads.id = lead_keys.lead_id
  LEFT JOIN queries ON queries.id = leads.query_id
  LEFT JOIN topics ON topics.id = coalesce(
       -- The same in all sources that the query saw it in.
       (SELECT own.topic_id FROM lead_intents AS own
         WHERE own.lead_id = leads.id AND coalesce(own.asked_by, own.query_id) = leads.query_id
           AND own.topic_id IS NOT NULL
         ORDER BY own.source LIMIT 1), queries.topic_id)
 ORDER BY leads.id
   FOR NO KEY UPDATE OF leads;

-- name: announced_scores
-- A statement of its own, after the lock: within the one that waits for it, this would be what was true before the wait.
SELECT lead_id, array_agg(DISTINCT score) AS scores
  FROM lead_history WHERE lead_id = ANY ($1::uuid[]) AND score IS NOT NULL GROUP BY lead_id;

-- name: sights_of
-- After the lock, too. A lead that others have told of, and no run has seen, has what they told.
SELECT lead_id, coalesce(asked_by, query_id) AS query_id, source, topic_id, signals FROM lead_intents WHERE lead_id = ANY ($1::uuid[])
UNION ALL
SELECT id, coalesce(query_id, '00000000-0000-0000-0000-000000000000'), 'datashopper', NULL, intent_data -> 'signals'
  FROM leads
 WHERE id = ANY ($1::uuid[]) AND jsonb_typeof(intent_data -> 'signals') = 'array'
   AND NOT EXISTS (SELECT 1 FROM lead_intents WHERE lead_intents.lead_id = leads.id)
 ORDER BY lead_id, query_id, source;

-- name: claim_keys
-- Whoever comes first has the key; in order, so that two runs that find the same new companies don't deadlock. Waits for
-- a run that is just about to claim one, and then does not give it back.
INSERT INTO lead_keys (workspace_id, key, lead_id)
SELECT workspace_id, key, lead_id FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS new (workspace_id, key, lead_id)
 ORDER BY workspace_id, key
ON CONFLICT (workspace_id, key) DO NOTHING
RETURNING lead_id;

-- name: insert_leads
INSERT INTO leads (id, workspace_id, query_id, domain, company_data, intent_data, revision, created_at, updated_at)
SELECT id, workspace_id, query_id, domain, company_data::jsonb, intent_data::jsonb, revision, created_at, updated_at
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::timestamptz[],
              $9::timestamptz[])
       AS new (id, workspace_id, query_id, domain, company_data, intent_data, revision, created_at, updated_at)
 ORDER BY id;

-- name: update_leads
-- A risen lead begins anew: its statuses are those of its new revision.
UPDATE leads
   SET intent_data = new.intent_data::jsonb,
       company_data = coalesce(new.company_data::jsonb, leads.company_data),
       domain = new.domain,
       revision = new.revision,
       enrichment_status = CASE WHEN new.revision > leads.revision THEN 'pending' ELSE leads.enrichment_status END,
       delivery_status = CASE WHEN new.revision > leads.revision THEN 'pending' ELSE leads.delivery_status END,
       updated_at = new.updated_at
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::timestamptz[])
       AS new (id, domain, company_data, intent_data, revision, updated_at)
 WHERE leads.id = new.id;

-- name: upsert_intents
-- The topic stays what it was when the query saw the company first.
INSERT INTO lead_intents (lead_id, query_id, asked_by, source, topic_id, signals)
SELECT lead_id,
       CASE source WHEN 'datashopper' THEN query_id ELSE md5(query_id || ':' || source)::uuid END,
       CASE source WHEN 'datashopper' THEN NULL ELSE query_id END,
       source, topic_id, signals::jsonb
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[]) AS new (lead_id, query_id, source, topic_id, signals)
 ORDER BY lead_id, query_id, source
ON CONFLICT (lead_id, query_id) DO UPDATE SET signals = excluded.signals;

-- name: insert_discoveries
INSERT INTO lead_history (lead_id, kind, revision, subject, happened_at, digest, score, detail)
SELECT lead_id, 'discovered', revision, '', happened_at, '', score, detail::jsonb
  FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::text[], $5::text[])
       AS new (lead_id, revision, happened_at, score, detail)
 ORDER BY lead_id, revision;
