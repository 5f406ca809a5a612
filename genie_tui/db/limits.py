"""What an external server lets us do, asked when it is first connected to."""

from __future__ import annotations

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.domain.limits import Limits
from genie_tui.errors import NoDatabase

__all__ = ["OLDEST_SERVER", "TABLES", "check_version", "look", "refuse_unreadable"]

OLDEST_SERVER = 140000
"""PostgreSQL 14: the first that can replace a trigger in place."""

_NAMES = (
    "_genie_migrations agent_checkpoints agent_templates agents app_store app_versions "
    "audit_events board_templates boards conversation_members conversations heartbeats "
    "installed_apps machine_snapshots mailbox messages notification_preferences projects "
    "runs schedules session_content sessions tags task_actors task_dependencies "
    "task_stage_log task_tags task_types tasks team_chat teams triggers tui_approvals "
    "tui_read_marks tui_views "
)
TABLES = frozenset(_NAMES.split())
"""Those that we read and write; others of the same schema are not our business."""

# A pooler makes up the process that it tells of at login: another one does the work.
LOOK = """
SELECT pg_backend_pid() AS pid,
       pg_is_in_recovery() AS standby,
       current_setting('default_transaction_read_only')::boolean AS read_only,
       current_user::text AS role,
       current_schema()::text AS schema,
       coalesce((SELECT pg_get_userbyid(nspowner)::text
                   FROM pg_namespace
                  WHERE nspname = current_schema()), '') AS owner,
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create
"""

MISSING = """
SELECT p.name AS privilege, array_agg(c.relname::text ORDER BY c.relname) AS tables
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) WITH ORDINALITY AS p (name, nr)
 WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
   AND c.relname = ANY(%(tables)s) AND NOT has_table_privilege(c.oid, p.name)
   AND (p.name = 'SELECT' OR c.relname <> '_genie_migrations')
 GROUP BY p.name, p.nr
 ORDER BY p.nr
"""

FILTERED = """
SELECT c.relname::text
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = current_schema() AND c.relrowsecurity AND row_security_active(c.oid)
   AND c.relname = ANY(%(tables)s)
 ORDER BY c.relname
"""


async def look(conn: AsyncConnection, *, read_only: bool = False) -> Limits:
    """What the server of a connection lets us do; `read_only` was asked for, and is no limit.

    Raises:
        NoDatabase: the server is older than PostgreSQL 14.
    """
    check_version(conn)
    tables = {"tables": sorted(TABLES)}
    cursor = conn.cursor(row_factory=dict_row)
    [row] = await (await cursor.execute(LOOK)).fetchall()
    missing = await (await conn.execute(MISSING, tables)).fetchall()
    filtered = await (await conn.execute(FILTERED, tables)).fetchall()
    return Limits(
        pooled=row.pop("pid") != conn.info.backend_pid,
        **(row | {"read_only": row["read_only"] and not read_only}),
        missing={privilege: tuple(names) for privilege, names in missing},
        filtered=tuple(name for (name,) in filtered),
    )


def check_version(conn: AsyncConnection) -> None:
    """Refuse a server that is too old.

    Raises:
        NoDatabase: it is older than PostgreSQL 14.
    """
    version = conn.info.server_version
    if version < OLDEST_SERVER:
        raise NoDatabase(
            f"the server is PostgreSQL {version // 10000}; "
            "it takes 14 or newer: upgrade it, or name another with --dsn"
        )


def refuse_unreadable(limits: Limits) -> None:
    """A role that may not even read is told what to ask for.

    Raises:
        NoDatabase: a table cannot be read, or the schema not be used.
    """
    if limits.schema is None:
        raise NoDatabase(
            f"the role {limits.role} may use no schema of its search path; "
            f"let its owner run: {'; '.join(limits.grants)}"
        )
    if unreadable := limits.missing.get("SELECT"):
        raise NoDatabase(
            f"the role {limits.role} may not read {', '.join(unreadable)}; let the owner run: "
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {limits.schema} TO {limits.role}"
        )
