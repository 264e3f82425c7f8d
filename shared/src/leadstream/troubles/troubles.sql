-- name: begin_troubles
-- What is known already is no news. In one order, so that two transactions do not wait for each other.
INSERT INTO workspace_troubles (subject_id, cause, workspace_id, name, detail, began_at, until)
SELECT DISTINCT ON (subject_id, cause) subject_id, cause, workspace_id, name, detail, coalesce(began_at, now()),
       greatest(coalesce(began_at, now()), until)
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
       AS new (subject_id, cause, workspace_id, name, detail, began_at, until)
 ORDER BY subject_id, cause, began_at
ON CONFLICT (subject_id, cause) DO NOTHING
RETURNING subject_id, cause, workspace_id, name, detail, began_at;

-- name: end_troubles
-- Whatever the cause. Locked in the order in which they begin.
DELETE FROM workspace_troubles
 WHERE (subject_id, cause) IN (
       SELECT troubles.subject_id, cause
         FROM unnest($1::uuid[], $2::timestamptz[]) AS well (subject_id, at)
         JOIN workspace_troubles AS troubles ON troubles.subject_id = well.subject_id AND troubles.until < well.at
        ORDER BY 1, 2 FOR UPDATE OF troubles)
RETURNING subject_id, cause, workspace_id, name, detail, began_at;

-- name: mend_troubles
-- A person has changed what was wrong: whatever goes well from now on counts.
UPDATE workspace_troubles SET until = now() WHERE subject_id = $1 AND until > now();

-- name: forget_troubles
DELETE FROM workspace_troubles WHERE subject_id = $1;

-- name: subjects_in_trouble
SELECT DISTINCT subject_id FROM workspace_troubles;
