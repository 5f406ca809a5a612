-- Boards: columns of a project's own, in place of the stages of a task type.

CREATE TABLE IF NOT EXISTS boards (
    id          text PRIMARY KEY DEFAULT 'board-' || left(gen_random_uuid()::text, 8),
    name        text NOT NULL,
    project_id  text REFERENCES projects (id),
    description text,
    columns     jsonb NOT NULL DEFAULT '[]',
    config      jsonb NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (project_id, name)
);
CREATE UNIQUE INDEX IF NOT EXISTS idx_boards_global_name
    ON boards (name) WHERE project_id IS NULL;
CREATE INDEX IF NOT EXISTS idx_boards_project ON boards (project_id);

CREATE TABLE IF NOT EXISTS board_templates (
    id          text PRIMARY KEY DEFAULT 'tmpl-' || left(gen_random_uuid()::text, 8),
    name        text NOT NULL UNIQUE,
    description text,
    icon        text,
    columns     jsonb NOT NULL DEFAULT '[]',
    is_builtin  boolean DEFAULT false,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE tasks
    ADD COLUMN IF NOT EXISTS board_id text REFERENCES boards (id),
    ADD COLUMN IF NOT EXISTS column_id text;
CREATE INDEX IF NOT EXISTS idx_tasks_board ON tasks (board_id) WHERE board_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_tasks_column ON tasks (column_id) WHERE column_id IS NOT NULL;

-- The built-in templates; what a column does not say here is the same in all of them.
INSERT INTO board_templates (name, description, icon, columns, is_builtin)
SELECT template.name, template.description, template.icon, built.columns, true
  FROM (VALUES
    ('software', 'Full software delivery pipeline with triage', 'code', '[
        {"name": "triage", "label": "Triage", "gate": "agent", "action": "/trace",
         "color": "#94a3b8"},
        {"name": "draft", "label": "Draft", "gate": "human", "action": "/brainstorm",
         "color": "#64748b"},
        {"name": "brainstorm", "label": "Brainstorm", "gate": "human+agent",
         "action": "/brainstorm", "roles": ["business", "engineering"], "color": "#3b82f6"},
        {"name": "wish", "label": "Wish", "gate": "human", "action": "/wish",
         "roles": ["engineering"], "color": "#8b5cf6"},
        {"name": "build", "label": "Build", "gate": "agent", "action": "/work",
         "auto_advance": true, "color": "#f97316"},
        {"name": "review", "label": "Review", "gate": "human", "action": "/review",
         "color": "#eab308"},
        {"name": "qa", "label": "QA", "gate": "agent", "action": "/qa",
         "auto_advance": true, "roles": ["engineering"], "color": "#06b6d4"},
        {"name": "ship", "label": "Ship", "gate": "human", "roles": ["admin"],
         "color": "#10b981"}
    ]'::jsonb),
    ('sales', 'Sales pipeline from lead to close', 'dollar-sign', '[
        {"name": "lead", "label": "Lead", "gate": "human", "color": "#94a3b8"},
        {"name": "qualified", "label": "Qualified", "gate": "human", "color": "#3b82f6"},
        {"name": "proposal", "label": "Proposal", "gate": "human", "color": "#8b5cf6"},
        {"name": "negotiation", "label": "Negotiation", "gate": "human", "color": "#f97316"},
        {"name": "closed-won", "label": "Closed Won", "gate": "human", "color": "#10b981"},
        {"name": "closed-lost", "label": "Closed Lost", "gate": "human", "color": "#ef4444"}
    ]'),
    ('hiring', 'Hiring pipeline from sourcing to hire', 'users', '[
        {"name": "sourcing", "label": "Sourcing", "gate": "human", "color": "#94a3b8"},
        {"name": "screening", "label": "Screening", "gate": "human", "color": "#3b82f6"},
        {"name": "interview", "label": "Interview", "gate": "human", "color": "#8b5cf6"},
        {"name": "offer", "label": "Offer", "gate": "human", "color": "#f97316"},
        {"name": "hired", "label": "Hired", "gate": "human", "color": "#10b981"}
    ]'),
    ('ops', 'Operations workflow', 'settings', '[
        {"name": "identified", "label": "Identified", "gate": "human", "color": "#94a3b8"},
        {"name": "planning", "label": "Planning", "gate": "human", "color": "#3b82f6"},
        {"name": "in-progress", "label": "In Progress", "gate": "human", "color": "#f97316"},
        {"name": "done", "label": "Done", "gate": "human", "color": "#10b981"}
    ]'),
    ('bug', 'Bug triage and fix pipeline', 'bug', '[
        {"name": "triage", "label": "Triage", "gate": "agent", "action": "/trace",
         "color": "#94a3b8"},
        {"name": "draft", "label": "Draft", "gate": "agent", "color": "#64748b"},
        {"name": "build", "label": "Build", "gate": "agent", "action": "/work",
         "auto_advance": true, "color": "#f97316"},
        {"name": "review", "label": "Review", "gate": "agent", "action": "/review",
         "color": "#eab308"},
        {"name": "qa", "label": "QA", "gate": "agent", "action": "/qa",
         "auto_advance": true, "color": "#06b6d4"},
        {"name": "ship", "label": "Ship", "gate": "human", "roles": ["admin"],
         "color": "#10b981"}
    ]')
  ) AS template (name, description, icon, columns),
  LATERAL (
    SELECT jsonb_agg(
             '{"action": null, "auto_advance": false, "roles": ["*"], "transitions": [],
               "parallel": false, "on_fail": null}'::jsonb
             || one.value
             || jsonb_build_object('id', gen_random_uuid(), 'position', one.ordinality - 1)
             ORDER BY one.ordinality) AS columns
      FROM jsonb_array_elements(template.columns) WITH ORDINALITY AS one
  ) AS built
ON CONFLICT (name) DO NOTHING;

-- Every task type becomes a global board, and its tasks stand in the columns of their stages.
DO $$
DECLARE
    task_type record;
    board     boards.id%TYPE;
BEGIN
    FOR task_type IN
        SELECT id, name, description,
               CASE jsonb_typeof(stages) WHEN 'string' THEN (stages #>> '{}')::jsonb ELSE stages END
               AS stages
          FROM task_types ORDER BY created_at, id
    LOOP
        INSERT INTO boards (name, description, columns)
        SELECT CASE WHEN EXISTS (SELECT FROM boards
                                  WHERE name = task_type.name AND project_id IS NULL)
                    THEN task_type.name || ' (' || task_type.id || ')'
                    ELSE task_type.name END,
               task_type.description,
               coalesce(jsonb_agg(
                   jsonb_build_object(
                       'id', gen_random_uuid(),
                       'name', stage.value -> 'name',
                       'label', coalesce(stage.value -> 'label', stage.value -> 'name'),
                       'gate', coalesce(stage.value -> 'gate', '"human"'),
                       'action', stage.value -> 'action',
                       'auto_advance', coalesce(stage.value -> 'auto_advance', 'false'),
                       'transitions', '[]'::jsonb,
                       'roles', coalesce(stage.value -> 'roles', '["*"]'),
                       'color', coalesce(stage.value -> 'color', '"#94a3b8"'),
                       'parallel', false,
                       'on_fail', NULL,
                       'position', stage.ordinality)
                   ORDER BY stage.ordinality), '[]')
          FROM jsonb_array_elements(task_type.stages) WITH ORDINALITY AS stage
        RETURNING id INTO board;

        UPDATE tasks
           SET board_id = board,
               column_id = (SELECT one ->> 'id'
                              FROM boards, jsonb_array_elements(boards.columns) AS one
                             WHERE boards.id = board AND one ->> 'name' = tasks.stage
                             LIMIT 1)
         WHERE type_id = task_type.id AND board_id IS NULL;
    END LOOP;
END;
$$;

CREATE OR REPLACE FUNCTION validate_task_stage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stages jsonb;
    valid  text[];
BEGIN
    IF NEW.board_id IS NOT NULL THEN
        SELECT boards.columns INTO stages FROM boards WHERE id = NEW.board_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'Unknown board: %', NEW.board_id;
        END IF;
    ELSE
        SELECT task_types.stages INTO stages FROM task_types WHERE id = NEW.type_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'Unknown task type: %', NEW.type_id;
        END IF;
    END IF;
    -- Other clients sometimes store the serialised array as a JSON string.
    IF jsonb_typeof(stages) = 'string' THEN
        stages := (stages #>> '{}')::jsonb;
    END IF;
    SELECT array_agg(one ->> 'name') INTO valid FROM jsonb_array_elements(stages) AS one;
    IF NEW.stage = ANY (valid) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Invalid stage "%" for % "%". Valid: %',
        NEW.stage,
        CASE WHEN NEW.board_id IS NULL THEN 'type' ELSE 'board' END,
        coalesce(NEW.board_id, NEW.type_id),
        array_to_string(valid, ', ');
END;
$$;

CREATE OR REPLACE TRIGGER trg_validate_stage
    BEFORE INSERT OR UPDATE OF stage ON tasks
    FOR EACH ROW EXECUTE FUNCTION validate_task_stage();
