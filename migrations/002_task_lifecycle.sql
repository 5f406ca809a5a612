-- Task types, tasks and who works on them, conversations, tags, and who is told what.

CREATE TABLE IF NOT EXISTS task_types (
    id text PRIMARY KEY,
    name text NOT NULL,
    description text,
    icon text,
    stages jsonb NOT NULL,
    is_builtin boolean DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS tasks (
    id text PRIMARY KEY DEFAULT 'task-' || substr(gen_random_uuid()::text, 1, 8),
    seq integer NOT NULL,
    parent_id text REFERENCES tasks (id) ON DELETE CASCADE,
    repo_path text NOT NULL,
    genie_os_folder_id uuid,
    wish_file text,
    group_name text,
    title text NOT NULL,
    description text,
    acceptance_criteria text,
    type_id text NOT NULL DEFAULT 'software' REFERENCES task_types (id),
    stage text NOT NULL DEFAULT 'draft',
    status varchar(20) NOT NULL DEFAULT 'ready'
        CHECK (status IN ('blocked', 'ready', 'in_progress', 'done', 'failed', 'cancelled')),
    priority varchar(10) NOT NULL DEFAULT 'normal'
        CHECK (priority IN ('urgent', 'high', 'normal', 'low')),
    start_date timestamptz,
    due_date timestamptz,
    estimated_effort text,
    started_at timestamptz,
    ended_at timestamptz,
    blocked_reason text,
    release_id text,
    checkout_run_id text,
    execution_locked_at timestamptz,
    checkout_timeout_ms integer DEFAULT 600000,
    session_id text,
    pane_id text,
    trace_id text,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (parent_id, group_name)
);
CREATE INDEX IF NOT EXISTS idx_tasks_created ON tasks (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_tasks_due ON tasks (due_date) WHERE due_date IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_tasks_folder
    ON tasks (genie_os_folder_id) WHERE genie_os_folder_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_tasks_parent ON tasks (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_tasks_priority ON tasks (priority);
CREATE INDEX IF NOT EXISTS idx_tasks_release ON tasks (release_id) WHERE release_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_tasks_repo ON tasks (repo_path);
CREATE INDEX IF NOT EXISTS idx_tasks_repo_priority ON tasks (repo_path, status, priority);
CREATE INDEX IF NOT EXISTS idx_tasks_repo_status ON tasks (repo_path, status);
CREATE INDEX IF NOT EXISTS idx_tasks_seq ON tasks (repo_path, seq);
CREATE INDEX IF NOT EXISTS idx_tasks_status ON tasks (status);
CREATE INDEX IF NOT EXISTS idx_tasks_trace ON tasks (trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_tasks_type_stage ON tasks (type_id, stage);
CREATE INDEX IF NOT EXISTS idx_tasks_wish ON tasks (wish_file) WHERE wish_file IS NOT NULL;

CREATE TABLE IF NOT EXISTS task_actors (
    task_id text NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    actor_type varchar(20) NOT NULL
        CHECK (actor_type IN ('local', 'genie_os_user', 'omni_agent')),
    actor_id text NOT NULL,
    role text NOT NULL,
    permissions jsonb DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, actor_type, actor_id, role)
);
CREATE INDEX IF NOT EXISTS idx_task_actors_actor ON task_actors (actor_type, actor_id);
CREATE INDEX IF NOT EXISTS idx_task_actors_role ON task_actors (role);

CREATE TABLE IF NOT EXISTS task_dependencies (
    task_id text NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    depends_on_id text NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    dep_type varchar(20) NOT NULL DEFAULT 'depends_on'
        CHECK (dep_type IN ('depends_on', 'blocks', 'relates_to')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, depends_on_id),
    CHECK (task_id <> depends_on_id)
);
CREATE INDEX IF NOT EXISTS idx_task_deps_depends ON task_dependencies (depends_on_id);
CREATE INDEX IF NOT EXISTS idx_task_deps_type ON task_dependencies (dep_type);

CREATE TABLE IF NOT EXISTS task_stage_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id text NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    from_stage text,
    to_stage text NOT NULL,
    actor_type varchar(20),
    actor_id text,
    run_id text,
    gate_type text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_stage_log_created ON task_stage_log (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_stage_log_task ON task_stage_log (task_id);

CREATE TABLE IF NOT EXISTS conversations (
    id text PRIMARY KEY DEFAULT 'conv-' || substr(gen_random_uuid()::text, 1, 8),
    parent_message_id bigint,
    name text,
    type varchar(10) NOT NULL DEFAULT 'group' CHECK (type IN ('dm', 'group')),
    linked_entity text,
    linked_entity_id text,
    created_by_type varchar(20)
        CHECK (created_by_type IN ('local', 'genie_os_user', 'omni_agent', 'system')),
    created_by_id text,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_conv_created ON conversations (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_conv_linked
    ON conversations (linked_entity, linked_entity_id) WHERE linked_entity IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_conv_parent_msg
    ON conversations (parent_message_id) WHERE parent_message_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS conversation_members (
    conversation_id text NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    actor_type varchar(20) NOT NULL
        CHECK (actor_type IN ('local', 'genie_os_user', 'omni_agent')),
    actor_id text NOT NULL,
    role varchar(20) NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin', 'read_only')),
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (conversation_id, actor_type, actor_id)
);
CREATE INDEX IF NOT EXISTS idx_conv_members_actor ON conversation_members (actor_type, actor_id);

CREATE TABLE IF NOT EXISTS messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id text NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    reply_to_id bigint REFERENCES messages (id) ON DELETE SET NULL,
    sender_type varchar(20) NOT NULL
        CHECK (sender_type IN ('local', 'genie_os_user', 'omni_agent', 'system')),
    sender_id text NOT NULL,
    body text NOT NULL,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_messages_conv ON messages (conversation_id);
CREATE INDEX IF NOT EXISTS idx_messages_created ON messages (conversation_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_messages_reply
    ON messages (reply_to_id) WHERE reply_to_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_messages_sender ON messages (sender_type, sender_id);

-- A thread's conversation hangs on a message, a message on its conversation: this one comes last.
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_constraint
         WHERE conrelid = 'conversations'::regclass AND conname = 'fk_conv_parent_msg'
    ) THEN
        ALTER TABLE conversations ADD CONSTRAINT fk_conv_parent_msg
            FOREIGN KEY (parent_message_id) REFERENCES messages (id) ON DELETE CASCADE;
    END IF;
END
$$;

CREATE TABLE IF NOT EXISTS tags (
    id text PRIMARY KEY,
    name text NOT NULL,
    color text DEFAULT '#9ca3af',
    type_id text REFERENCES task_types (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, type_id)
);
CREATE INDEX IF NOT EXISTS idx_tags_type ON tags (type_id);

CREATE TABLE IF NOT EXISTS task_tags (
    task_id text NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    tag_id text NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    added_by_type varchar(20),
    added_by_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, tag_id)
);
CREATE INDEX IF NOT EXISTS idx_task_tags_tag ON task_tags (tag_id);

CREATE TABLE IF NOT EXISTS notification_preferences (
    actor_type varchar(20) NOT NULL
        CHECK (actor_type IN ('local', 'genie_os_user', 'omni_agent')),
    actor_id text NOT NULL,
    channel varchar(20) NOT NULL
        CHECK (channel IN ('whatsapp', 'telegram', 'email', 'slack', 'discord', 'tmux')),
    priority_threshold varchar(10) NOT NULL DEFAULT 'normal'
        CHECK (priority_threshold IN ('urgent', 'high', 'normal', 'low')),
    is_default boolean DEFAULT false,
    enabled boolean DEFAULT true,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor_type, actor_id, channel)
);
CREATE INDEX IF NOT EXISTS idx_notif_actor ON notification_preferences (actor_type, actor_id);

CREATE OR REPLACE FUNCTION assign_task_seq() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Held to the end of the transaction: whoever comes next sees this row, or never will.
    PERFORM pg_advisory_xact_lock(hashtext(NEW.repo_path));
    SELECT coalesce(max(seq), 0) + 1 INTO NEW.seq FROM tasks WHERE repo_path = NEW.repo_path;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER trg_assign_seq
    BEFORE INSERT ON tasks
    FOR EACH ROW EXECUTE FUNCTION assign_task_seq();

CREATE OR REPLACE FUNCTION validate_task_stage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stages jsonb;
    valid text[];
BEGIN
    SELECT t.stages INTO stages FROM task_types t WHERE t.id = NEW.type_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Unknown task type: %', NEW.type_id;
    END IF;
    SELECT coalesce(array_agg(item ->> 'name' ORDER BY place), '{}') INTO valid
      FROM jsonb_array_elements(stages) WITH ORDINALITY AS stage (item, place)
     WHERE item ->> 'name' IS NOT NULL;
    IF NEW.stage <> ALL (valid) THEN
        RAISE EXCEPTION 'Invalid stage "%" for type "%". Valid: %',
            NEW.stage, NEW.type_id, array_to_string(valid, ', ');
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER trg_validate_stage
    BEFORE INSERT OR UPDATE OF stage ON tasks
    FOR EACH ROW EXECUTE FUNCTION validate_task_stage();

-- Payloads of 8000 bytes or more are cut, as in 001_core.

CREATE OR REPLACE FUNCTION notify_task_stage_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payload text := NEW.id || ':' || coalesce(OLD.stage, '') || ':' || NEW.stage;
BEGIN
    IF octet_length(payload) >= 8000 THEN
        payload := left(payload, 1999);
    END IF;
    PERFORM pg_notify('genie_task_stage', payload);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER trg_notify_stage
    AFTER UPDATE ON tasks
    FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage)
    EXECUTE FUNCTION notify_task_stage_change();

CREATE OR REPLACE FUNCTION notify_new_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payload text := NEW.conversation_id || ':' || NEW.id || ':' || NEW.sender_id;
BEGIN
    IF octet_length(payload) >= 8000 THEN
        payload := left(payload, 1999);
    END IF;
    PERFORM pg_notify('genie_message', payload);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER trg_notify_message
    AFTER INSERT ON messages
    FOR EACH ROW EXECUTE FUNCTION notify_new_message();

CREATE OR REPLACE FUNCTION notify_task_dep_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payload text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        payload := OLD.task_id || ':removed:' || OLD.depends_on_id || ':' || OLD.dep_type;
    ELSE
        payload := NEW.task_id || ':added:' || NEW.depends_on_id || ':' || NEW.dep_type;
    END IF;
    IF octet_length(payload) >= 8000 THEN
        payload := left(payload, 1999);
    END IF;
    PERFORM pg_notify('genie_task_dep', payload);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER trg_notify_dep
    AFTER INSERT OR DELETE ON task_dependencies
    FOR EACH ROW EXECUTE FUNCTION notify_task_dep_change();

INSERT INTO task_types (id, name, description, icon, stages, is_builtin)
VALUES ('software', 'Software Development', 'Full software delivery pipeline', 'code', '[
    {"name": "draft", "label": "Draft", "gate": "human", "action": "/brainstorm",
     "auto_advance": false, "roles": ["*"], "color": "#64748b"},
    {"name": "brainstorm", "label": "Brainstorm", "gate": "human+agent", "action": "/brainstorm",
     "auto_advance": false, "roles": ["business", "engineering"], "color": "#3b82f6"},
    {"name": "wish", "label": "Wish", "gate": "human", "action": "/wish",
     "auto_advance": false, "roles": ["engineering"], "color": "#8b5cf6"},
    {"name": "build", "label": "Build", "gate": "agent", "action": "/work",
     "auto_advance": true, "roles": ["*"], "color": "#f97316"},
    {"name": "review", "label": "Review", "gate": "human", "action": "/review",
     "auto_advance": false, "roles": ["*"], "color": "#eab308"},
    {"name": "qa", "label": "QA", "gate": "agent", "action": "/qa",
     "auto_advance": true, "roles": ["engineering"], "color": "#06b6d4"},
    {"name": "ship", "label": "Ship", "gate": "human", "action": null,
     "auto_advance": false, "roles": ["admin"], "color": "#10b981"}
]', true)
ON CONFLICT (id) DO NOTHING;

INSERT INTO tags (id, name, color)
VALUES ('bug', 'Bug', '#ef4444'),
       ('feature', 'Feature', '#3b82f6'),
       ('improvement', 'Improvement', '#8b5cf6'),
       ('chore', 'Chore', '#9ca3af'),
       ('urgent', 'Urgent', '#f97316'),
       ('idea', 'Idea', '#eab308')
ON CONFLICT (id) DO NOTHING;
