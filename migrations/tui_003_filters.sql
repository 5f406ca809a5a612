-- What is ready, in the order in which it is claimed. What a claim can be kept to (stage, project,
-- board) stands at the end, so that the tasks of others are passed over without a look at them.
CREATE INDEX IF NOT EXISTS tui_tasks_claim ON tasks (
    (CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END),
    due_date,
    created_at,
    id,
    stage,
    project_id,
    (coalesce(board_id, 'type:' || type_id))
) WHERE status = 'ready' AND checkout_run_id IS NULL;
DROP INDEX IF EXISTS tui_tasks_ready;

-- Whose a task is, as filters ask for it: whatever the type of the actor, and in any case.
CREATE INDEX IF NOT EXISTS tui_task_actors_assigned ON task_actors (lower(actor_id), task_id)
    WHERE role = 'assignee';
