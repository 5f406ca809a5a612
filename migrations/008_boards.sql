-- Boards: the built-in templates, and a global board for each task type with its tasks on it.

CREATE TABLE IF NOT EXISTS boards (
    id text PRIMARY KEY DEFAULT 'board-' || substr(gen_random_uuid()::text, 1, 8),
    name text NOT NULL,
    project_id text REFERENCES projects (id),
    description text,
    columns jsonb NOT NULL DEFAULT '[]',
    config jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (project_id, name)
);
CREATE UNIQUE INDEX IF NOT EXISTS idx_boards_global_name ON boards (name) WHERE project_id IS NULL;
CREATE INDEX IF NOT EXISTS idx_boards_project ON boards (project_id);

CREATE TABLE IF NOT EXISTS board_templates (
    id text PRIMARY KEY DEFAULT 'tmpl-' || substr(gen_random_uuid()::text, 1, 8),
    name text NOT NULL UNIQUE,
    description text,
    icon text,
    columns jsonb NOT NULL DEFAULT '[]',
    is_builtin boolean DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE tasks
    ADD COLUMN IF NOT EXISTS board_id text REFERENCES boards (id),
    ADD COLUMN IF NOT EXISTS column_id text;
CREATE INDEX IF NOT EXISTS idx_tasks_board ON tasks (board_id) WHERE board_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_tasks_column ON tasks (column_id) WHERE column_id IS NOT NULL;

WITH template (name, description, icon) AS (
    VALUES ('software', 'Full software delivery pipeline with triage', 'code'),
           ('sales', 'Sales pipeline from lead to close', 'dollar-sign'),
           ('hiring', 'Hiring pipeline from sourcing to hire', 'users'),
           ('ops', 'Operations workflow', 'settings'),
           ('bug', 'Bug triage and fix pipeline', 'bug')
), col (template, position, name, label, gate, action, auto_advance, roles, color) AS (
    VALUES ('software', 0, 'triage', 'Triage', 'agent', '/trace', false, '{*}'::text[], '#94a3b8'),
           ('software', 1, 'draft', 'Draft', 'human', '/brainstorm', false, '{*}', '#64748b'),
           ('software', 2, 'brainstorm', 'Brainstorm', 'human+agent', '/brainstorm', false,
            '{business,engineering}', '#3b82f6'),
           ('software', 3, 'wish', 'Wish', 'human', '/wish', false, '{engineering}', '#8b5cf6'),
           ('software', 4, 'build', 'Build', 'agent', '/work', true, '{*}', '#f97316'),
           ('software', 5, 'review', 'Review', 'human', '/review', false, '{*}', '#eab308'),
           ('software', 6, 'qa', 'QA', 'agent', '/qa', true, '{engineering}', '#06b6d4'),
           ('software', 7, 'ship', 'Ship', 'human', NULL, false, '{admin}', '#10b981'),
           ('sales', 0, 'lead', 'Lead', 'human', NULL, false, '{*}', '#94a3b8'),
           ('sales', 1, 'qualified', 'Qualified', 'human', NULL, false, '{*}', '#3b82f6'),
           ('sales', 2, 'proposal', 'Proposal', 'human', NULL, false, '{*}', '#8b5cf6'),
           ('sales', 3, 'negotiation', 'Negotiation', 'human', NULL, false, '{*}', '#f97316'),
           ('sales', 4, 'closed-won', 'Closed Won', 'human', NULL, false, '{*}', '#10b981'),
           ('sales', 5, 'closed-lost', 'Closed Lost', 'human', NULL, false, '{*}', '#ef4444'),
           ('hiring', 0, 'sourcing', 'Sourcing', 'human', NULL, false, '{*}', '#94a3b8'),
           ('hiring', 1, 'screening', 'Screening', 'human', NULL, false, '{*}', '#3b82f6'),
           ('hiring', 2, 'interview', 'Interview', 'human', NULL, false, '{*}', '#8b5cf6'),
           ('hiring', 3, 'offer', 'Offer', 'human', NULL, false, '{*}', '#f97316'),
           ('hiring', 4, 'hired', 'Hired', 'human', NULL, false, '{*}', '#10b981'),
           ('ops', 0, 'identified', 'Identified', 'human', NULL, false, '{*}', '#94a3b8'),
           ('ops', 1, 'planning', 'Planning', 'human', NULL, false, '{*}', '#3b82f6'),
           ('ops', 2, 'in-progress', 'In Progress', 'human', NULL, false, '{*}', '#f97316'),
           ('ops', 3, 'done', 'Done', 'human', NULL, false, '{*}', '#10b981'),
           ('bug', 0, 'triage', 'Triage', 'agent', '/trace', false, '{*}', '#94a3b8'),
           ('bug', 1, 'draft', 'Draft', 'agent', NULL, false, '{*}', '#64748b'),
           ('bug', 2, 'build', 'Build', 'agent', '/work', true, '{*}', '#f97316'),
           ('bug', 3, 'review', 'Review', 'agent', '/review', false, '{*}', '#eab308'),
           ('bug', 4, 'qa', 'QA', 'agent', '/qa', true, '{*}', '#06b6d4'),
           ('bug', 5, 'ship', 'Ship', 'human', NULL, false, '{admin}', '#10b981')
)
INSERT INTO board_templates (name, description, icon, columns, is_builtin)
SELECT t.name, t.description, t.icon,
       (SELECT jsonb_agg(
                   jsonb_build_object(
                       'id', gen_random_uuid()::text, 'name', c.name, 'label', c.label,
                       'gate', c.gate, 'action', c.action, 'auto_advance', c.auto_advance,
                       'transitions', '[]'::jsonb, 'roles', c.roles, 'color', c.color,
                       'parallel', false, 'on_fail', NULL, 'position', c.position)
                   ORDER BY c.position)
          FROM col c
         WHERE c.template = t.name),
       true
  FROM template t
ON CONFLICT (name) DO NOTHING;

-- A task type's own keys win over the defaults that readers of a column assume, and what only a
-- column has is added.
DO $$
DECLARE
    kind record;
    board text;
    made jsonb;
BEGIN
    FOR kind IN
        SELECT t.id, t.name, t.description,
               CASE jsonb_typeof(list) WHEN 'array' THEN list ELSE '[]' END AS stages
          FROM task_types t,
               -- Other clients sometimes store the serialised list as one JSON string.
               LATERAL (SELECT CASE jsonb_typeof(t.stages)
                                   WHEN 'string' THEN (t.stages #>> '{}')::jsonb
                                   ELSE t.stages
                               END) AS decoded (list)
         ORDER BY t.created_at, t.id
    LOOP
        SELECT coalesce(
                   jsonb_agg(
                       jsonb_build_object(
                           'label', stage -> 'name', 'gate', 'human', 'action', NULL,
                           'auto_advance', false, 'roles', '["*"]'::jsonb, 'color', '#94a3b8')
                       || stage
                       || jsonb_build_object(
                           'id', gen_random_uuid()::text, 'transitions', '[]'::jsonb,
                           'parallel', false, 'on_fail', NULL, 'position', place)
                       ORDER BY place),
                   '[]')
          INTO made
          FROM jsonb_array_elements(kind.stages) WITH ORDINALITY AS s (stage, place)
         WHERE jsonb_typeof(stage) = 'object';

        -- Names of types may repeat, those of global boards may not.
        INSERT INTO boards (name, description, columns)
        SELECT CASE WHEN EXISTS (SELECT FROM boards b
                                  WHERE b.project_id IS NULL AND b.name = kind.name)
                    THEN kind.name || ' (' || kind.id || ')'
                    ELSE kind.name
               END,
               kind.description, made
        RETURNING id INTO board;

        UPDATE tasks t
           SET board_id = board,
               column_id = (SELECT c ->> 'id'
                              FROM jsonb_array_elements(made) WITH ORDINALITY AS m (c, place)
                             WHERE c ->> 'name' = t.stage
                             ORDER BY place
                             LIMIT 1)
         WHERE t.type_id = kind.id AND t.board_id IS NULL;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION validate_task_stage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whose text;
    stages jsonb;
    valid text[];
BEGIN
    IF NEW.board_id IS NOT NULL THEN
        SELECT b.columns INTO stages FROM boards b WHERE b.id = NEW.board_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'Unknown board: %', NEW.board_id;
        END IF;
        whose := format('board "%s"', NEW.board_id);
    ELSE
        SELECT t.stages INTO stages FROM task_types t WHERE t.id = NEW.type_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'Unknown task type: %', NEW.type_id;
        END IF;
        whose := format('type "%s"', NEW.type_id);
    END IF;

    IF jsonb_typeof(stages) = 'string' THEN
        stages := (stages #>> '{}')::jsonb;
    END IF;
    SELECT coalesce(array_agg(item ->> 'name' ORDER BY place), '{}') INTO valid
      FROM jsonb_array_elements(stages) WITH ORDINALITY AS stage (item, place)
     WHERE item ->> 'name' IS NOT NULL;
    IF NEW.stage <> ALL (valid) THEN
        RAISE EXCEPTION 'Invalid stage "%" for %. Valid: %',
            NEW.stage, whose, array_to_string(valid, ', ');
    END IF;
    RETURN NEW;
END
$$;
