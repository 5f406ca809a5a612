-- Schedules and what they set off, heartbeats, and the audit trail.

CREATE TABLE IF NOT EXISTS schedules (
    id text PRIMARY KEY,
    name text NOT NULL,
    cron_expression text NOT NULL,
    timezone text DEFAULT 'UTC',
    command text,
    interval_ms bigint,
    run_spec jsonb DEFAULT '{}',
    metadata jsonb DEFAULT '{}',
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'deleted')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_schedules_name ON schedules (name);
CREATE INDEX IF NOT EXISTS idx_schedules_status ON schedules (status);

CREATE TABLE IF NOT EXISTS triggers (
    id text PRIMARY KEY,
    schedule_id text NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
    due_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'executing', 'completed', 'failed', 'skipped')),
    idempotency_key text,
    leased_by text,
    leased_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    completed_at timestamptz
);
CREATE INDEX IF NOT EXISTS idx_triggers_due_pending ON triggers (due_at) WHERE status = 'pending';
CREATE UNIQUE INDEX IF NOT EXISTS idx_triggers_idempotency
    ON triggers (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_triggers_leased
    ON triggers (status, leased_until) WHERE status = 'executing';
CREATE INDEX IF NOT EXISTS idx_triggers_schedule_id ON triggers (schedule_id);
CREATE INDEX IF NOT EXISTS idx_triggers_status ON triggers (status);

CREATE TABLE IF NOT EXISTS runs (
    id text PRIMARY KEY,
    trigger_id text NOT NULL REFERENCES triggers (id) ON DELETE CASCADE,
    worker_id text,
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN
            ('pending', 'leased', 'running', 'completed', 'failed', 'timeout', 'cancelled')),
    output text,
    error text,
    trace_id text,
    lease_timeout_ms integer DEFAULT 300000,
    exit_code integer,
    started_at timestamptz,
    completed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_runs_leased
    ON runs (status, started_at) WHERE status IN ('leased', 'running');
CREATE INDEX IF NOT EXISTS idx_runs_status ON runs (status);
CREATE INDEX IF NOT EXISTS idx_runs_trace_id ON runs (trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_runs_trigger_id ON runs (trigger_id);
CREATE INDEX IF NOT EXISTS idx_runs_worker_id ON runs (worker_id);

CREATE TABLE IF NOT EXISTS heartbeats (
    id text PRIMARY KEY,
    worker_id text NOT NULL,
    run_id text REFERENCES runs (id) ON DELETE SET NULL,
    status text NOT NULL DEFAULT 'alive' CHECK (status IN ('alive', 'idle', 'busy', 'dead')),
    context jsonb DEFAULT '{}',
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_heartbeats_last_seen ON heartbeats (last_seen_at);
CREATE INDEX IF NOT EXISTS idx_heartbeats_run_id ON heartbeats (run_id);
CREATE INDEX IF NOT EXISTS idx_heartbeats_worker_id ON heartbeats (worker_id);

CREATE TABLE IF NOT EXISTS audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity_type text NOT NULL,
    entity_id text NOT NULL,
    event_type text NOT NULL,
    actor text,
    details jsonb DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_audit_actor ON audit_events (actor);
CREATE INDEX IF NOT EXISTS idx_audit_created ON audit_events (created_at);
CREATE INDEX IF NOT EXISTS idx_audit_entity ON audit_events (entity_type, entity_id);

CREATE TABLE IF NOT EXISTS agent_checkpoints (
    worker_id text PRIMARY KEY,
    wish_slug text,
    group_name text,
    phase text CHECK (phase IN ('executing', 'validating', 'reporting')),
    context_summary text,
    dispatch_context text,
    branch_name text,
    last_checkpoint timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_checkpoints_group ON agent_checkpoints (group_name);
CREATE INDEX IF NOT EXISTS idx_checkpoints_wish ON agent_checkpoints (wish_slug);

CREATE TABLE IF NOT EXISTS machine_snapshots (
    id text PRIMARY KEY,
    active_workers integer NOT NULL DEFAULT 0,
    active_teams integer NOT NULL DEFAULT 0,
    tmux_sessions integer NOT NULL DEFAULT 0,
    cpu_percent real,
    memory_mb real,
    context jsonb DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_machine_snapshots_created ON machine_snapshots (created_at);

-- A payload of 8000 bytes or more would fail the whole insert. Such a one is cut to 1999
-- characters, which are fewer than 8000 bytes in any encoding: a hint stays a hint.

CREATE OR REPLACE FUNCTION notify_trigger_due() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payload text := NEW.id;
BEGIN
    IF octet_length(payload) >= 8000 THEN
        payload := left(payload, 1999);
    END IF;
    PERFORM pg_notify('genie_trigger_due', payload);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER trg_notify_due
    AFTER INSERT ON triggers
    FOR EACH ROW WHEN (NEW.status = 'pending')
    EXECUTE FUNCTION notify_trigger_due();

CREATE OR REPLACE FUNCTION notify_audit_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payload text := NEW.entity_type || ':' || NEW.event_type || ':' || NEW.entity_id;
BEGIN
    IF octet_length(payload) >= 8000 THEN
        payload := left(payload, 1999);
    END IF;
    PERFORM pg_notify('genie_audit_event', payload);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER trg_notify_audit
    AFTER INSERT ON audit_events
    FOR EACH ROW EXECUTE FUNCTION notify_audit_event();
