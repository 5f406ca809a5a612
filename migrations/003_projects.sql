-- Projects, and one for each repository that has tasks already.

CREATE TABLE IF NOT EXISTS projects (
    id text PRIMARY KEY DEFAULT 'proj-' || substr(gen_random_uuid()::text, 1, 8),
    name text NOT NULL UNIQUE,
    repo_path text,
    description text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_projects_repo ON projects (repo_path) WHERE repo_path IS NOT NULL;

ALTER TABLE tasks ADD COLUMN IF NOT EXISTS project_id text REFERENCES projects (id);
CREATE INDEX IF NOT EXISTS idx_tasks_project ON tasks (project_id);

-- Where two repositories end in the same name, the first one wins: the one with the oldest task,
-- and one that lasts before a test run's, which 004 removes.
WITH repositories AS (
    SELECT repo_path,
           coalesce(nullif(substring(rtrim(repo_path, '/') FROM '[^/]*$'), ''), repo_path) AS name,
           min(created_at) AS since
      FROM tasks
     GROUP BY repo_path
)
INSERT INTO projects (name, repo_path)
SELECT name, repo_path
  FROM repositories r
 WHERE NOT EXISTS (SELECT FROM projects p WHERE p.repo_path = r.repo_path)
 ORDER BY starts_with(repo_path, '/tmp/'), since, repo_path
ON CONFLICT (name) DO NOTHING;

UPDATE tasks t
   SET project_id = p.id
  FROM projects p
 WHERE t.project_id IS NULL AND p.repo_path = t.repo_path;
