SET LOCAL lock_timeout = '5s';

-- What `GET audit` is asked for. Changes are a person's, so that they are few beside the rest.
CREATE INDEX audit_log_workspace ON audit_log (workspace_id, at, id) WHERE workspace_id IS NOT NULL;
CREATE INDEX audit_log_actor ON audit_log (actor, at, id);
CREATE INDEX audit_log_action ON audit_log (action, at, id);
