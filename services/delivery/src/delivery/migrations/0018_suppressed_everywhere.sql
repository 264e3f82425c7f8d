SET LOCAL lock_timeout = '5s';

-- Why no workspace's recipients get anything there: mail bounces for all of them, and Resend, which has one list for the whole
-- team, drops what is sent after a complaint. Beside the reason, because who had unsubscribed before has done so still.
ALTER TABLE suppressions ADD COLUMN everywhere text CHECK (everywhere IN ('bounced', 'complained'));
UPDATE suppressions SET everywhere = reason WHERE reason IN ('bounced', 'complained');
CREATE INDEX suppressions_email ON suppressions (email);

-- Why a workspace's recipient gets nothing, if so; its own reason before that of all. Neither strict nor volatile: the planner
-- takes it apart, and finds the address by its index.
CREATE FUNCTION suppression_of(workspace uuid, address text) RETURNS TABLE (reason text) LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN suppressions.workspace_id = workspace THEN suppressions.reason ELSE suppressions.everywhere END
      FROM suppressions
     WHERE suppressions.email = address AND (suppressions.workspace_id = workspace OR suppressions.everywhere IS NOT NULL)
     ORDER BY suppressions.workspace_id = workspace DESC
     LIMIT 1;
END;
