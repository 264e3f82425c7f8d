-- name: settle_session
-- transaction_timeout is there from Postgres 17 on. What was committed must be there after a crash; replication that
-- somebody asked for is left as it is. Read-only as the role's own default is a mistake; as the server's or the
-- database's it protects a full disk, and is waited for.
SELECT set_config(name, CASE name WHEN 'transaction_timeout' THEN '0' WHEN 'synchronous_commit' THEN 'on' ELSE 'off' END, false)
  FROM pg_settings
 WHERE (name = 'transaction_timeout' AND setting <> '0')
    OR (name = 'synchronous_commit' AND setting = 'off')
    OR (name = 'default_transaction_read_only' AND setting = 'on' AND source IN ('user', 'database user', 'global'));
