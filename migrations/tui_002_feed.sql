-- What happened lately is found by its time, in every table that the activity feed pages through.

CREATE INDEX IF NOT EXISTS tui_messages_created ON messages (created_at, id);
CREATE INDEX IF NOT EXISTS tui_runs_created ON runs (created_at);
