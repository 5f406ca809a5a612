-- Repair mail as an older version made it; on a fresh database nothing changes.

DO $$
DECLARE
    has_read boolean;
    has_is_read boolean;
    old_index regclass;
BEGIN
    SELECT coalesce(bool_or(attname = 'read'), false), coalesce(bool_or(attname = 'is_read'), false)
      INTO has_read, has_is_read
      FROM pg_attribute
     WHERE attrelid = 'mailbox'::regclass AND NOT attisdropped;
    IF has_is_read AND NOT has_read THEN
        ALTER TABLE mailbox RENAME COLUMN is_read TO read;
    END IF;
    UPDATE mailbox SET read = false WHERE read IS NULL;
    ALTER TABLE mailbox
        ALTER COLUMN read SET DEFAULT false,
        ALTER COLUMN read SET NOT NULL;

    -- Those of this table alone: a schema further down the search path may have such names too.
    FOR old_index IN
        SELECT i.indexrelid::regclass
          FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE i.indrelid = 'mailbox'::regclass
           AND c.relname IN ('idx_mailbox_to_unread', 'idx_mailbox_to_repo', 'idx_mailbox_from')
    LOOP
        EXECUTE format('DROP INDEX %s', old_index);
    END LOOP;
END
$$;

CREATE INDEX IF NOT EXISTS idx_mailbox_created ON mailbox (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_mailbox_from_worker ON mailbox (from_worker);
CREATE INDEX IF NOT EXISTS idx_mailbox_repo_path ON mailbox (repo_path);
CREATE INDEX IF NOT EXISTS idx_mailbox_to_worker_read ON mailbox (to_worker, read);

CREATE TABLE IF NOT EXISTS team_chat (
    id text PRIMARY KEY,
    team text NOT NULL,
    repo_path text NOT NULL,
    sender text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_team_chat_created ON team_chat (team, repo_path, created_at);
CREATE INDEX IF NOT EXISTS idx_team_chat_team_repo ON team_chat (team, repo_path);

CREATE OR REPLACE FUNCTION notify_agent_state_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payload text := NEW.id || ':' || coalesce(OLD.state, '') || ':' || NEW.state;
BEGIN
    IF octet_length(payload) >= 8000 THEN
        payload := right(payload, 1999);
    END IF;
    PERFORM pg_notify('genie_agent_state', payload);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER trg_notify_agent_state
    AFTER UPDATE ON agents
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION notify_agent_state_change();

CREATE OR REPLACE FUNCTION notify_mailbox_insert() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payload text := NEW.to_worker || ':' || NEW.id;
BEGIN
    IF octet_length(payload) >= 8000 THEN
        payload := right(payload, 1999);
    END IF;
    PERFORM pg_notify('genie_mailbox_delivery', payload);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER trg_notify_mailbox
    AFTER INSERT ON mailbox
    FOR EACH ROW EXECUTE FUNCTION notify_mailbox_insert();
