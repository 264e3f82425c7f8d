SET LOCAL lock_timeout = '5s';

-- Until now the last query that saw a company had its whole intent. Which one that was nobody wrote down, so it goes to the
-- query that found the lead; what others see from now on is counted beside it.
INSERT INTO lead_intents (lead_id, query_id, topic_id, signals)
SELECT leads.id, queries.id, queries.topic_id, coalesce(leads.intent_data -> 'signals', '[]')
  FROM leads JOIN queries ON queries.id = leads.query_id
ON CONFLICT (lead_id, query_id) DO NOTHING;
