"""The three logs that the activity feed is made of: stage changes, messages, audit events.

Each is read forwards by id, from a mark and the holes below it, and backwards by time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import class_row

from genie_tui.domain.marks import LAST, Mark
from genie_tui.services.cards import clamped

__all__ = [
    "AUDIT",
    "LOGS",
    "MESSAGES",
    "STAGES",
    "AuditRow",
    "Log",
    "MessageRow",
    "Row",
    "StageRow",
    "Unread",
    "ask",
    "newest_mark",
    "older",
    "rest",
    "restarted",
]

PAGE = 1000
"""Rows a query."""

BOUND = 5000
"""Rows of one log that are read after a break; a week's sleep may have left millions."""

SAFETY = 500
"""Newest ids among which holes are looked for at the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """A task that changed its stage."""

    id: int
    at: datetime
    actor: str | None
    task_id: str
    seq: int | None
    from_stage: str | None
    to_stage: str
    gate_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A message; `body` is its beginning. `seq` is set where it is a task's comment."""

    id: int
    at: datetime
    actor: str | None
    task_id: str | None
    seq: int | None
    body: str
    conversation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """An audit event; `details` is None where it is too big to be looked at.

    `other_id` and `other_seq` are of the other task where the event is about two. `retaken` is
    set on the checkout that took over an expired lock. `schedule` (its name) and `exit_code` are
    of the run that the event is about.
    """

    id: int
    at: datetime
    actor: str | None
    task_id: str | None
    seq: int | None
    title: str | None
    other_id: str | None
    other_seq: int | None
    entity_type: str
    entity_id: str
    event_type: str
    details: Any
    retaken: bool
    schedule: str | None
    exit_code: int | None


Row = StageRow | MessageRow | AuditRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A table to which rows are only ever added, with ever-growing ids."""

    table: str
    rank: int
    row: type[Row]
    columns: str
    select: str

    @property
    def newer(self) -> str:
        """The rows in the ranges of ids, ascending."""
        return self.select.format(source=NEWER.format(log=self), order="l.id")

    @property
    def older(self) -> str:
        """The rows before a place in time, descending."""
        return self.select.format(
            source=OLDER.format(log=self), order="l.created_at DESC, l.id DESC"
        )


NEWER = """unnest(%(lows)s::bigint[], %(highs)s::bigint[]) AS hole (low, high)
  CROSS JOIN LATERAL (
       SELECT {log.columns}
         FROM {log.table}
        WHERE id BETWEEN hole.low AND hole.high
        ORDER BY id
        LIMIT %(limit)s) AS l"""

OLDER = """(
       SELECT {log.columns}
         FROM {log.table}
        WHERE created_at <= %(at)s AND (created_at, id) < (%(at)s, %(id)s)
        ORDER BY created_at DESC, id DESC
        LIMIT %(limit)s) AS l"""

AT = clamped("l.created_at") + " AS at"

# A lateral subquery with OFFSET 0 is a probe by primary key for each row, whatever the planner
# thinks of the number of rows.
STAGES = Log(
    table="task_stage_log",
    rank=0,
    row=StageRow,
    columns="id, task_id, from_stage, to_stage, actor_id, gate_type, created_at",
    select=f"""
SELECT l.id, {AT}, l.actor_id AS actor, l.task_id, t.seq, l.from_stage, l.to_stage, l.gate_type
  FROM {{source}}
  LEFT JOIN LATERAL (SELECT seq FROM tasks WHERE id = l.task_id OFFSET 0) AS t ON true
 ORDER BY {{order}}
 LIMIT %(limit)s
""",
)

MESSAGES = Log(
    table="messages",
    rank=1,
    row=MessageRow,
    columns="id, conversation_id, sender_id, body, created_at",
    select=f"""
SELECT l.id, {AT}, l.sender_id AS actor, t.id AS task_id, t.seq, left(l.body, 400) AS body,
       c.name AS conversation
  FROM {{source}}
  LEFT JOIN LATERAL (
       SELECT name, linked_entity, linked_entity_id
         FROM conversations
        WHERE id = l.conversation_id OFFSET 0) AS c ON true
  LEFT JOIN LATERAL (
       SELECT id, seq
         FROM tasks
        WHERE c.linked_entity = 'task' AND id = c.linked_entity_id OFFSET 0) AS t ON true
 ORDER BY {{order}}
 LIMIT %(limit)s
""",
)

# Taking over an expired lock writes two events in one transaction; the first says it all.
AUDIT = Log(
    table="audit_events",
    rank=2,
    row=AuditRow,
    columns="id, entity_type, entity_id, event_type, actor, details, created_at",
    select=f"""
SELECT l.id, {AT}, l.actor, t.id AS task_id, t.seq, t.title,
       l.details ->> 'depends_on' AS other_id, o.seq AS other_seq,
       l.entity_type, l.entity_id, l.event_type,
       CASE WHEN pg_column_size(l.details) <= 16384 THEN l.details END AS details,
       l.event_type = 'checkout' AND EXISTS (
           SELECT FROM audit_events AS e
            WHERE e.id BETWEEN l.id - 3 AND l.id - 1 AND e.created_at = l.created_at
              AND e.event_type = 'checkout_expired' AND e.entity_id = l.entity_id) AS retaken,
       r.schedule, r.exit_code
  FROM {{source}}
  LEFT JOIN LATERAL (
       SELECT id, seq, title
         FROM tasks
        WHERE l.entity_type = 'task' AND id = l.entity_id OFFSET 0) AS t ON true
  LEFT JOIN LATERAL (
       SELECT seq
         FROM tasks
        WHERE l.entity_type = 'task' AND id = l.details ->> 'depends_on' OFFSET 0) AS o ON true
  LEFT JOIN LATERAL (
       SELECT s.name AS schedule, runs.exit_code
         FROM runs
         JOIN triggers ON triggers.id = runs.trigger_id
         JOIN schedules AS s ON s.id = triggers.schedule_id
        WHERE l.entity_type = 'run' AND runs.id = l.entity_id OFFSET 0) AS r ON true
 ORDER BY {{order}}
 LIMIT %(limit)s
""",
)

LOGS = (STAGES, MESSAGES, AUDIT)
"""In the order in which rows of the same instant are told."""

NEWEST = "SELECT id FROM {log.table} ORDER BY id DESC LIMIT %(limit)s"

FLOOR = "SELECT id FROM {log.table} ORDER BY id DESC OFFSET %(bound)s LIMIT 1"

HANDED_OUT = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(%(table)s, 'id')), 0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What a log held beyond a mark, in order of id, and the mark behind it.

    `skipped` is how many ids were passed over, because there were more than are read at once.
    `begun` says that the log had no mark yet.
    """

    log: Log
    rows: Sequence[Row] = ()
    mark: Mark
    skipped: int = 0
    begun: bool = False


async def newest_mark(conn: AsyncConnection, log: Log, now: float) -> Mark:
    """The mark of one who knows everything up to now."""
    cursor = await conn.execute(NEWEST.format(log=log), {"limit": SAFETY})
    return Mark.newest((id_ for (id_,) in await cursor.fetchall()), now)


async def restarted(conn: AsyncConnection, log: Log, mark: Mark) -> bool:
    """Has this log begun again with lower ids, because the database was made anew?"""
    cursor = await conn.execute(HANDED_OUT, {"table": log.table})
    row = await cursor.fetchone()
    return row is not None and row[0] < mark.high


async def ask(conn: AsyncConnection, log: Log, mark: Mark) -> AsyncCursor[Row]:
    """The first page of what is beyond a mark, which stays as it is; rows ascend by id."""
    cursor: AsyncCursor[Row] = conn.cursor(row_factory=class_row(log.row))
    lows, highs = mark.ranges()
    await cursor.execute(log.newer, {"lows": lows, "highs": highs, "limit": PAGE})
    return cursor


async def rest(conn: AsyncConnection, log: Log, mark: Mark, page: list[Row], now: float) -> Unread:
    """A first page and what comes after it; of very many rows, the newest alone.

    `now` is the monotonic time at which holes that are met are said to be noticed.
    """
    mark = mark.copy()
    mark.take((row.id for row in page), now)
    rows, skipped = page, 0
    if len(page) == PAGE and (floor := await _floor(conn, log)) > mark.high:
        rows, skipped = [], floor - mark.high + len(page)
        mark.high = floor
    while len(page) == PAGE:
        page = await (await ask(conn, log, mark)).fetchall()
        mark.take((row.id for row in page), now)
        rows += page
    return Unread(log=log, rows=rows, mark=mark, skipped=skipped)


async def _floor(conn: AsyncConnection, log: Log) -> int:
    """The id above which are as many rows as are read at most."""
    cursor = await conn.execute(FLOOR.format(log=log), {"bound": BOUND})
    row = await cursor.fetchone()
    return row[0] if row else 0


async def older(
    conn: AsyncConnection, log: Log, *, at: datetime | None, id_: int, limit: int
) -> list[Row]:
    """The newest rows before (`at`, `id_`), newest first; before nothing where `at` is None."""
    cursor: AsyncCursor[Row] = conn.cursor(row_factory=class_row(log.row))
    place = {"at": at or "infinity", "id": id_ if at else LAST, "limit": limit}
    await cursor.execute(log.older, place)
    return await cursor.fetchall()
