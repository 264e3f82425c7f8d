SET LOCAL lock_timeout = '5s';

-- To erase a lead is one DELETE: its history goes with it, and its company may be found anew. The key's check is deferred
-- because a key is claimed before its lead is inserted.
ALTER TABLE lead_keys
    ADD CONSTRAINT lead_keys_lead_fkey FOREIGN KEY (lead_id) REFERENCES leads (id) ON DELETE CASCADE
    DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX lead_keys_lead ON lead_keys (lead_id);

ALTER TABLE lead_history
    ADD CONSTRAINT lead_history_lead_fkey FOREIGN KEY (lead_id) REFERENCES leads (id) ON DELETE CASCADE;
