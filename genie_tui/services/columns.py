"""Columns of boards: stored, added, changed, moved and removed, with the tasks that are in them.

A column's edit holds the board, so that none of our clients puts a task there meanwhile; where
tasks have to follow, it holds these too. It changes the keys that it is about, and leaves all else
that other clients have stored as it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Unpack, cast

from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board, Column, Transition, decoded
from genie_tui.domain.column_changes import Changed
from genie_tui.domain.column_fields import Fields, Settings, column_name, edited
from genie_tui.domain.column_rows import Count
from genie_tui.domain.columns import Layout, Slot, Where, renaming, vacating
from genie_tui.errors import BadInput, Refused
from genie_tui.services import board_rows
from genie_tui.services.board_rows import BoardRow, Update
from genie_tui.services.task_rows import stage_errors

__all__ = [
    "Changed",
    "add_column",
    "edit_column",
    "leaving",
    "move_column",
    "remove_column",
    "written",
]

MISSING = object()

_THESE = """t.board_id = %(board)s
       AND (coalesce(t.column_id, ''), t.stage)
           IN (SELECT * FROM unnest(%(ids)s::text[], %(stages)s::text[]))"""

# A word for going on stays given when its stage gets another name. What was said of an earlier
# stage of that name was not said of this one.
FORGET_WORDS = f"""
    DELETE FROM tui_approvals a
     USING tasks t
     WHERE {_THESE} AND a.task_id = t.id AND a.stage = %(name)s
"""

KEEP_WORDS = f"""
    UPDATE tui_approvals a
       SET stage = %(name)s
      FROM tasks t
     WHERE {_THESE} AND a.task_id = t.id AND a.stage = t.stage
"""

RENAME = f"""
    UPDATE tasks t
       SET stage = %(name)s, updated_at = now()
     WHERE {_THESE}
"""

# Without what undo needs: the column to which it would lead back is gone.
VACATE = """
    WITH way AS (
        SELECT *
          FROM unnest(%(ids)s::text[], %(stages)s::text[], %(to_stages)s::text[],
                      %(to_ids)s::text[]) AS way (column_id, stage, to_stage, to_id)),
    moved AS (
        UPDATE tasks t
           SET stage = way.to_stage, column_id = way.to_id, updated_at = now()
          FROM way
         WHERE t.board_id = %(board)s
           AND coalesce(t.column_id, '') = way.column_id AND t.stage = way.stage
        RETURNING t.id, t.stage),
    forgotten AS (
        -- Of what is called by the target's name already, the database would keep them.
        DELETE FROM tui_approvals a USING moved m WHERE a.task_id = m.id),
    logged AS (
        INSERT INTO task_stage_log (task_id, from_stage, to_stage, actor_type, actor_id, run_id,
                                    gate_type)
        SELECT m.id, %(from)s, m.stage, %(type)s, %(actor)s, %(run)s, %(gate)s
          FROM moved m
         ORDER BY m.id)
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)
    SELECT 'task', m.id, 'stage_change', %(actor)s,
           jsonb_build_object('from', %(from)s::text, 'to', m.stage)
      FROM moved m
     ORDER BY m.id
"""


async def add_column(
    conn: AsyncConnection,
    board: Board,
    name: str,
    *,
    where: Where | None = None,
    actor: Actor,
    seen: datetime | None = None,
    **settings: Unpack[Settings],
) -> Changed:
    """Add a column, last unless said otherwise; what is not said of it is as the contract has it.

    Raises:
        BadInput: a value that cannot be.
        Conflict: there is a column of that name; or see `board_rows.hold`.
        NotFound: no such column to stand beside or lead to, or no such board.
        Refused: the board is made up.
    """
    row = await board_rows.hold(conn, board, seen)
    layout = row.layout
    name, id_ = column_name(name, layout), str(uuid.uuid4())
    item = _stored(Column(id=id_, name=name, label=name), id_, 0)
    layout = layout.added(item, layout.order(where or Where()))
    at = layout.find(id_)
    layout = edited(layout, at, name, settings)
    told = _told(layout, at)
    details = {"column": name, "after": told}
    await _write(conn, row, layout, Update(event="column_added", details=details), actor)
    return Changed(column=name, keys=tuple(told))


async def edit_column(
    conn: AsyncConnection,
    board: Board,
    column: str,
    *,
    actor: Actor,
    seen: datetime | None = None,
    **fields: Unpack[Fields],
) -> Changed:
    """Change what is said of a column, which is named by its name, label or id.

    A rename takes everything that names the column with it: the stage of its tasks, their
    approvals, the transitions and failures that lead to it, its limit. It is no move: nobody's
    time in the stage begins again, so the stage log has no row of it.

    Raises:
        BadInput, Conflict, NotFound, Refused: as `add_column`.
    """
    row = await board_rows.hold(conn, board, seen)
    layout = row.layout
    at = layout.find(column)
    old = layout.at(at).name
    given = fields.get("name")
    name = old if given is None else column_name(given, layout, at)
    after = edited(layout, at, name, _settings(fields))
    was, now = _told(layout, at), _told(after, at)
    keys = [key for key in {**was, **now} if was.get(key, MISSING) != now.get(key, MISSING)]
    if not keys:
        return Changed(column=name, keys=())
    followers = await _followers(conn, row, at, name) if name != old else ()
    details = {
        "column": old,
        "before": {key: was.get(key) for key in keys},
        "after": {key: now.get(key) for key in keys},
        "tasks": _count(followers),
    }
    await _write(conn, row, after, Update(event="column_edited", details=details), actor)
    await _rename(conn, row, followers, name)
    return Changed(column=name, was=old, keys=tuple(keys), tasks=_count(followers))


async def move_column(
    conn: AsyncConnection,
    board: Board,
    column: str,
    where: Where,
    *,
    actor: Actor,
    seen: datetime | None = None,
) -> Changed:
    """Put a column elsewhere among the others.

    Raises:
        BadInput, Conflict, NotFound, Refused: as `add_column`.
    """
    row = await board_rows.hold(conn, board, seen)
    layout = row.layout
    at = layout.find(column)
    order = [place for place, _ in layout.placed]
    now, then = order.index(at), layout.order(where, at)
    name = layout.at(at).name
    if now == then:
        return Changed(column=name, keys=())
    details = {"column": name, "from": now, "to": then}
    update = Update(event="column_moved", details=details)
    await _write(conn, row, layout.moved(at, then), update, actor)
    return Changed(column=name, keys=("position",))


async def remove_column(
    conn: AsyncConnection,
    board: Board,
    column: str,
    *,
    to: str | None = None,
    actor: Actor,
    seen: datetime | None = None,
) -> Changed:
    """Remove a column; the tasks that stand in it, or name it as their stage, move to another.

    What led to the column leads to that one; without it, to none.

    Raises:
        Refused: it holds tasks, and `to` names no column for them; it is the last one; or the
            board is made up.
        BadInput, Conflict, NotFound: as `add_column`.
    """
    row = await board_rows.hold(conn, board, seen)
    layout = row.layout
    at = layout.find(column)
    target = layout.find(to) if to is not None else None
    left = layout.at(at)
    if target == at:
        raise BadInput(f"{left.name!r} is what is to be removed; name another column")
    if len(layout.columns) == 1:
        raise Refused(f"{left.name!r} is the last column; add another first, or delete the board")
    tasks = await _vacate(conn, row, at, target, actor)
    successor = layout.at(target).name if target is not None else None
    told = _told(layout, at)
    details = {"column": left.name, "to": successor, "before": told, "tasks": tasks}
    after = layout.removed(at, successor)
    await _write(conn, row, after, Update(event="column_removed", details=details), actor)
    return Changed(column=left.name, keys=tuple(told), tasks=tasks, to=successor)


async def leaving(conn: AsyncConnection, board: Board, column: str) -> Count:
    """How many tasks would have to go elsewhere before a column is removed.

    Raises:
        NotFound, Refused: as `add_column`.
    """
    row = await board_rows.hold(conn, board)
    layout = row.layout
    standing = (await board_rows.slots(conn, [row.id]))[row.id]
    slots = vacating(layout, layout.find(column), standing)
    return Count(open=sum(slot.open for slot in slots), all=_count(slots))


async def _followers(conn: AsyncConnection, row: BoardRow, at: int, name: str) -> tuple[Slot, ...]:
    """The tasks, held from now on, whose stage follows when a column is renamed."""
    return renaming(row.layout, at, name, await _held_slots(conn, row))


async def _held_slots(conn: AsyncConnection, row: BoardRow) -> tuple[Slot, ...]:
    await board_rows.hold_tasks(conn, row)
    return (await board_rows.slots(conn, [row.id]))[row.id]


async def _rename(
    conn: AsyncConnection, row: BoardRow, followers: Sequence[Slot], name: str
) -> None:
    """Give tasks the name of their column as their stage; the column has it already.

    Their approvals get it first: the database clears those that are of another stage.
    """
    if followers:
        params = {"board": row.id, "name": name, **_slot_params(followers)}
        with stage_errors():
            for statement in (FORGET_WORDS, KEEP_WORDS, RENAME):
                await conn.execute(statement, params)


async def _vacate(
    conn: AsyncConnection, row: BoardRow, at: int, target: int | None, actor: Actor
) -> int:
    """Move the tasks of a column to another; how many.

    Raises:
        Refused: there are some, and no target.
    """
    layout = row.layout
    leaving = vacating(layout, at, await _held_slots(conn, row))
    left = layout.at(at)
    if not leaving:
        return 0
    if target is None:
        raise Refused(_holds(left.name, leaving))
    targets = [layout.at(target if to is None else to) for to in leaving.values()]
    params = {
        "board": row.id,
        **_slot_params(leaving),
        "to_stages": [column.name for column in targets],
        "to_ids": [column.id for column in targets],
        "from": left.name,
        "gate": left.gate.value,
        "type": actor.type,
        "actor": actor.id,
        "run": actor.run_id,
    }
    with stage_errors():
        await conn.execute(VACATE, params)
    return _count(leaving)


def _slot_params(slots: Collection[Slot]) -> dict[str, list[str]]:
    return {"ids": [slot.column_id for slot in slots], "stages": [slot.stage for slot in slots]}


def _count(slots: Collection[Slot]) -> int:
    return sum(slot.all for slot in slots)


def _holds(name: str, slots: Collection[Slot]) -> str:
    """Why a column cannot be removed."""
    count, still_open = _count(slots), sum(slot.open for slot in slots)
    tasks = f"{count} task{'' if count == 1 else 's'}"
    return f"{name!r} holds {tasks} ({still_open} open); say with --to where they are to go"


async def _write(
    conn: AsyncConnection, row: BoardRow, layout: Layout, update: Update, actor: Actor
) -> None:
    values: dict[str, Any] = {"columns": list(layout.items)}
    if layout.config != decoded(row.config):
        values["config"] = layout.config
    await board_rows.write(conn, row, values, update, actor)


def _told(layout: Layout, at: int) -> dict[str, Any]:
    """What an audit row tells of a column: its keys, and its limit."""
    item = layout.items[at]
    limit = layout.wip.get(item["name"])
    return {**item, **({"limit": limit} if limit is not None else {})}


def _settings(fields: Fields) -> Settings:
    settings = dict(fields)
    settings.pop("name", None)
    return cast(Settings, settings)


def written(columns: Sequence[Column], *, keep_ids: bool) -> list[dict[str, Any]]:
    """Columns as boards.columns holds them (`database.md` › Columns of a board), in their order.

    They get new ids; with `keep_ids`, only those that have none, or that of one before them.

    Raises:
        BadInput: there are none, or two of one name.
    """
    if not columns:
        raise BadInput("a board without columns holds no task; give it one at least")
    names = [column.name for column in columns]
    if len(set(names)) < len(names):
        raise BadInput("two columns of a board cannot have one name; rename one")
    ids: list[str] = []
    for column in columns:
        kept = keep_ids and column.id and column.id not in ids
        ids.append(column.id if kept else str(uuid.uuid4()))
    return [
        _stored(column, id_, position)
        for position, (column, id_) in enumerate(zip(columns, ids, strict=True))
    ]


def _stored(column: Column, id_: str, position: int) -> dict[str, Any]:
    return {
        **column.extra,
        "id": id_,
        "name": column.name,
        "label": column.label,
        "gate": column.gate.value,
        "action": column.action,
        "auto_advance": column.auto_advance,
        "transitions": [_transition(transition) for transition in column.transitions],
        "roles": list(column.roles),
        "color": column.color,
        "parallel": column.parallel,
        "on_fail": column.on_fail,
        "position": position,
    }


def _transition(transition: Transition) -> dict[str, Any]:
    return (
        {"event": transition.event, "target": transition.target}
        | ({"condition": transition.condition} if transition.condition else {})
        | ({"action": transition.action} if transition.action else {})
    )
