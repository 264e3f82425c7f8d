-- name: count_rows
SELECT 'recipients' AS what, count(*) AS rows FROM recipients WHERE workspace_id = $1
UNION ALL
SELECT 'channels', count(*) FROM channels WHERE workspace_id = $1
UNION ALL
SELECT 'senders', count(*) FROM senders WHERE workspace_id = $1
UNION ALL
SELECT 'suppressions', count(*) FROM suppressions WHERE workspace_id = $1
UNION ALL
SELECT 'digests', count(*) FROM digests WHERE workspace_id = $1
UNION ALL
SELECT 'alerts', count(*) FROM alerts WHERE workspace_id = $1
UNION ALL
SELECT 'deliveries', count(*) FROM deliveries WHERE workspace_id = $1
UNION ALL
SELECT 'troubles', count(*) FROM troubles WHERE workspace_id = $1
UNION ALL
SELECT 'notices', count(*) FROM notices WHERE workspace_id = $1;

-- name: scopes
SELECT 'destination:' || id::text AS scope FROM channels WHERE workspace_id = $1
UNION ALL
SELECT 'destination:' || id::text FROM recipients WHERE workspace_id = $1
UNION ALL
-- Its sender was refused.
SELECT 'provider:resend:' || $1::uuid::text;

-- name: remove_sender
WITH gone AS (
    DELETE FROM senders WHERE workspace_id IN (SELECT workspace_id FROM senders WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_recipients
WITH gone AS (
    DELETE FROM recipients WHERE id IN (SELECT id FROM recipients WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_channels
-- With what was said of them: their troubles and notices.
WITH gone AS (
    DELETE FROM channels WHERE id IN (SELECT id FROM channels WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_suppressions
WITH gone AS (
    DELETE FROM suppressions WHERE id IN (SELECT id FROM suppressions WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_digests
WITH gone AS (
    DELETE FROM digests WHERE id IN (SELECT id FROM digests WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_deliveries
WITH gone AS (
    DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE workspace_id = $1 LIMIT $2) RETURNING 1
)
SELECT count(*) AS deleted FROM gone;

-- name: remove_alerts
WITH page AS MATERIALIZED (
    SELECT id, workspace_id FROM alerts
     WHERE id > coalesce($3::text, '00000000-0000-0000-0000-000000000000')::uuid ORDER BY id LIMIT $2
), gone AS (
    DELETE FROM alerts USING page WHERE alerts.id = page.id AND page.workspace_id = $1 RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS deleted, (SELECT id::text FROM page ORDER BY id DESC LIMIT 1) AS after;
