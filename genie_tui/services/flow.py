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
    return f"date_part('epoch', {length})"


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

# What ended before these days is not looked at. A row of `stays` is where a row of the log brought
# a task (the last one, where it stands now), and from when until when; only in the last one of a
# task stands its `id`. To sort the log by numbers that tasks get here takes half as long as by ids.
FLOW = f"""
WITH t AS MATERIALIZED (
    SELECT t.id, {{now_at}} AS stage, t.status,
           {clamped("t.created_at")} AS made_at, {clamped("t.started_at")} AS started_at,
           {CLOSED_AT} AS closed_at
      FROM tasks t
     WHERE {BOARD_KEY} = %(board)s{{of_project}}),
lately AS MATERIALIZED (
    SELECT row_number() OVER () AS n, id, stage, made_at, closed_at
      FROM t WHERE closed_at IS NULL OR closed_at >= %(start)s),
stays AS MATERIALIZED (
    SELECT CASE WHEN step.next IS NULL THEN step.id END AS id,
           CASE WHEN step.next IS NULL THEN step.stage ELSE step.becomes END AS place,
           coalesce(step.was, step.begun) AS was,
           CASE WHEN step.was IS NULL THEN step.made_at END AS made_at,
           least(greatest(step.at, step.made_at), step.closed_at) AS since,
           CASE WHEN step.next IS NULL THEN step.closed_at
                ELSE least(greatest(step.next, step.made_at), step.closed_at) END AS until
      FROM (
        SELECT t.id, t.stage, t.made_at, t.closed_at, l.created_at AS at, {{to}} AS becomes,
               coalesce({{from_}}, {{to}}) AS begun, lag({{to}}) OVER of_task AS was,
               lead(l.created_at) OVER of_task AS next
          FROM task_stage_log l JOIN lately t ON t.id = l.task_id
        WINDOW of_task AS (PARTITION BY t.n ORDER BY l.created_at, l.id)) step
     WHERE step.next IS NULL OR step.next >= %(start)s OR step.made_at >= %(start)s),
still AS MATERIALIZED (
    SELECT t.id, t.stage AS place, t.made_at, t.closed_at AS until
      FROM lately t
     WHERE NOT EXISTS (SELECT FROM stays s WHERE s.id = t.id)),
moved AS (
    SELECT was, place AS becomes, width_bucket(since, %(edges)s::timestamptz[]) AS day,
           count(*) AS tasks
      FROM stays WHERE since >= %(start)s GROUP BY was, becomes, day),
made AS (
    SELECT stage, width_bucket(made_at, %(edges)s::timestamptz[]) AS day, count(*) AS tasks
      FROM (SELECT was AS stage, made_at FROM stays WHERE made_at >= %(start)s
             UNION ALL
            SELECT place, made_at FROM still WHERE made_at >= %(start)s) begun
     GROUP BY stage, day),
closed AS (
    SELECT stage, status, width_bucket(closed_at, %(edges)s::timestamptz[]) AS day,
           count(*) AS tasks
      FROM t WHERE closed_at >= %(start)s GROUP BY stage, status, day),
visits AS (
    SELECT place, {_seconds("until - since")} AS time
      FROM stays WHERE until >= %(start)s AND until < %(end)s AND since < until
     UNION ALL
    SELECT was, {_seconds("since - made_at")}
      FROM stays WHERE since >= %(start)s AND since < %(end)s AND made_at < since
     UNION ALL
    SELECT place, {_seconds("until - made_at")}
      FROM still WHERE until >= %(start)s AND until < %(end)s AND made_at < until),
spent AS (
    SELECT place, count(*) AS tasks, {_percentiles("time")} AS times FROM visits GROUP BY place),
ended AS (
    SELECT count(*) AS tasks,
           {_percentiles(_seconds("closed_at - made_at"))} AS whole,
           {_percentiles(_seconds("closed_at - coalesce(started_at, made_at)"))} AS worked
      FROM t
     WHERE status = 'done' AND closed_at >= %(start)s AND closed_at < %(end)s),
open AS MATERIALIZED (
    SELECT id, place, {clamped("since")} AS since
      FROM stays WHERE id IS NOT NULL AND until IS NULL
     UNION ALL
    SELECT id, place, made_at FROM still WHERE until IS NULL),
aged AS (
    SELECT place, count(*) AS tasks,
           {_percentiles(_seconds("%(now)s::timestamptz - since"))} AS times
      FROM open GROUP BY place),
oldest AS (
    SELECT o.place, o.since, o.id, named.seq, named.title
      FROM (SELECT place, id, since,
                   row_number() OVER (PARTITION BY place ORDER BY since) AS number
              FROM open) o
     CROSS JOIN LATERAL (
        SELECT seq, left(title, 200) AS title FROM tasks WHERE id = o.id OFFSET 0) named
     WHERE o.number <= %(oldest)s
     ORDER BY o.place, o.number)
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
