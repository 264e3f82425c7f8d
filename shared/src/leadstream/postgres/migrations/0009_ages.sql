SET LOCAL lock_timeout = '5s';

-- The oldest first, for the retention; newest first for `GET audit`.
CREATE INDEX audit_log_age ON audit_log (at, id);
CREATE INDEX outbox_refused_age ON outbox_refused (refused_at);
