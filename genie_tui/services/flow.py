"""How tasks went through a board, aggregated by PostgreSQL from the stage log and the tasks.

A task goes through the stages that its log tells of, in the order of time: what it left is where
the row before brought it (of the first row, what that row says), and the last row brought it where
it stands now. It is out of the flow from its end on; what other clients may have noted before a
task was made, or after its end, counts as at these moments.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row, tuple_row
from psycopg.types.json import Jsonb

from genie_tui.domain.boards import Board, decoded
from genie_tui.domain.metrics import Days, today_names
from genie_tui.services.cards import BOARD_KEY, clamped

__all__ = ["CLOSED_AT", "OLDEST", "flow", "former_names", "statement"]

OLDEST = 5
"""Tasks of a column that are told of one by one."""


def _seconds(length: str) -> str:
    return f"extract(epoch FROM {length})::float8"


def _percentiles(seconds: str) -> str:
    """What half of them do not exceed, and what 85 of 100 do not."""
    return f"percentile_cont(ARRAY[0.5, 0.85]) WITHIN GROUP (ORDER BY {seconds})"


# What a server has by default is too little to sort a year of a large board in memory.
ROOM = "SET LOCAL work_mem = '64MB'"

RENAMES = """
    SELECT e.details
      FROM audit_events e
     WHERE e.entity_type = %(type)s AND e.entity_id = %(id)s AND e.event_type = %(event)s
     ORDER BY e.id
     LIMIT 500
"""

CLOSED_AT = f"""CASE WHEN t.status IN ('done', 'cancelled')
                 THEN greatest({clamped("coalesce(t.ended_at, t.updated_at)")}, t.created_at) END"""
"""When a task ended; null while it is open."""

# The log is joined by the number that a task gets here, because to sort by ids takes twice as long.
FLOW = f"""
WITH t AS MATERIALIZED (
    SELECT row_number() OVER () AS n, t.id, {{now_at}} AS stage, t.status,
           {clamped("t.created_at")} AS created_at, {clamped("t.started_at")} AS started_at,
           {CLOSED_AT} AS closed_at
      FROM tasks t
     WHERE {BOARD_KEY} = %(board)s{{of_project}}),
steps AS MATERIALIZED (
    SELECT step.n, step.was, step.before IS NULL AS first, step.last,
           CASE WHEN step.last THEN step.stage ELSE step.becomes END AS becomes,
           greatest(step.before, step.created_at) AS since,
           least(greatest(step.at, step.created_at), step.closed_at) AS at
      FROM (
        SELECT t.n, t.stage, t.created_at, t.closed_at, l.created_at AS at, {{to}} AS becomes,
               coalesce(lag({{to}}) OVER of_task, {{from_}}, {{to}}) AS was,
               lag(l.created_at) OVER of_task AS before,
               lead(l.id) OVER of_task IS NULL AS last
          FROM task_stage_log l JOIN t ON t.id = l.task_id
        WINDOW of_task AS (PARTITION BY t.n ORDER BY l.created_at, l.id)) step
     WHERE step.at >= %(start)s OR step.last OR step.created_at >= %(start)s),
ends AS MATERIALIZED (
    SELECT t.id, t.stage, t.status, t.created_at, t.started_at, t.closed_at, s.n IS NULL AS still,
           coalesce(s.at, t.created_at) AS since
      FROM t LEFT JOIN steps s ON s.n = t.n AND s.last),
moved AS (
    SELECT was, becomes, width_bucket(at, %(edges)s::timestamptz[]) AS day, count(*) AS tasks
      FROM steps WHERE at >= %(start)s GROUP BY was, becomes, day),
made AS (
    SELECT stage, width_bucket(at, %(edges)s::timestamptz[]) AS day, count(*) AS tasks
      FROM (SELECT was AS stage, since AS at FROM steps WHERE first AND since >= %(start)s
             UNION ALL
            SELECT stage, created_at FROM ends WHERE still AND created_at >= %(start)s) begun
     GROUP BY stage, day),
closed AS (
    SELECT stage, status, width_bucket(closed_at, %(edges)s::timestamptz[]) AS day,
           count(*) AS tasks
      FROM t WHERE closed_at >= %(start)s GROUP BY stage, status, day),
visits AS (
    SELECT was AS place, extract(epoch FROM at - since)::float8 AS time
      FROM steps WHERE at >= %(start)s AND at < %(end)s AND since < at
     UNION ALL
    SELECT stage, extract(epoch FROM closed_at - since)::float8
      FROM ends WHERE closed_at >= %(start)s AND closed_at < %(end)s AND since < closed_at),
spent AS (
    SELECT place, count(*) AS tasks, {_percentiles("time")} AS times FROM visits GROUP BY place),
ended AS (
    SELECT count(*) AS tasks,
           {_percentiles(_seconds("closed_at - created_at"))} AS whole,
           {_percentiles(_seconds("closed_at - coalesce(started_at, created_at)"))} AS worked
      FROM t
     WHERE status = 'done' AND closed_at >= %(start)s AND closed_at < %(end)s),
aged AS (
    SELECT stage AS place, count(*) AS tasks,
           {_percentiles(_seconds("%(now)s::timestamptz - since"))} AS times
      FROM ends WHERE closed_at IS NULL GROUP BY stage),
oldest AS (
    SELECT o.stage AS place, o.since, o.id, named.seq, named.title
      FROM (SELECT stage, id, since,
                   row_number() OVER (PARTITION BY stage ORDER BY since) AS number
              FROM ends WHERE closed_at IS NULL) o
     CROSS JOIN LATERAL (
        SELECT seq, left(title, 200) AS title FROM tasks WHERE id = o.id OFFSET 0) named
     WHERE o.number <= %(oldest)s
     ORDER BY o.stage, o.number)
SELECT (SELECT json_agg(m) FROM moved m) AS moved,
       (SELECT json_agg(m) FROM made m) AS made,
       (SELECT json_agg(c) FROM closed c) AS closed,
       (SELECT count(*) FROM t WHERE status = 'done') AS done,
       (SELECT json_agg(s) FROM spent s) AS spent,
       (SELECT to_json(e) FROM ended e) AS ended,
       (SELECT json_agg(a) FROM aged a) AS aged,
       (SELECT json_agg(o) FROM oldest o) AS oldest
"""

OF_PROJECT = " AND t.project_id = %(project)s"


def statement(
    board: Board, days: Days, names: Mapping[str, str], *, project_id: str | None, now: datetime
) -> tuple[str, dict[str, Any]]:
    """What is asked about the tasks of a board; `names` are what its columns were called before."""

    def called(name: str) -> str:
        """A stage by the name that its column has today."""
        return f"coalesce(%(names)s::jsonb ->> {name}, {name})" if names else name

    only = project_id if board.project_id is None else None
    query = FLOW.format(
        now_at=called("t.stage"),
        to=called("l.to_stage"),
        from_=called("l.from_stage"),
        of_project=OF_PROJECT if only else "",
    )
    params = {
        "board": board.key,
        "project": only,
        "names": Jsonb(dict(names)),
        "edges": list(days.edges),
        "start": days.edges[0],
        "end": days.edges[-1],
        "now": now,
        "oldest": OLDEST,
    }
    return query, params


async def flow(
    conn: AsyncConnection, board: Board, days: Days, *, project_id: str | None, now: datetime
) -> dict[str, Any]:
    """The facts, by the names of what `FLOW` selects; a day is a bucket between the edges."""
    names = await former_names(conn, board)
    query, params = statement(board, days, names, project_id=project_id, now=now)
    await conn.execute(ROOM)
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, params)
        facts = await cursor.fetchone()
    assert facts is not None
    return facts


async def former_names(conn: AsyncConnection, board: Board) -> dict[str, str]:
    """What the columns were called before, as far as that was noted."""
    made_up = board.id is None
    params = {
        "type": "task_type" if made_up else "board",
        "id": board.type_id if made_up else board.id,
        "event": "stage_renamed" if made_up else "column_edited",
    }
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(RENAMES, params)
        renames = [_rename(decoded(details)) for (details,) in await cursor.fetchall()]
    return today_names(filter(None, renames), (column.name for column in board.columns))


def _rename(details: Any) -> tuple[str, str] | None:
    """The old and the new name of a column, where an event tells of these."""
    sides = [details.get(side) if isinstance(details, dict) else None for side in SIDES]
    old, new = (side.get("name") if isinstance(side, dict) else None for side in sides)
    return (old, new) if isinstance(old, str) and isinstance(new, str) else None


SIDES = ("before", "after")
