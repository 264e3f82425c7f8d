SET LOCAL lock_timeout = '5s';

-- Channels that their receivers switched off were passed over from then on. Now a pause holds them, and their leads wait; it
-- ends after a day, when they are tried again.
INSERT INTO pauses (id, scope, reason, actor, until, detail)
SELECT gen_random_uuid(), 'destination:' || id::text, 'destination_gone', 'worker', now() + interval '1 day', disabled_reason
  FROM channels WHERE status = 'disabled'
ON CONFLICT (scope, actor, reason) DO NOTHING;
