"""Tasks read as cards: one query for any number of them, shared by boards, feed and task screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Kind
from genie_tui.domain.boards import decoded
from genie_tui.domain.durations import ENDLESS
from genie_tui.domain.gates import Approval
from genie_tui.domain.tasks import CLOSED, Card, Link, Lock, Priority, Status, Tag, Task

__all__ = [
    "BOARD_KEY",
    "CARD_COLUMNS",
    "CARD_OF_PICKED",
    "CARD_WIDTH",
    "IS_CLOSED",
    "LOCKED_AT",
    "LOCK_ENDS",
    "LOCK_MS",
    "ORDER",
    "RANK",
    "WAITS",
    "WAITS_FOR",
    "card",
    "cards",
    "clamped",
    "task",
]


def clamped(time: str) -> str:
    """A time within what Python can hold, with room for a lock's length; null stays null.

    Other clients may store 'infinity' or years that a datetime has not.
    """
    return (
        f"CASE WHEN {time} IS NOT NULL THEN "
        f"least(greatest({time}, '0002-01-01 00:00+00'), '9998-01-01 00:00+00') END"
    )


BOARD_KEY = "coalesce(t.board_id, 'type:' || t.type_id)"
"""`Board.key` of the board on which a task stands."""

IS_CLOSED = "CASE WHEN t.status IN ('done', 'cancelled') THEN 1 ELSE 0 END"

RANK = "CASE t.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END"

ORDER = f"({IS_CLOSED}), ({RANK}), t.due_date, t.created_at, t.id"
"""`Card.order` as SQL says it; the index `tui_tasks_window` ends with it."""

LOCKED_AT = "coalesce(t.execution_locked_at, t.updated_at)"
"""Since when a task is locked, even where a client set the run alone."""

# Past what PostgreSQL can hold, a lock's end would be an error of the whole query.
LOCK_ENDS = f"""({clamped("t.execution_locked_at")}
           + t.checkout_timeout_ms * interval '1 ms')"""
"""From when on anybody may take a lock; null where another client gave it no time or no length,
for such a lock never expires."""

ENDLESS_MS = ENDLESS // timedelta(milliseconds=1)

LOCK_MS = f"""CASE WHEN t.execution_locked_at IS NULL THEN {ENDLESS_MS}
            ELSE coalesce(t.checkout_timeout_ms, {ENDLESS_MS}) END"""
"""How long a lock lasts, in milliseconds, as `Lock.timeout` takes it."""

WAITS_FOR = """
    SELECT d.depends_on_id AS id FROM task_dependencies d
     WHERE d.task_id = t.id AND d.dep_type = 'depends_on'
     UNION
    SELECT d.task_id FROM task_dependencies d
     WHERE d.depends_on_id = t.id AND d.dep_type = 'blocks'"""
"""The ids of what task `t` waits for, open or not."""

# Scalar subqueries, because the planner makes joins over all tasks of what it can flatten.
WAITS = """coalesce(
           (SELECT true FROM task_dependencies d JOIN tasks o ON o.id = d.depends_on_id
             WHERE d.task_id = t.id AND d.dep_type = 'depends_on'
               AND o.status NOT IN ('done', 'cancelled') LIMIT 1),
           (SELECT true FROM task_dependencies d JOIN tasks o ON o.id = d.task_id
             WHERE d.depends_on_id = t.id AND d.dep_type = 'blocks'
               AND o.status NOT IN ('done', 'cancelled') LIMIT 1),
           false)"""
"""Whether task `t` waits for one that is open."""


# An array the planner does not know counts as ten ids, so that it always takes the indexes.
_IDS = "ANY((SELECT ids FROM wanted)::text[])"

CARD_COLUMNS = f"""
       t.id, t.seq, t.repo_path, t.project_id, t.board_id, t.type_id, t.column_id, t.stage,
       t.status, t.priority, t.title, t.checkout_run_id, {clamped(LOCKED_AT)},
       {LOCK_MS}, {clamped("t.due_date")}, t.blocked_reason,
       {clamped("t.created_at")}, {clamped("t.updated_at")},
       {clamped("coalesce(staged.at, t.created_at)")},
       tagged.tags, coalesce(talk.comments, 0), before.links, after.links, people.ids,
       word.kinds, word.actors, word.times,
       (SELECT json_build_array(o.id, o.seq, left(o.title, 200), o.stage, o.status)
          FROM tasks o WHERE o.id = t.parent_id),
       (SELECT project.name FROM projects project WHERE project.id = t.project_id)"""

CARD_WIDTH = 29
"""How many columns a card has."""

_TASK = f"""
       t.parent_id, t.wish_file, t.group_name, t.description,
       t.acceptance_criteria, {clamped("t.start_date")}, t.estimated_effort,
       {clamped("t.started_at")}, {clamped("t.ended_at")}, t.release_id, t.session_id,
       t.pane_id, t.trace_id, t.metadata,
       (SELECT count(*) FROM tasks child
         WHERE child.parent_id = t.id AND child.status NOT IN ('done', 'cancelled'))"""


def _links(these: str, those: str) -> str:
    """The open tasks on the other side of what one waits for."""
    return f"""(
    SELECT edges.{these} AS id,
           json_agg(json_build_array(o.id, o.seq, o.title, o.stage, o.status)
                    ORDER BY o.seq, o.id) AS links
      FROM edges JOIN tasks o ON o.id = edges.{those}
     WHERE edges.{these} = {_IDS} AND o.status NOT IN ('done', 'cancelled')
     GROUP BY edges.{these})"""


CARD_OF_PICKED = f"""
, wanted AS MATERIALIZED (SELECT array_agg(id) AS ids FROM picked WHERE id IS NOT NULL),
edges AS (
    SELECT d.task_id AS waiter, d.depends_on_id AS waited FROM task_dependencies d
     WHERE d.dep_type = 'depends_on' AND (d.task_id = {_IDS} OR d.depends_on_id = {_IDS})
     UNION
    SELECT d.depends_on_id, d.task_id FROM task_dependencies d
     WHERE d.dep_type = 'blocks' AND (d.task_id = {_IDS} OR d.depends_on_id = {_IDS}))
SELECT {{columns}}
  FROM picked
  LEFT JOIN tasks t ON t.id = picked.id AND t.id = {_IDS}
  LEFT JOIN (
    SELECT l.task_id AS id, max(l.created_at) AS at
      FROM task_stage_log l WHERE l.task_id = {_IDS} GROUP BY l.task_id) staged
    ON staged.id = t.id
  LEFT JOIN (
    SELECT tt.task_id AS id,
           json_agg(json_build_array(g.id, g.name, g.color) ORDER BY g.name, g.id) AS tags
      FROM task_tags tt JOIN tags g ON g.id = tt.tag_id
     WHERE tt.task_id = {_IDS} GROUP BY tt.task_id) tagged ON tagged.id = t.id
  LEFT JOIN (
    SELECT c.linked_entity_id AS id, count(*) AS comments
      FROM conversations c JOIN messages m ON m.conversation_id = c.id
     WHERE c.linked_entity = 'task' AND c.linked_entity_id = {_IDS}
     GROUP BY c.linked_entity_id) talk ON talk.id = t.id
  LEFT JOIN {_links("waiter", "waited")} before ON before.id = t.id
  LEFT JOIN {_links("waited", "waiter")} after ON after.id = t.id
  LEFT JOIN (
    SELECT a.task_id AS id, array_agg(DISTINCT a.actor_id ORDER BY a.actor_id) AS ids
      FROM task_actors a
     WHERE a.role = 'assignee' AND a.task_id = {_IDS} GROUP BY a.task_id) people
    ON people.id = t.id
  LEFT JOIN (
    SELECT w.task_id AS id, w.stage, array_agg(w.kind ORDER BY w.created_at, w.kind) AS kinds,
           array_agg(w.actor_id ORDER BY w.created_at, w.kind) AS actors,
           array_agg(w.created_at ORDER BY w.created_at, w.kind) AS times
      FROM tui_approvals w WHERE w.task_id = {_IDS} GROUP BY w.task_id, w.stage) word
    ON word.id = t.id AND word.stage = t.stage"""
"""Goes on from a CTE `picked(id, …)`; `columns` are those of picked and the card's."""

_PICKED = "WITH picked AS (SELECT unnest(%(ids)s::text[]) AS id)"

CARDS = _PICKED + CARD_OF_PICKED.format(columns=CARD_COLUMNS)

TASK = f"""{_PICKED}{CARD_OF_PICKED.format(columns=f"{CARD_COLUMNS},{_TASK}")}"""


async def cards(conn: AsyncConnection, ids: Sequence[str]) -> tuple[Card, ...]:
    """The tasks of these ids as cards, in any order; what does not exist is left out."""
    if not ids:
        return ()
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(CARDS, {"ids": list(set(ids))})
        return tuple(card(row) for row in await cursor.fetchall() if row[0] is not None)


async def task(conn: AsyncConnection, task_id: str) -> Task | None:
    """A task in full; None where there is none of that id."""
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(TASK, {"ids": [task_id]})
        row = await cursor.fetchone()
    return Task(**_card(row), **_task(row[CARD_WIDTH:])) if row and row[0] is not None else None


def card(row: Sequence[Any]) -> Card:
    """A card from its columns."""
    return Card(**_card(row))


_STATUS: Mapping[str, Status] = {str(status): status for status in Status}
_PRIORITY: Mapping[str, Priority] = {str(priority): priority for priority in Priority}


def _card(row: Sequence[Any]) -> dict[str, Any]:
    status = _STATUS.get(row[8], Status.BLOCKED)
    return {
        "id": row[0],
        "seq": row[1],
        "repo_path": row[2],
        "project_id": row[3],
        "board_id": row[4],
        "type_id": row[5],
        "column_id": row[6],
        "stage": row[7],
        "status": status,
        "priority": _PRIORITY.get(row[9], Priority.LOW),
        "title": row[10],
        "lock": _lock(row[11:14]) if row[11] is not None else None,
        "due": row[14],
        "blocked_reason": row[15],
        "created_at": row[16],
        "updated_at": row[17],
        "staged_at": row[18],
        "tags": tuple(Tag(id=t[0], name=t[1], color=t[2] or "#9ca3af") for t in row[19] or ()),
        "comments": row[20],
        "waits": _linked(row[21]),
        "holds": _linked(row[22]),
        "assignees": tuple(row[23] or ()),
        # At a task that is closed, nobody's word is waited for any more.
        "approvals": _approvals(row[24:27]) if row[24] and status not in CLOSED else (),
        "parent": _link(row[27]) if row[27] is not None else None,
        "project_name": row[28],
    }


def _lock(row: Sequence[Any]) -> Lock:
    return Lock(run_id=row[0], since=row[1], timeout=timedelta(milliseconds=row[2]))


def _linked(links: Sequence[Sequence[Any]] | None) -> tuple[Link, ...]:
    return tuple(_link(link) for link in links or ())


def _link(o: Sequence[Any]) -> Link:
    status = _STATUS.get(o[4], Status.BLOCKED)
    return Link(id=o[0], seq=o[1], title=o[2], stage=o[3], status=status)


def _approvals(row: Sequence[Any]) -> tuple[Approval, ...]:
    given = zip(*row, strict=True)
    return tuple(Approval(kind=Kind(kind), actor_id=actor, at=at) for kind, actor, at in given)


def _task(row: Sequence[Any]) -> dict[str, Any]:
    names = (
        "parent_id",
        "wish_file",
        "group_name",
        "description",
        "acceptance_criteria",
        "start_date",
        "estimated_effort",
        "started_at",
        "ended_at",
        "release_id",
        "session_id",
        "pane_id",
        "trace_id",
    )
    fields = dict(zip(names, row, strict=False))
    return fields | {"metadata": decoded(row[13]), "children_open": row[14]}
