-- Bring a mailbox of an older shape to that of 005, and add what an older 005 lacked.

DO $$
DECLARE
    older boolean;
    newer boolean;
BEGIN
    SELECT coalesce(bool_or(attname = 'is_read'), false), coalesce(bool_or(attname = 'read'), false)
      INTO older, newer
      FROM pg_attribute
     WHERE attrelid = 'mailbox'::regclass AND NOT attisdropped;
    IF older AND newer THEN
        UPDATE mailbox SET read = true WHERE is_read AND read IS NOT TRUE;
        ALTER TABLE mailbox DROP COLUMN is_read;
    ELSIF older THEN
        ALTER TABLE mailbox RENAME COLUMN is_read TO read;
    END IF;
END;
$$;

UPDATE mailbox SET read = false WHERE read IS NULL;
ALTER TABLE mailbox ALTER COLUMN read SET DEFAULT false, ALTER COLUMN read SET NOT NULL;

DROP INDEX IF EXISTS idx_mailbox_to_unread, idx_mailbox_to_repo, idx_mailbox_from;
CREATE INDEX IF NOT EXISTS idx_mailbox_created ON mailbox (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_mailbox_from_worker ON mailbox (from_worker);
CREATE INDEX IF NOT EXISTS idx_mailbox_repo_path ON mailbox (repo_path);
CREATE INDEX IF NOT EXISTS idx_mailbox_to_worker_read ON mailbox (to_worker, read);

CREATE TABLE IF NOT EXISTS team_chat (
    id         text PRIMARY KEY,
    team       text NOT NULL,
    repo_path  text NOT NULL,
    sender     text NOT NULL,
    body       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_team_chat_created ON team_chat (team, repo_path, created_at);
CREATE INDEX IF NOT EXISTS idx_team_chat_team_repo ON team_chat (team, repo_path);

CREATE OR REPLACE TRIGGER trg_notify_agent_state
    AFTER UPDATE ON agents FOR EACH ROW EXECUTE FUNCTION notify_agent_state_change();
CREATE OR REPLACE TRIGGER trg_notify_mailbox
    AFTER INSERT ON mailbox FOR EACH ROW EXECUTE FUNCTION notify_mailbox_insert();
