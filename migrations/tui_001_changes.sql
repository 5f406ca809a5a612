-- Every change of a task is announced, approvals at gates are kept, and boards open quickly.

CREATE TABLE tui_approvals (
    task_id    text NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    stage      text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('human', 'agent')),
    actor_type varchar(20) NOT NULL
               CHECK (actor_type IN ('local', 'genie_os_user', 'omni_agent')),
    actor_id   text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, stage, kind)
);

-- The cards of a column of a board, in the order in which they are shown and claimed.
CREATE INDEX tui_tasks_window ON tasks (
    (coalesce(board_id, 'type:' || type_id)),
    (coalesce(project_id, '')),
    (coalesce(column_id, '')),
    stage,
    (status IN ('done', 'cancelled')),
    (CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END),
    due_date,
    created_at,
    id COLLATE "C"
);

-- Sends ids on tui_task_change: as many as fit in a payload, `*` where ten are not enough.
CREATE FUNCTION tui_announce(ids text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    payloads text[] := '{}';
    payload  text := '';
    id       text;
BEGIN
    FOREACH id IN ARRAY ids LOOP
        -- The separator is no part of any id that Genie makes; one that has it is not told apart.
        IF octet_length(id) > 7998 OR strpos(id, ',') > 0 THEN
            PERFORM pg_notify('tui_task_change', '*');
            RETURN;
        END IF;
        IF octet_length(payload) + octet_length(id) > 7998 THEN
            payloads := payloads || payload;
            payload := '';
            IF cardinality(payloads) = 10 THEN
                PERFORM pg_notify('tui_task_change', '*');
                RETURN;
            END IF;
        END IF;
        payload := payload || CASE payload WHEN '' THEN '' ELSE ',' END || id;
    END LOOP;
    FOREACH payload IN ARRAY payloads || payload LOOP
        PERFORM pg_notify('tui_task_change', payload);
    END LOOP;
END;
$$;

CREATE FUNCTION tui_tasks_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids text[];
BEGIN
    -- Ten payloads hold about 5,700 ids; what is surely more is not even gathered.
    SELECT array_agg(id) INTO ids FROM (SELECT id FROM changed LIMIT 8001) AS bounded;
    IF ids IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM tui_approvals AS approval
         USING changed
         WHERE approval.task_id = changed.id AND approval.stage <> changed.stage;
    END IF;
    IF cardinality(ids) > 8000 THEN
        PERFORM pg_notify('tui_task_change', '*');
    ELSE
        PERFORM tui_announce(ids);
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER tui_tasks_inserted AFTER INSERT ON tasks
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tui_tasks_changed();
CREATE TRIGGER tui_tasks_updated AFTER UPDATE ON tasks
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tui_tasks_changed();
CREATE TRIGGER tui_tasks_deleted AFTER DELETE ON tasks
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tui_tasks_changed();

-- The same for what belongs to a task and is shown on its card.
CREATE FUNCTION tui_parts_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids text[];
BEGIN
    SELECT array_agg(task_id) INTO ids
      FROM (SELECT DISTINCT task_id FROM changed LIMIT 8001) AS bounded;
    IF cardinality(ids) > 8000 THEN
        PERFORM pg_notify('tui_task_change', '*');
    ELSIF ids IS NOT NULL THEN
        PERFORM tui_announce(ids);
    END IF;
    RETURN NULL;
END;
$$;

DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['task_actors', 'task_tags', 'tui_approvals'] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION tui_parts_changed()',
            'tui_' || part || '_inserted', part);
        EXECUTE format(
            'CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION tui_parts_changed()',
            'tui_' || part || '_updated', part);
        EXECUTE format(
            'CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION tui_parts_changed()',
            'tui_' || part || '_deleted', part);
    END LOOP;
END;
$$;
