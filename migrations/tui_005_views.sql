-- Saved views: how a board is looked at, under a name, for everybody who uses the database.

CREATE TABLE IF NOT EXISTS tui_views (
    id text PRIMARY KEY DEFAULT 'view-' || substr(gen_random_uuid()::text, 1, 8),
    name text NOT NULL,
    -- The id of a board, or `type:` and a task type for the board that is made up for its tasks.
    board_key text NOT NULL,
    board_id text REFERENCES boards (id) ON DELETE CASCADE
        GENERATED ALWAYS AS (CASE WHEN board_key NOT LIKE 'type:%' THEN board_key END) STORED,
    project_id text REFERENCES projects (id) ON DELETE CASCADE,
    filter text NOT NULL DEFAULT '',
    view jsonb NOT NULL DEFAULT '{}',
    created_by_type varchar(20) NOT NULL
        CHECK (created_by_type IN ('local', 'genie_os_user', 'omni_agent')),
    created_by_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- A board that several projects share has views for each of them, and for all together.
CREATE UNIQUE INDEX IF NOT EXISTS tui_views_named
    ON tui_views (board_key, coalesce(project_id, ''), lower(name));

-- What is deleted with a board or a project is found by these.
CREATE INDEX IF NOT EXISTS tui_views_board ON tui_views (board_id);
CREATE INDEX IF NOT EXISTS tui_views_project ON tui_views (project_id);
