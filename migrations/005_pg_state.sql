-- Agents, teams and mail. An old importer may have made some of these tables already: what is
-- there is kept, and 006 and 007_reconcile bring it into shape.

CREATE TABLE IF NOT EXISTS agents (
    id text PRIMARY KEY,
    pane_id text NOT NULL,
    session text NOT NULL,
    worktree text,
    task_id text,
    task_title text,
    wish_slug text,
    group_number integer,
    started_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'spawning'
        CHECK (state IN ('spawning', 'working', 'idle', 'permission', 'question', 'done', 'error',
                         'suspended')),
    last_state_change timestamptz NOT NULL DEFAULT now(),
    repo_path text NOT NULL,
    claude_session_id text,
    window_name text,
    window_id text,
    role text,
    custom_name text,
    sub_panes jsonb DEFAULT '[]',
    provider text,
    transport text DEFAULT 'tmux' CHECK (transport IN ('tmux', 'inline')),
    skill text,
    team text,
    tmux_window text,
    native_agent_id text,
    native_color text,
    native_team_enabled boolean DEFAULT false,
    parent_session_id text,
    suspended_at timestamptz,
    auto_resume boolean DEFAULT true,
    resume_attempts integer DEFAULT 0,
    last_resume_attempt timestamptz,
    max_resume_attempts integer DEFAULT 3,
    pane_color text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_agents_pane_id ON agents (pane_id);
CREATE INDEX IF NOT EXISTS idx_agents_role_team ON agents (role, team);
CREATE INDEX IF NOT EXISTS idx_agents_session ON agents (session);
CREATE INDEX IF NOT EXISTS idx_agents_state ON agents (state);
CREATE INDEX IF NOT EXISTS idx_agents_task_id ON agents (task_id) WHERE task_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_agents_team ON agents (team);
CREATE INDEX IF NOT EXISTS idx_agents_wish_slug ON agents (wish_slug) WHERE wish_slug IS NOT NULL;

CREATE TABLE IF NOT EXISTS agent_templates (
    id text PRIMARY KEY,
    provider text NOT NULL,
    team text NOT NULL,
    role text,
    skill text,
    cwd text NOT NULL,
    extra_args jsonb DEFAULT '[]',
    native_team_enabled boolean DEFAULT false,
    last_spawned_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_agent_templates_team ON agent_templates (team);

CREATE TABLE IF NOT EXISTS teams (
    name text PRIMARY KEY,
    repo text NOT NULL,
    base_branch text NOT NULL DEFAULT 'dev',
    worktree_path text NOT NULL,
    leader text,
    members jsonb NOT NULL DEFAULT '[]',
    status text NOT NULL DEFAULT 'in_progress'
        CHECK (status IN ('in_progress', 'done', 'blocked')),
    native_team_parent_session_id text,
    native_teams_enabled boolean DEFAULT false,
    tmux_session_name text,
    wish_slug text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_teams_status ON teams (status);
CREATE INDEX IF NOT EXISTS idx_teams_wish_slug ON teams (wish_slug) WHERE wish_slug IS NOT NULL;

CREATE TABLE IF NOT EXISTS mailbox (
    id text PRIMARY KEY,
    from_worker text NOT NULL,
    to_worker text NOT NULL,
    body text NOT NULL,
    repo_path text NOT NULL,
    read boolean NOT NULL DEFAULT false,
    delivered_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_mailbox_created ON mailbox (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_mailbox_from_worker ON mailbox (from_worker);
CREATE INDEX IF NOT EXISTS idx_mailbox_repo_path ON mailbox (repo_path);
DO $$
BEGIN
    -- An older mailbox calls the column is_read until 007_reconcile.
    IF EXISTS (
        SELECT FROM pg_attribute
         WHERE attrelid = 'mailbox'::regclass AND attname = 'read' AND NOT attisdropped
    ) THEN
        CREATE INDEX IF NOT EXISTS idx_mailbox_to_worker_read ON mailbox (to_worker, read);
    END IF;
END
$$;

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

CREATE OR REPLACE FUNCTION update_agents_timestamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER trg_agents_updated_at
    BEFORE UPDATE ON agents
    FOR EACH ROW EXECUTE FUNCTION update_agents_timestamp();
CREATE OR REPLACE TRIGGER trg_agent_templates_updated_at
    BEFORE UPDATE ON agent_templates
    FOR EACH ROW EXECUTE FUNCTION update_agents_timestamp();
CREATE OR REPLACE TRIGGER trg_teams_updated_at
    BEFORE UPDATE ON teams
    FOR EACH ROW EXECUTE FUNCTION update_agents_timestamp();

-- Payloads of 8000 bytes or more are cut, as in 001_core; here on the left, because readers
-- split these two from the right.

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
