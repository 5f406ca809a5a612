-- Agents' sessions and what was said in them.

CREATE TABLE IF NOT EXISTS sessions (
    id text PRIMARY KEY,
    agent_id text,
    team text,
    wish_slug text,
    task_id text,
    role text,
    project_path text,
    jsonl_path text,
    status text NOT NULL DEFAULT 'active',
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    last_ingested_offset bigint DEFAULT 0,
    total_turns integer DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_sessions_agent ON sessions (agent_id);
CREATE INDEX IF NOT EXISTS idx_sessions_status ON sessions (status);
CREATE INDEX IF NOT EXISTS idx_sessions_team ON sessions (team);
CREATE INDEX IF NOT EXISTS idx_sessions_wish ON sessions (wish_slug);

CREATE TABLE IF NOT EXISTS session_content (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id text NOT NULL REFERENCES sessions (id),
    turn_index integer NOT NULL,
    role text NOT NULL,
    content text NOT NULL,
    tool_name text,
    timestamp timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (session_id, turn_index)
);
CREATE INDEX IF NOT EXISTS idx_session_content_search
    ON session_content USING gin (to_tsvector('english', content));
CREATE INDEX IF NOT EXISTS idx_session_content_session ON session_content (session_id);
