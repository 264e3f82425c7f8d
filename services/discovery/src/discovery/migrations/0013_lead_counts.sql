SET LOCAL lock_timeout = '5s';

-- How many leads a workspace has, by score and by where they were uploaded to (empty: not): a report of five million leads reads
-- a few rows. Whoever writes leads notes the difference that makes, in a row of its own, so that no two of them wait for each
-- other; now and then the differences are added up.
CREATE TABLE lead_counts (
    workspace_id   uuid    NOT NULL,
    score          text    NOT NULL,
    is_uploaded    boolean NOT NULL,
    platform_name  text    NOT NULL,
    count          bigint  NOT NULL,
    -- When the newest of them was uploaded.
    last_upload    timestamptz,
    PRIMARY KEY (workspace_id, score, is_uploaded, platform_name)
);
CREATE TABLE lead_count_changes (
    seq            bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id   uuid    NOT NULL,
    score          text    NOT NULL,
    is_uploaded    boolean NOT NULL,
    platform_name  text    NOT NULL,
    count          bigint  NOT NULL,
    last_upload    timestamptz
);

CREATE FUNCTION discovery.note_lead_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO discovery.lead_count_changes (workspace_id, score, is_uploaded, platform_name, count, last_upload)
    SELECT workspace_id, coalesce(intent_data ->> 'score', 'cold'), platform_uploaded,
           CASE WHEN platform_uploaded THEN coalesce(platform_name, '') ELSE '' END,
           CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END, max(platform_uploaded_at)
      FROM changed GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END;
$$;

CREATE FUNCTION discovery.note_lead_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO discovery.lead_count_changes (workspace_id, score, is_uploaded, platform_name, count, last_upload)
    SELECT lead.workspace_id, coalesce(lead.intent_data ->> 'score', 'cold'), lead.platform_uploaded,
           CASE WHEN lead.platform_uploaded THEN coalesce(lead.platform_name, '') ELSE '' END,
           difference, lead.platform_uploaded_at
      FROM (SELECT OLD.*, -1 AS difference UNION ALL SELECT NEW.*, 1) AS lead;
    RETURN NULL;
END;
$$;

-- From here on nobody writes leads until what is there is counted.
CREATE TRIGGER lead_counts_inserted AFTER INSERT ON leads REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION discovery.note_lead_counts();
CREATE TRIGGER lead_counts_deleted AFTER DELETE ON leads REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION discovery.note_lead_counts();
-- By row, because most updates change nothing that is counted.
CREATE TRIGGER lead_counts_updated AFTER UPDATE ON leads
    FOR EACH ROW
    WHEN ((OLD.workspace_id, OLD.intent_data ->> 'score', OLD.platform_uploaded, OLD.platform_name, OLD.platform_uploaded_at)
          IS DISTINCT FROM
          (NEW.workspace_id, NEW.intent_data ->> 'score', NEW.platform_uploaded, NEW.platform_name, NEW.platform_uploaded_at))
    EXECUTE FUNCTION discovery.note_lead_count_change();

INSERT INTO lead_counts (workspace_id, score, is_uploaded, platform_name, count, last_upload)
SELECT workspace_id, coalesce(intent_data ->> 'score', 'cold'), platform_uploaded,
       CASE WHEN platform_uploaded THEN coalesce(platform_name, '') ELSE '' END, count(*), max(platform_uploaded_at)
  FROM leads GROUP BY 1, 2, 3, 4;
