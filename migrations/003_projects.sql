-- Projects: a name for each repository that has tasks.

CREATE TABLE IF NOT EXISTS projects (
    id          text PRIMARY KEY DEFAULT 'proj-' || left(gen_random_uuid()::text, 8),
    name        text NOT NULL UNIQUE,
    repo_path   text,
    description text,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_projects_repo ON projects (repo_path) WHERE repo_path IS NOT NULL;

ALTER TABLE tasks ADD COLUMN IF NOT EXISTS project_id text REFERENCES projects (id);
CREATE INDEX IF NOT EXISTS idx_tasks_project ON tasks (project_id);

-- Of the repositories whose last path component is the same, the one with the oldest task has it.
INSERT INTO projects (name, repo_path)
SELECT name, repo_path
  FROM (SELECT coalesce(nullif(regexp_replace(rtrim(repo_path, '/'), '.*/', ''), ''), repo_path)
               AS name,
               repo_path,
               min(created_at) AS first_task
          FROM tasks
         GROUP BY repo_path) AS repositories
 WHERE NOT EXISTS (SELECT FROM projects WHERE projects.repo_path = repositories.repo_path)
 ORDER BY first_task, repo_path
ON CONFLICT (name) DO NOTHING;

UPDATE tasks
   SET project_id = projects.id
  FROM projects
 WHERE tasks.project_id IS NULL AND projects.repo_path = tasks.repo_path;
