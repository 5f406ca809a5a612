-- A task's own screen shows the sessions in which agents worked on it.
CREATE INDEX IF NOT EXISTS tui_sessions_task ON sessions (task_id) WHERE task_id IS NOT NULL;
