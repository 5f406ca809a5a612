"""What tasks wait for, read as a graph: around one of them, of a board, or of a project.

Every read is bounded: of too many tasks the open and most urgent ones are read with what is beside
them, or those that are nearest, and how many are left out is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.domain.boards import Board
from genie_tui.domain.dependencies import Dependency
from genie_tui.domain.graph import Graph
from genie_tui.services.cards import BOARD_KEY, IS_CLOSED, RANK, cards
from genie_tui.services.task_rows import no_task

__all__ = ["AROUND", "around", "board_statement", "of_board", "of_project", "project_statement"]

TASKS_AT_MOST = 2000
NEAR_AT_MOST = 500
DEPENDENCIES_AT_MOST = 10_000

STEPS_AT_MOST = 100
"""How far around a task is looked."""

# The dependencies of a place are found from its tasks, by each end, or from all dependencies where
# these are fewer: that is the planner's choice. Those come first of which most is open, then those
# of the most urgent tasks. They come with the counts as one row, and so from one moment.
_OF_PLACE = f"""
WITH edges AS MATERIALIZED (
    SELECT d.task_id, d.depends_on_id, d.dep_type
      FROM tasks t JOIN task_dependencies d ON d.task_id = t.id
     WHERE {{place}}
     UNION
    SELECT d.task_id, d.depends_on_id, d.dep_type
      FROM tasks t JOIN task_dependencies d ON d.depends_on_id = t.id
     WHERE {{place}}),
ends AS MATERIALIZED (
    SELECT e.task_id AS id FROM edges e WHERE e.dep_type <> 'relates_to'
     UNION
    SELECT e.depends_on_id FROM edges e WHERE e.dep_type <> 'relates_to'),
known AS MATERIALIZED (
    SELECT t.id, {IS_CLOSED} AS closed, {RANK} AS rank, {{place}} AS placed
      FROM ends JOIN tasks t ON t.id = ends.id)
SELECT ARRAY[]::text[] AS first,
       (SELECT count(*) FROM ends) AS total,
       (SELECT count(*) FROM tasks t WHERE {{place}} AND t.status NOT IN ('done', 'cancelled'))
       - (SELECT count(*) FROM known k WHERE k.placed AND k.closed = 0) AS isolated,
       (SELECT coalesce(json_agg(e), '[]') FROM (
           SELECT e.task_id, e.depends_on_id, e.dep_type
             FROM edges e
             JOIN known k ON k.id = e.task_id
             JOIN known o ON o.id = e.depends_on_id
            ORDER BY e.dep_type = 'relates_to', k.closed + o.closed, least(k.rank, o.rank),
                     e.task_id, e.depends_on_id
            LIMIT %(dependencies)s) e) AS edges
"""

# Who waits for whom, by the end that is known, so that the indexes serve.
_WAITED = """
    SELECT d.depends_on_id AS id FROM task_dependencies d
     WHERE d.task_id = ANY(w.front) AND d.dep_type = 'depends_on'
     UNION
    SELECT d.task_id FROM task_dependencies d
     WHERE d.depends_on_id = ANY(w.front) AND d.dep_type = 'blocks'"""

_WAITING = """
    SELECT d.task_id AS id FROM task_dependencies d
     WHERE d.depends_on_id = ANY(w.front) AND d.dep_type = 'depends_on'
     UNION
    SELECT d.depends_on_id FROM task_dependencies d
     WHERE d.task_id = ANY(w.front) AND d.dep_type = 'blocks'"""


def _walk(name: str, beside: str) -> str:
    """Steps from a task, one row each: what was come to first there, so that circles end it.

    It is broken off by the step that passes the limit, so what lies beyond is at least counted.
    """
    return f"""
{name} AS (
    SELECT 0 AS step, ARRAY[%(task)s::text] AS front, ARRAY[%(task)s::text] AS seen
     UNION ALL
    SELECT w.step + 1, new.ids, w.seen || new.ids
      FROM {name} w CROSS JOIN LATERAL (
        SELECT array_agg(n.id ORDER BY n.id) AS ids
          FROM ({beside}) n WHERE n.id <> ALL (w.seen)) new
     WHERE w.step < %(steps)s AND cardinality(w.seen) <= %(limit)s
       AND new.ids IS NOT NULL)"""


AROUND = f"""
WITH RECURSIVE {_walk("before", _WAITED)}, {_walk("after", _WAITING)},
found AS (
    SELECT id, min(step) AS step
      FROM (SELECT unnest(front) AS id, step FROM before
             UNION ALL
            SELECT unnest(front), step FROM after
             UNION ALL
            SELECT d.depends_on_id, 1 FROM task_dependencies d
             WHERE d.task_id = %(task)s AND d.dep_type = 'relates_to'
             UNION ALL
            SELECT d.task_id, 1 FROM task_dependencies d
             WHERE d.depends_on_id = %(task)s AND d.dep_type = 'relates_to') both_ways
     GROUP BY id),
picked AS MATERIALIZED (
    SELECT array_agg(id) AS ids FROM (
        SELECT id FROM found ORDER BY step, id LIMIT %(limit)s) nearest)
SELECT (SELECT ids FROM picked) AS first,
       (SELECT count(*) FROM found) AS total,
       0 AS isolated,
       (SELECT coalesce(json_agg(e), '[]') FROM (
           SELECT d.task_id, d.depends_on_id, d.dep_type
             FROM task_dependencies d
            WHERE d.task_id = ANY((SELECT ids FROM picked)::text[])
              AND d.depends_on_id = ANY((SELECT ids FROM picked)::text[])
            ORDER BY d.task_id, d.depends_on_id
            LIMIT %(dependencies)s) e) AS edges
"""


async def around(
    conn: AsyncConnection, task_id: str, *, limit: int = NEAR_AT_MOST, steps: int = STEPS_AT_MOST
) -> Graph:
    """All that a task waits for and all that wait for it, in so many steps, and its own links.

    Where they are more than `limit`, the nearest ones.

    Raises:
        NotFound: there is no such task.
    """
    params = {"task": task_id, "limit": limit, "steps": steps}
    graph = await _read(conn, AROUND, params)
    if task_id not in graph.cards:
        raise no_task(task_id)
    return graph


async def of_board(
    conn: AsyncConnection,
    board: Board,
    *,
    project_id: str | None = None,
    limit: int = TASKS_AT_MOST,
) -> Graph:
    """The tasks of a board that have dependencies, and those elsewhere that these are on.

    With `project_id`, only that project's tasks of a board that is not one project's own.
    """
    query, params = board_statement(board, project_id)
    return await _read(conn, query, params | {"limit": limit})


async def of_project(
    conn: AsyncConnection, project_id: str | None, *, limit: int = TASKS_AT_MOST
) -> Graph:
    """The same of a project, or of all where none is named."""
    query, params = project_statement(project_id)
    return await _read(conn, query, params | {"limit": limit})


def board_statement(board: Board, project_id: str | None) -> tuple[str, dict[str, Any]]:
    """What reads a board's graph, and its parameters but for the limits."""
    place = f"{BOARD_KEY} = %(board)s"
    if project_id is not None and board.project_id is None:
        place += " AND t.project_id = %(project)s"
    return _OF_PLACE.format(place=place), {"board": board.key, "project": project_id}


def project_statement(project_id: str | None) -> tuple[str, dict[str, Any]]:
    """What reads a project's graph, and its parameters but for the limits."""
    place = "t.project_id = %(project)s" if project_id is not None else "true"
    return _OF_PLACE.format(place=place), {"project": project_id}


async def _read(conn: AsyncConnection, query: str, params: Mapping[str, Any]) -> Graph:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, {"dependencies": DEPENDENCIES_AT_MOST, **params})
        row = await cursor.fetchone()
    assert row is not None
    edges = [Dependency(**edge) for edge in row["edges"]]
    ids = _ends(row["first"], edges, params["limit"])
    return Graph.of(
        await cards(conn, ids),
        edges,
        left_out=max(row["total"] - len(ids), 0),
        isolated=row["isolated"],
    )


def _ends(first: Sequence[str], edges: Iterable[Dependency], limit: int) -> list[str]:
    """The tasks at both ends of the first dependencies, as many as may be."""
    ids = dict.fromkeys(first)
    for edge in edges:
        new = [id_ for id_ in (edge.task_id, edge.depends_on_id) if id_ not in ids]
        if edge.waits is not None and len(ids) + len(new) <= limit:
            ids.update(dict.fromkeys(new))
    return list(ids)
