-- name: lock_chain
-- Entries are added one at a time: each needs the hash of the one before it.
SELECT length, head FROM erasure_chain FOR UPDATE;

-- name: add_entries
INSERT INTO erasure_receipts (seq, receipt_id, content, previous, hash)
SELECT seq, receipt_id, content, previous, hash
  FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::bytea[], $5::bytea[]) AS new (seq, receipt_id, content, previous, hash);

-- name: move_head
UPDATE erasure_chain SET length = $1, head = $2;

-- name: chain_after
-- From one entry on, in order, and where the chain ends: in one statement, so that they belong together.
SELECT erasure_chain.length, erasure_chain.head, entries.*
  FROM erasure_chain
  LEFT JOIN LATERAL (SELECT seq, receipt_id, content, previous, hash FROM erasure_receipts
                      WHERE seq > $1 ORDER BY seq LIMIT $2) AS entries ON true
 ORDER BY seq;

-- name: receipt
SELECT seq, receipt_id, content, previous, hash FROM erasure_receipts WHERE receipt_id = $1 ORDER BY seq;

-- name: unfinished_of
-- What of a receipt is under way in this service's own tables.
SELECT (SELECT count(*) FROM erasures WHERE receipt_id = $1 AND finished_at IS NULL AND NOT dry_run) AS erasures,
       (SELECT count(*) FROM erasure_searches WHERE id = $1 AND finished_at IS NULL) AS searches;

-- name: export_salts
SELECT salt FROM erasure_salt
UNION
SELECT salt FROM other_erasure_salts;

-- name: export_people
SELECT id, digest, workspace_id, erased_at, kind FROM erased_people WHERE id > $1 ORDER BY id LIMIT $2;

-- name: learn_salts
INSERT INTO other_erasure_salts (salt)
SELECT salt FROM unnest($1::bytea[]) AS salt
 WHERE NOT EXISTS (SELECT 1 FROM erasure_salt WHERE erasure_salt.salt = salt.salt)
 ORDER BY salt
ON CONFLICT DO NOTHING;

-- name: learn_people
-- Who has objected here and was erased elsewhere was erased; of two of one person in one call the erasure counts.
INSERT INTO erased_people (id, digest, workspace_id, erased_at, kind)
SELECT DISTINCT ON (digest, workspace_id) gen_random_uuid(), digest, workspace_id, erased_at, kind
  FROM unnest($1::bytea[], $2::uuid[], $3::timestamptz[], $4::text[]) AS new (digest, workspace_id, erased_at, kind)
 ORDER BY digest, workspace_id, kind
ON CONFLICT (digest, workspace_id) DO UPDATE SET kind = excluded.kind, erased_at = excluded.erased_at
      WHERE erased_people.kind = 'objected' AND excluded.kind = 'erased'
RETURNING id;

-- name: begin_search
INSERT INTO erasure_searches (id, sweep) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id;

-- name: unfinished_searches
SELECT id FROM erasure_searches WHERE finished_at IS NULL ORDER BY started_at;

-- name: lock_search
SELECT id, found, sweep, after FROM erasure_searches WHERE id = $1 AND finished_at IS NULL FOR UPDATE;

-- name: save_search
UPDATE erasure_searches SET found = $2, sweep = $3, after = $4 WHERE id = $1;

-- name: finish_search
UPDATE erasure_searches SET found = $2, sweep = NULL, after = NULL, finished_at = now() WHERE id = $1;

-- name: get_search
-- Done once whoever was found is erased, too.
SELECT id, found, started_at,
       CASE WHEN NOT EXISTS (SELECT 1 FROM erasures WHERE receipt_id = erasure_searches.id AND erasures.finished_at IS NULL)
            THEN finished_at END AS finished_at
  FROM erasure_searches WHERE id = $1;

-- name: was_begun
-- Whether a person is being taken out already, or was on behalf of this search ($1).
SELECT EXISTS (SELECT 1 FROM erasures
                WHERE finished_at IS NULL AND NOT dry_run AND email = $2 AND workspace_id IS NOT DISTINCT FROM $3::uuid AND kind = $4)
    OR EXISTS (SELECT 1 FROM erasures
                WHERE receipt_id = $1 AND workspace_id IS NOT DISTINCT FROM $3::uuid AND kind = $4
                  AND digest = (SELECT sha256(salt || convert_to($2::text, 'UTF8')) FROM erasure_salt));
