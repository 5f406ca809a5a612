-- What a live board needs: a channel that tells of every change of a card, the approvals that a
-- gate has got so far, and the order in which the cards of a column are read.

CREATE TABLE IF NOT EXISTS tui_approvals (
    task_id text NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    stage text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('human', 'agent')),
    actor_type varchar(20) NOT NULL
        CHECK (actor_type IN ('local', 'genie_os_user', 'omni_agent')),
    actor_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, stage, kind)
);

-- An approval is a word about the stage in which it was given. The owner's rights and search path
-- let every client move a task that could before, whatever its own are.
CREATE OR REPLACE FUNCTION tui_clear_approvals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF EXISTS (SELECT FROM tui_touched OFFSET 100) THEN
        -- Of many tasks few have approvals: it is quicker to begin with those.
        DELETE FROM tui_approvals a
         USING tasks t
         WHERE t.id = a.task_id AND t.stage <> a.stage;
    ELSIF EXISTS (
        -- Most updates leave nothing to clear, and a look costs less than a deletion of nothing.
        SELECT FROM tui_touched t JOIN tui_approvals a ON a.task_id = t.id AND a.stage <> t.stage
    ) THEN
        DELETE FROM tui_approvals a
         USING tui_touched t
         WHERE t.id = a.task_id AND t.stage <> a.stage;
    END IF;
    RETURN NULL;
END
$$;

DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION tui_clear_approvals() SET search_path = %I, pg_temp', current_schema());
END
$$;

CREATE OR REPLACE TRIGGER tui_tasks_left_stage
    AFTER UPDATE ON tasks REFERENCING NEW TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_clear_approvals();

-- Every board, and within it every column, is read in this order from top to bottom: open before
-- closed, then priority, due date, age. Queries must repeat the expressions as they stand here; the
-- columns that these are made of are included, as only so can the index answer alone.
CREATE INDEX IF NOT EXISTS tui_tasks_window ON tasks (
    (coalesce(board_id, 'type:' || type_id)),
    project_id,
    (coalesce(column_id, '')),
    stage,
    (CASE WHEN status IN ('done', 'cancelled') THEN 1 ELSE 0 END),
    (CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END),
    due_date,
    created_at,
    id
) INCLUDE (board_id, type_id, column_id, status, priority);

-- What is ready, in the order in which it is claimed.
CREATE INDEX IF NOT EXISTS tui_tasks_ready ON tasks (
    (CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END),
    due_date,
    created_at,
    id
) WHERE status = 'ready' AND checkout_run_id IS NULL;

-- The few that somebody holds, out of all.
CREATE INDEX IF NOT EXISTS tui_tasks_locked ON tasks (checkout_run_id)
    WHERE checkout_run_id IS NOT NULL;

-- Tell tui_task_change which tasks a statement touched: ids between commas, as many in a payload
-- as fit below 8000 bytes, in ten payloads at most, or else `*`: read again. It names no table, so
-- that it works whatever the client's search_path is.
CREATE OR REPLACE FUNCTION tui_announce_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    most_bytes CONSTANT integer := 7999;
    most_payloads CONSTANT integer := 10;
    -- So many ids are more than fit: of those that Genie makes, and of one letter each.
    enough CONSTANT integer[] := '{6000, 40001}';
    gathered integer;
    rest text;
    touched bigint;
    payloads text[] := '{}';
    piece text;
    fits integer;
    over integer;
BEGIN
    FOREACH gathered IN ARRAY enough LOOP
        IF TG_TABLE_NAME = 'tasks' THEN
            SELECT string_agg(id, ','), count(*) INTO rest, touched
              FROM (SELECT id FROM tui_touched LIMIT gathered) AS t;
        ELSE
            SELECT string_agg(task_id, ','), count(*) INTO rest, touched
              FROM (SELECT DISTINCT task_id FROM tui_touched LIMIT gathered) AS t;
        END IF;
        EXIT WHEN touched < gathered OR octet_length(rest) > most_payloads * (most_bytes + 1);
    END LOOP;
    IF touched = 0 THEN
        RETURN NULL;
    END IF;

    -- An id that holds a comma could not be told from two.
    IF octet_length(rest) > most_payloads * (most_bytes + 1)
        OR octet_length(rest) - octet_length(replace(rest, ',', '')) <> touched - 1
    THEN
        rest := '*';
    END IF;
    WHILE octet_length(rest) > most_bytes LOOP
        piece := left(rest, most_bytes);
        IF octet_length(piece) > most_bytes THEN
            -- Letters of several bytes: look for how many of them fit.
            fits := 0;
            over := most_bytes;
            WHILE over - fits > 1 LOOP
                IF octet_length(left(rest, (fits + over) / 2)) > most_bytes THEN
                    over := (fits + over) / 2;
                ELSE
                    fits := (fits + over) / 2;
                END IF;
            END LOOP;
            piece := left(rest, fits);
        END IF;
        IF substr(rest, length(piece) + 1, 1) <> ',' THEN
            piece := left(piece, -strpos(reverse(piece), ','));
        END IF;
        IF piece = '' OR cardinality(payloads) = most_payloads - 1 THEN
            payloads := '{}';
            rest := '*';
        ELSE
            payloads := payloads || piece;
            rest := substr(rest, length(piece) + 2);
        END IF;
    END LOOP;

    FOREACH piece IN ARRAY payloads || coalesce(nullif(rest, ''), '*') LOOP
        PERFORM pg_notify('tui_task_change', piece);
    END LOOP;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER tui_tasks_inserted
    AFTER INSERT ON tasks REFERENCING NEW TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
CREATE OR REPLACE TRIGGER tui_tasks_updated
    AFTER UPDATE ON tasks REFERENCING NEW TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
CREATE OR REPLACE TRIGGER tui_tasks_deleted
    AFTER DELETE ON tasks REFERENCING OLD TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();

-- What goes with a deleted task was told with it: such deletions come from within a trigger. An
-- update can take a row from one task to another; both are told.

CREATE OR REPLACE TRIGGER tui_task_actors_inserted
    AFTER INSERT ON task_actors REFERENCING NEW TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
CREATE OR REPLACE TRIGGER tui_task_actors_updated
    AFTER UPDATE ON task_actors REFERENCING NEW TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
CREATE OR REPLACE TRIGGER tui_task_actors_updated_from
    AFTER UPDATE ON task_actors REFERENCING OLD TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
CREATE OR REPLACE TRIGGER tui_task_actors_deleted
    AFTER DELETE ON task_actors REFERENCING OLD TABLE AS tui_touched
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION tui_announce_tasks();

CREATE OR REPLACE TRIGGER tui_task_tags_inserted
    AFTER INSERT ON task_tags REFERENCING NEW TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
CREATE OR REPLACE TRIGGER tui_task_tags_updated
    AFTER UPDATE ON task_tags REFERENCING NEW TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
CREATE OR REPLACE TRIGGER tui_task_tags_updated_from
    AFTER UPDATE ON task_tags REFERENCING OLD TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
CREATE OR REPLACE TRIGGER tui_task_tags_deleted
    AFTER DELETE ON task_tags REFERENCING OLD TABLE AS tui_touched
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION tui_announce_tasks();

CREATE OR REPLACE TRIGGER tui_approvals_inserted
    AFTER INSERT ON tui_approvals REFERENCING NEW TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
CREATE OR REPLACE TRIGGER tui_approvals_updated
    AFTER UPDATE ON tui_approvals REFERENCING NEW TABLE AS tui_touched
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
CREATE OR REPLACE TRIGGER tui_approvals_deleted
    AFTER DELETE ON tui_approvals REFERENCING OLD TABLE AS tui_touched
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION tui_announce_tasks();

CREATE OR REPLACE FUNCTION tui_announce_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('tui_task_change', '*');
    RETURN NULL;
END
$$;

-- A tag's name and colour stand on its cards, and its deletion takes it off them.
CREATE OR REPLACE TRIGGER tui_tags_updated
    AFTER UPDATE ON tags
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION tui_announce_all();
CREATE OR REPLACE TRIGGER tui_tags_deleted
    AFTER DELETE ON tags
    FOR EACH ROW EXECUTE FUNCTION tui_announce_all();

CREATE OR REPLACE TRIGGER tui_tasks_truncated
    AFTER TRUNCATE ON tasks
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_all();
CREATE OR REPLACE TRIGGER tui_task_actors_truncated
    AFTER TRUNCATE ON task_actors
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_all();
CREATE OR REPLACE TRIGGER tui_task_tags_truncated
    AFTER TRUNCATE ON task_tags
    FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_all();
