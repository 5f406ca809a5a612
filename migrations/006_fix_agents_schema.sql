-- Mend agents and agent_templates as an old importer made them before 005; else nothing changes.

ALTER TABLE agents
    ADD COLUMN IF NOT EXISTS tmux_window text,
    ADD COLUMN IF NOT EXISTS pane_color text,
    ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS updated_at timestamptz NOT NULL DEFAULT now();

ALTER TABLE agent_templates
    ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS updated_at timestamptz NOT NULL DEFAULT now();

DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT attrelid::regclass AS relation, attname AS name
          FROM pg_attribute
         WHERE (attrelid, attname) IN (('agents'::regclass, 'sub_panes'),
                                       ('agent_templates'::regclass, 'extra_args'))
           AND atttypid = 'text[]'::regtype
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', found.relation, found.name);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE jsonb USING to_jsonb(%I)',
                       found.relation, found.name, found.name);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT ''[]''',
                       found.relation, found.name);
    END LOOP;
END;
$$;

CREATE OR REPLACE TRIGGER trg_agents_updated_at
    BEFORE UPDATE ON agents FOR EACH ROW EXECUTE FUNCTION update_agents_timestamp();
CREATE OR REPLACE TRIGGER trg_agent_templates_updated_at
    BEFORE UPDATE ON agent_templates FOR EACH ROW EXECUTE FUNCTION update_agents_timestamp();
