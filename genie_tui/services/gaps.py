"""What changed in a break and left no row in a log, found by the rows' own versions.

A row's `xmin` names the transaction that wrote it. What that transaction did is news if it was
not visible in the snapshot of the last read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import AsyncConnection

from genie_tui.domain.changes import Hint

__all__ = ["MOMENT", "Moment", "look"]

MOMENT = """
SELECT s::text AS text, pg_snapshot_xmin(s)::text::bigint AS xmin,
       pg_snapshot_xmax(s)::text::bigint AS xmax, now() AS at,
       (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS database
  FROM pg_current_snapshot() AS s
"""

# Comparing ages is cheap and never misses a row; what is left is compared exactly. A row's xmin
# has 32 bits: the others are those of the newest transaction, or of the epoch before.
NEW = """
    age({row}.xmin) <= age((%(xmin)s::bigint & 4294967295)::text::xid)
    AND NOT pg_visible_in_snapshot(
        (newest.xid - ((newest.xid - {row}.xmin::text::bigint) & 4294967295))::text::xid8,
        %(snapshot)s::pg_snapshot)"""

NEWEST = "(SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xid) AS newest"

# The names that a stage has had since: no task moves when its column, or its
# type's stage, is renamed.
RENAMED = """
    WITH RECURSIVE name (name, id) AS (
        SELECT coalesce(logged.stage, created.stage, 'draft'), 0::bigint
         UNION
        SELECT e.details -> 'after' ->> 'name', e.id
          FROM name n
          JOIN audit_events e
            ON e.entity_type = CASE WHEN t.board_id IS NULL THEN 'task_type' ELSE 'board' END
           AND e.entity_id = coalesce(t.board_id, t.type_id)
           AND e.event_type IN ('column_edited', 'stage_renamed') AND e.id > n.id
           AND e.details -> 'before' ->> 'name' = n.name)
    SELECT n.name FROM name n WHERE n.name IS NOT NULL"""

# Where a task was before, the logs tell at best; a task that none of them knows began in draft.
MOVED = f"""
SELECT t.id, coalesce(logged.stage, created.stage, 'draft'), t.stage
  FROM (SELECT tasks.id, tasks.stage, tasks.board_id, tasks.type_id
          FROM tasks, {NEWEST}
         WHERE {NEW.format(row="tasks")} AND tasks.created_at < %(since)s
         LIMIT 5000) AS t
  LEFT JOIN LATERAL (
       SELECT to_stage AS stage
         FROM task_stage_log
        WHERE task_id = t.id
        ORDER BY id DESC
        LIMIT 1) AS logged ON true
  LEFT JOIN LATERAL (
       SELECT details ->> 'stage' AS stage
         FROM audit_events
        WHERE entity_type = 'task' AND entity_id = t.id AND event_type = 'created'
          AND logged.stage IS NULL
        ORDER BY id
        LIMIT 1) AS created ON true
 WHERE t.stage <> coalesce(logged.stage, created.stage, 'draft')
   AND t.stage NOT IN ({RENAMED})
 LIMIT 1000
"""

LINKED = f"""
SELECT d.task_id, 'added', d.depends_on_id, d.dep_type
  FROM task_dependencies AS d, {NEWEST}
 WHERE {NEW.format(row="d")}
   AND NOT EXISTS (
       SELECT FROM audit_events AS e
        WHERE e.entity_type = 'task' AND e.entity_id = d.task_id
          AND e.event_type = 'dependency_added'
          AND e.details ->> 'depends_on' = d.depends_on_id)
 LIMIT 1000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What was visible to a read: `text` is PostgreSQL's snapshot, `at` the server's time,
    `database` the database's own number.

    Below `xmin` every transaction had ended, from `xmax` on none had begun.
    """

    text: str
    xmin: int
    xmax: int
    at: datetime
    database: int


async def look(conn: AsyncConnection, last: Moment) -> tuple[Hint, ...]:
    """What happened since the last read and no log tells of, as it would have been announced."""
    since = {"snapshot": last.text, "xmin": last.xmin, "since": last.at}
    moved = await (await conn.execute(MOVED, since)).fetchall()
    linked = await (await conn.execute(LINKED, since)).fetchall()
    return tuple(
        Hint(channel, ":".join(parts), tuple(parts))
        for channel, rows in (("genie_task_stage", moved), ("genie_task_dep", linked))
        for parts in rows
    )
