SET LOCAL lock_timeout = '5s';

-- What each query saw of a lead's company when it saw it last. `intent_data` of the lead is the union of its rows.
CREATE TABLE lead_intents (
    lead_id   uuid  NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    -- All zeros: told by an event that named no query.
    query_id  uuid  NOT NULL,
    -- What the query was about when it saw the company first; of the query that found the lead it is what the lead was
    -- found for. NULL where nobody knows: it is what the query is about now.
    topic_id  uuid,
    -- As in intent_data, all of them.
    signals   jsonb NOT NULL,
    PRIMARY KEY (lead_id, query_id)
);
