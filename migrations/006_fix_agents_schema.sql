-- Repair agents and agent_templates that an old importer made before 005; else nothing changes.

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
    old_list record;
BEGIN
    FOR old_list IN
        SELECT a.attrelid::regclass AS relation, a.attname AS name
          FROM pg_attribute a
         WHERE (a.attrelid, a.attname) IN (('agents'::regclass, 'sub_panes'),
                                           ('agent_templates'::regclass, 'extra_args'))
           AND a.atttypid = 'text[]'::regtype
           AND NOT a.attisdropped
    LOOP
        EXECUTE format(
            'ALTER TABLE %1$s ALTER COLUMN %2$I DROP DEFAULT,'
            ' ALTER COLUMN %2$I DROP NOT NULL,'
            ' ALTER COLUMN %2$I TYPE jsonb USING to_jsonb(%2$I),'
            ' ALTER COLUMN %2$I SET DEFAULT ''[]''',
            old_list.relation, old_list.name);
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION update_agents_timestamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER trg_agents_updated_at
    BEFORE UPDATE ON agents
    FOR EACH ROW EXECUTE FUNCTION update_agents_timestamp();
CREATE OR REPLACE TRIGGER trg_agent_templates_updated_at
    BEFORE UPDATE ON agent_templates
    FOR EACH ROW EXECUTE FUNCTION update_agents_timestamp();
