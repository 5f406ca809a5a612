-- Remove what test runs left in a production database.

-- Real tasks outlive a test's parent or project.
UPDATE tasks t
   SET parent_id = NULL
  FROM tasks parent
 WHERE parent.id = t.parent_id
   AND starts_with(parent.repo_path, '/tmp/') AND NOT starts_with(t.repo_path, '/tmp/');

DELETE FROM tasks WHERE starts_with(repo_path, '/tmp/');

UPDATE tasks t
   SET project_id = NULL
  FROM projects p
 WHERE p.id = t.project_id AND starts_with(p.repo_path, '/tmp/');

DELETE FROM projects WHERE starts_with(repo_path, '/tmp/');

DELETE FROM messages WHERE starts_with(sender_id, 'test');

-- Their members go with them.
DELETE FROM conversations c
 WHERE NOT EXISTS (SELECT FROM messages m WHERE m.conversation_id = c.id);

DO $$
DECLARE
    leftover name;
BEGIN
    IF current_schema() = 'public' THEN
        -- On a shared server, what belongs to others is not ours to drop.
        FOR leftover IN
            SELECT nspname
              FROM pg_namespace
             WHERE starts_with(nspname, 'test_') AND pg_has_role(nspowner, 'USAGE')
        LOOP
            BEGIN
                EXECUTE format('DROP SCHEMA %I CASCADE', leftover);
            EXCEPTION WHEN out_of_memory THEN
                -- One transaction can lock only so many tables: some thirty schemas' worth.
                RAISE WARNING 'schema % and those after it stay; drop them by hand', leftover;
                EXIT;
            END;
        END LOOP;
    END IF;
END
$$;
