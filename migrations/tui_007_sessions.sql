-- The newest sessions are listed, however many there are.
CREATE INDEX IF NOT EXISTS tui_sessions_newest ON sessions (started_at DESC, id DESC);
