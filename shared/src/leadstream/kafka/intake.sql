-- name: bind_leads
-- The first record of a lead binds it; DO NOTHING leaves the binding of whoever came first, in this batch or before. Gives what
-- all are bound to (see get_bindings), but for those that somebody else binds at this moment.
WITH bound AS (
    INSERT INTO lead_bindings (lead_id, workspace_id)
    SELECT DISTINCT ON (lead_id) lead_id, workspace_id
      FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS new (lead_id, workspace_id, n)
     ORDER BY lead_id, n
    ON CONFLICT (lead_id) DO NOTHING
    RETURNING lead_id, workspace_id, gone_at
), known AS (
    SELECT lead_id, workspace_id, gone_at FROM bound
     UNION ALL
    SELECT lead_id, workspace_id, gone_at FROM lead_bindings WHERE lead_id = ANY ($1::uuid[])
)
SELECT lead_id, known.workspace_id,
       gone_at IS NOT NULL OR (removals.workspace_id IS NOT NULL AND removals.ended_at IS NULL) AS is_gone,
       removals.ended_at AS removed_at
  FROM known LEFT JOIN removals ON removals.workspace_id = known.workspace_id;

-- name: get_bindings
-- Gone is a lead that was deleted, and one of a workspace that is being deleted; or was (`removed_at`), if it is not news
-- of after that: who makes the workspace anew begins anew.
SELECT lead_id, lead_bindings.workspace_id,
       gone_at IS NOT NULL OR (removals.workspace_id IS NOT NULL AND removals.ended_at IS NULL) AS is_gone,
       removals.ended_at AS removed_at
  FROM lead_bindings LEFT JOIN removals ON removals.workspace_id = lead_bindings.workspace_id
 WHERE lead_id = ANY ($1::uuid[]);

-- name: note_dead_letters
-- Gives back the records that were not set aside before.
INSERT INTO dead_letters (topic, partition, record_offset, record_time, reason, error)
SELECT topic, partition, record_offset, record_time, reason, error
  FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
       AS new (topic, partition, record_offset, record_time, reason, error)
ON CONFLICT DO NOTHING
RETURNING topic, partition, record_offset;

-- name: list_dead_letters
-- Newest first; the key of the last row seen goes in as ($6 to $10). Whether one was put back is asked so that the planner
-- sees the condition of the partial index.
SELECT topic, partition, record_offset, record_time, reason, error, created_at, replayed_at FROM dead_letters
 WHERE ($1::text IS NULL OR topic = $1)
   AND ($2::text IS NULL OR reason = $2)
   AND ($3::timestamptz IS NULL OR created_at >= $3)
   AND ($4::boolean IS NULL OR (replayed_at IS NOT NULL) = $4)
   AND ($6::timestamptz IS NULL
        OR (created_at, topic, partition, record_offset, record_time) < ($6, $7::text, $8::integer, $9::bigint, $10::bigint))
 ORDER BY created_at DESC, topic DESC, partition DESC, record_offset DESC, record_time DESC
 LIMIT $5;

-- name: sum_up_dead_letters
-- What waits, of the newest so many only: a flood of letters must not make counting them slow.
SELECT topic, reason, count(*) AS count, min(created_at) AS oldest, max(created_at) AS newest
  FROM (SELECT topic, reason, created_at FROM dead_letters
         WHERE replayed_at IS NULL AND ($1::timestamptz IS NULL OR created_at >= $1)
         ORDER BY created_at DESC LIMIT $2) AS waiting
 GROUP BY topic, reason ORDER BY count(*) DESC, topic, reason;

-- name: get_dead_letters
SELECT topic, partition, record_offset, record_time, reason, error, created_at, replayed_at
  FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[]) AS wanted (topic, partition, record_offset, record_time)
  JOIN dead_letters USING (topic, partition, record_offset, record_time);

-- name: mark_replayed
UPDATE dead_letters SET replayed_at = now()
  FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[]) AS back (topic, partition, record_offset, record_time)
 WHERE (dead_letters.topic, dead_letters.partition, dead_letters.record_offset, dead_letters.record_time)
     = (back.topic, back.partition, back.record_offset, back.record_time);
