-- The registry: what can be installed, what is, and its versions.

CREATE TABLE IF NOT EXISTS app_store (
    id text PRIMARY KEY DEFAULT 'item-' || substr(gen_random_uuid()::text, 1, 8),
    name text NOT NULL UNIQUE,
    item_type text NOT NULL
        CHECK (item_type IN
            ('agent', 'skill', 'app', 'board', 'workflow', 'stack', 'template', 'hook')),
    version text NOT NULL DEFAULT '0.0.0',
    description text,
    author_name text,
    author_url text,
    git_url text,
    install_path text,
    manifest jsonb NOT NULL DEFAULT '{}',
    approval_status text NOT NULL DEFAULT 'local'
        CHECK (approval_status IN ('local', 'pending', 'approved', 'rejected')),
    tags text[] DEFAULT '{}',
    category text,
    license text,
    dependencies text[] DEFAULT '{}',
    installed_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_app_store_name ON app_store (name);
CREATE INDEX IF NOT EXISTS idx_app_store_status ON app_store (approval_status);
CREATE INDEX IF NOT EXISTS idx_app_store_type ON app_store (item_type);

CREATE TABLE IF NOT EXISTS installed_apps (
    id text PRIMARY KEY DEFAULT 'inst-' || substr(gen_random_uuid()::text, 1, 8),
    app_store_id text NOT NULL UNIQUE REFERENCES app_store (id) ON DELETE CASCADE,
    install_path text NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    config jsonb DEFAULT '{}',
    installed_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_installed_apps_active
    ON installed_apps (is_active) WHERE is_active = true;
CREATE INDEX IF NOT EXISTS idx_installed_apps_store ON installed_apps (app_store_id);

CREATE TABLE IF NOT EXISTS app_versions (
    id text PRIMARY KEY DEFAULT 'ver-' || substr(gen_random_uuid()::text, 1, 8),
    app_store_id text NOT NULL REFERENCES app_store (id) ON DELETE CASCADE,
    version text NOT NULL,
    git_tag text,
    git_sha text,
    manifest jsonb NOT NULL DEFAULT '{}',
    changelog text,
    published_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (app_store_id, version)
);
CREATE INDEX IF NOT EXISTS idx_app_versions_store ON app_versions (app_store_id);
