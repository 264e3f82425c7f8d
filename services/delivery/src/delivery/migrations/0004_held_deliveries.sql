SET LOCAL lock_timeout = '5s';

-- A lead waits for no destination that is held: its end is announced without it, and once more when it has ended, too.
ALTER TABLE deliveries
    -- Why the lead was announced without this delivery, which is pending still; null for all others.
    ADD COLUMN held_reason text;
ALTER TABLE alerts
    -- When the last lead.delivered was announced, so that the next one is later, whatever the clock of its replica says.
    ADD COLUMN announced_at timestamptz,
    -- Announced while all of it was held: nobody has been told yet, for the figures.
    ADD COLUMN untold boolean NOT NULL DEFAULT false;

-- What may still have to be held, by all that a pause can name. Deliveries that are held leave it, so a look costs what is
-- new, however many wait.
CREATE INDEX deliveries_waiting ON deliveries (channel, workspace_id, destination_id)
 WHERE status = 'pending' AND held_reason IS NULL;
