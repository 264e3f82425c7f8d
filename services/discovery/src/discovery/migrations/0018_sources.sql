SET LOCAL lock_timeout = '5s';

-- Who was asked. Until now that was one source, whose rows all of these are.
ALTER TABLE query_runs
    ADD COLUMN source text NOT NULL DEFAULT 'datashopper',
    -- What it took, in the source's own unit.
    ADD COLUMN units numeric NOT NULL DEFAULT 0;

-- What a query sees in one source takes nothing from what it saw in another. The release before this one takes its
-- conflicts from the key as it is, (lead_id, query_id): a row of another source than DataShopper has an id of its own there,
-- which that release takes for one more query, and `asked_by` is its query.
ALTER TABLE lead_intents
    ADD COLUMN source text NOT NULL DEFAULT 'datashopper',
    ADD COLUMN asked_by uuid;
