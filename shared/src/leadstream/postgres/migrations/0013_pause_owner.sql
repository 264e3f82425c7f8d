SET LOCAL lock_timeout = '5s';

-- Held by somebody who answers for all workspaces: nobody of a single one may lift it. Those that were made by hand so far were
-- made by such a person, as far as anybody can tell.
ALTER TABLE pauses ADD COLUMN is_locked boolean NOT NULL DEFAULT false;
UPDATE pauses SET is_locked = true
 WHERE EXISTS (SELECT 1 FROM audit_log WHERE action = 'pause.created' AND target = 'pause:' || pauses.id::text);
