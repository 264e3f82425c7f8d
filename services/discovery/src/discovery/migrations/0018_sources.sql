SET LOCAL lock_timeout = '5s';

-- Who was asked. Until now that was one source, whose rows all of these are.
ALTER TABLE query_runs
    ADD COLUMN source text NOT NULL DEFAULT 'datashopper',
    -- What it took, in the source's own unit.
    ADD COLUMN units numeric NOT NULL DEFAULT 0;

-- What a query sees in one source takes nothing from what it saw in another.
ALTER TABLE lead_intents
    ADD COLUMN source text NOT NULL DEFAULT 'datashopper';
ALTER TABLE lead_intents
    DROP CONSTRAINT lead_intents_pkey,
    ADD PRIMARY KEY (lead_id, query_id, source);
