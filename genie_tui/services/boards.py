"""Boards: the real ones, and those made up for tasks that have none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board, Column, parse_columns, parse_wip
from genie_tui.domain.text import given, line
from genie_tui.errors import Ambiguous, NotFound, Refused
from genie_tui.services import audit, board_rows
from genie_tui.services.cards import clamped
from genie_tui.services.columns import written
from genie_tui.services.templates import find_template
from genie_tui.services.windows import window

__all__ = [
    "board_of_task",
    "board_under",
    "check_unused",
    "create_board",
    "delete_board",
    "edit_board",
    "find_board",
    "first_board",
    "list_boards",
    "named_column",
    "window",
]

DEFAULT_TEMPLATE = DEFAULT_TYPE = "software"

_BOARD = f"""
    SELECT b.id, b.name, NULL::text AS type_id, b.project_id, p.name AS project_name,
           b.description, b.columns, b.config, {clamped("b.updated_at")} AS updated_at
      FROM boards b LEFT JOIN projects p ON p.id = b.project_id"""

_MADE_UP = """
    SELECT NULL::text AS id, y.name, y.id AS type_id, NULL::text AS project_id,
           NULL::text AS project_name, y.description, y.stages AS columns, NULL::jsonb AS config,
           NULL::timestamptz AS updated_at
      FROM task_types y"""

REAL = f"""{_BOARD}
     WHERE %(project)s::text IS NULL OR b.project_id IS NULL OR b.project_id = %(project)s
     ORDER BY b.project_id IS NULL, p.name, b.name, b.id
"""

# One probe of the index `tui_tasks_window` a type, whatever the number of tasks; it is the order
# that keeps the planner from reading tasks until it meets one.
MADE_UP = f"""{_MADE_UP}
     WHERE (SELECT true
              FROM tasks t
             WHERE coalesce(t.board_id, 'type:' || t.type_id) = 'type:' || y.id
               AND (%(project)s::text IS NULL OR t.project_id = %(project)s)
             ORDER BY t.project_id, coalesce(t.column_id, ''), t.stage
             LIMIT 1)
     ORDER BY y.name, y.id
"""

BY_ID = f"{_BOARD} WHERE b.id = %(name)s"

BY_NAME = f"""{_BOARD}
     WHERE lower(b.name) = lower(%(name)s)
     ORDER BY p.name, b.id
"""

BY_TYPE = f"""{_MADE_UP}
     WHERE 'type:' || y.id = %(name)s OR y.id = %(name)s
        OR lower(%(name)s) IN (lower(y.name), lower(y.name || ' (no board)'))
     ORDER BY 'type:' || y.id = %(name)s DESC, y.id = %(name)s DESC, y.id
     LIMIT 1
"""

# KEY SHARE: a column cannot be renamed or removed while a task is on its way into it.
OF_TASK = f"{_BOARD} WHERE b.id = %(board)s FOR KEY SHARE OF b"

UNDER_TASK = f"""{_BOARD}
     WHERE b.id = (SELECT t.board_id FROM tasks t WHERE t.id = %(task)s)
       FOR KEY SHARE OF b
"""

OF_TYPE = f"{_MADE_UP} WHERE y.id = %(type)s"

DELETE = "DELETE FROM boards WHERE id = %(id)s"

CREATE = """
    INSERT INTO boards (name, project_id, description, columns, config)
    VALUES (%(name)s, %(project)s, %(description)s, %(columns)s, %(config)s)
 RETURNING id
"""


async def list_boards(conn: AsyncConnection, *, project_id: str | None = None) -> tuple[Board, ...]:
    """The boards of a project (of all, where none is named), then the global ones.

    After them, for each task type that has tasks without a board, the one made up for these.
    """
    params = {"project": project_id}
    return (*await _boards(conn, REAL, params), *await _boards(conn, MADE_UP, params))


async def find_board(
    conn: AsyncConnection, name_or_id: str, *, project_id: str | None = None
) -> Board:
    """The board of that id (or `Board.key`), else of that name, whose case does not matter.

    A name is looked for in the project, then among the global boards, then anywhere, and at last
    among the task types, whose boards are made up.

    Raises:
        NotFound: there is none.
        Ambiguous: several projects have one, and none of them is `project_id`.
    """
    params = {"name": given(name_or_id, "the board's name")}
    if found := await _boards(conn, BY_ID, params):
        return found[0]
    named = await _boards(conn, BY_NAME, params)
    for owner in (project_id, None):
        if chosen := [board for board in named if board.project_id == owner]:
            return _closest(chosen, name_or_id)
    if len(named) > 1:
        raise Ambiguous(f"{name_or_id!r} is each of {_listed(named)}; name one by its id")
    if found := named or await _boards(conn, BY_TYPE, params):
        return found[0]
    raise NotFound(f"no board {name_or_id!r}; 'genie-tui board list' shows them")


async def board_of_task(conn: AsyncConnection, board_id: str | None, type_id: str) -> Board:
    """The board on which a task stands; its columns stay as they are until the transaction ends.

    A board or type that is gone has no columns: its tasks are orphaned.
    """
    query = OF_TASK if board_id is not None else OF_TYPE
    found = await _boards(conn, query, {"board": board_id, "type": type_id})
    if found:
        return found[0]
    key = board_id if board_id is not None else type_id
    return Board(id=board_id, name=key, type_id=None if board_id else type_id, columns=())


async def board_under(conn: AsyncConnection, task_id: str) -> Board | None:
    """The board on which a task stood when this was asked, its columns held; None without one.

    Asked for before the task is held: who changes columns holds the board first and then tasks.
    """
    return next(iter(await _boards(conn, UNDER_TASK, {"task": task_id})), None)


async def first_board(conn: AsyncConnection, project_id: str | None = None) -> Board:
    """The board that is meant where none is named: the project's first, else one it has tasks on.

    Else a global one; with none at all, that made up for the task type `software`.
    """
    found = await list_boards(conn, project_id=project_id)
    own = [board for board in found if board.project_id is not None or board.id is None]
    if chosen := own or found:
        return chosen[0]
    return await find_board(conn, f"type:{DEFAULT_TYPE}")


def named_column(board: Board, name: str) -> Column:
    """The column that goes by a name or label; case matters only where two differ in it alone.

    Raises:
        NotFound: there is none; the message lists them.
    """
    folded = name.casefold()
    found = (
        board.column(name)
        or next((c for c in board.columns if c.name.casefold() == folded), None)
        or next((c for c in board.columns if c.label.casefold() == folded), None)
    )
    if found is not None:
        return found
    there_are = ", ".join(column.name for column in board.columns) or "none"
    raise NotFound(f"no stage {name!r} on {board.name}; there are {there_are}")


async def create_board(
    conn: AsyncConnection,
    name: str,
    *,
    project_id: str | None = None,
    description: str | None = None,
    template: str | None = None,
    columns: Sequence[Column] | None = None,
    limits: Mapping[str, int] | None = None,
    actor: Actor | None = None,
) -> Board:
    """Make a board, global without a project, with these columns or those of a template.

    Without either, the columns are those of the template `software`. Columns get new ids, and
    their positions from their order. `limits` are soft limits of tasks, by the columns' names.

    Raises:
        Conflict: there is a board of that name already.
        NotFound: no such template or project.
        BadInput: no columns, or two of one name; or what cannot be stored.
    """
    if columns is None:
        columns = (await find_template(conn, template or DEFAULT_TEMPLATE)).columns
    params = {
        "name": line(name, "a board's name"),
        "project": project_id,
        "description": given(description or "", "the description") or None,
        "columns": audit.json_value(written(columns, keep_ids=False)),
        "config": audit.json_value({"wip": dict(limits)} if limits else {}),
    }
    board_id = await _insert(conn, params)
    details = {"name": params["name"]}
    await audit.record(conn, board_id, "created", actor, details, entity_type="board")
    return (await _boards(conn, BY_ID, {"name": board_id}))[0]


async def edit_board(
    conn: AsyncConnection,
    board: Board,
    *,
    name: str | None = None,
    description: str | None = None,
    actor: Actor,
    seen: datetime | None = None,
) -> tuple[str, ...]:
    """Rename or describe a board; an empty description takes it away. What was changed.

    `seen` is the board's updated_at as the actor saw it, where they decided by what they saw.

    Raises:
        Conflict: there is a board of that name; or it was changed since it was seen.
        Refused: it is made up.
        NotFound: it is gone.
        BadInput: the name says nothing, or something cannot be stored.
    """
    row = await board_rows.hold(conn, board, seen)
    wanted: dict[str, str | None] = {}
    if name is not None:
        wanted["name"] = line(name, "a board's name")
    if description is not None:
        wanted["description"] = given(description, "the description").strip() or None
    was = {"name": row.name, "description": row.description}
    values = {key: value for key, value in wanted.items() if was[key] != value}
    if values:
        told = {"before": {key: was[key] for key in values}, "after": values}
        update = board_rows.Update(event="edited", details=told)
        await board_rows.write(conn, row, values, update, actor)
    return tuple(values)


async def check_unused(conn: AsyncConnection, board: Board) -> None:
    """Can a board be deleted?

    Raises:
        Refused: tasks refer to it.
    """
    slots = (await board_rows.slots(conn, [board.key]))[board.key]
    if count := sum(slot.all for slot in slots):
        still_open = sum(slot.open for slot in slots)
        tasks = f"{count} task{'' if count == 1 else 's'}"
        raise Refused(
            f"{board.name} holds {tasks} ({still_open} open), of whatever project; "
            "delete them first, or keep the board for what was done"
        )


async def delete_board(conn: AsyncConnection, board: Board, actor: Actor) -> None:
    """Delete a board to which no task refers.

    Raises:
        Refused: some do; or it is made up.
        NotFound: it is gone.
    """
    row = await board_rows.hold(conn, board)
    await check_unused(conn, board)
    await conn.execute(DELETE, {"id": row.id})
    details = {"name": row.name, "project_id": row.project_id}
    await audit.record(conn, row.id, "deleted", actor, details, entity_type="board")


async def _insert(conn: AsyncConnection, params: dict[str, Any]) -> str:
    try:
        async with conn.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(CREATE, params)
            row = await cursor.fetchone()
    except errors.UniqueViolation as error:
        raise board_rows.taken(params["name"]) from error
    except errors.ForeignKeyViolation as error:
        raise NotFound(
            f"no project {params['project']!r}; 'genie-tui project list' shows them"
        ) from error
    assert row is not None
    return str(row[0])


async def _boards(conn: AsyncConnection, query: str, params: dict[str, Any]) -> tuple[Board, ...]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, params)
        return tuple(_board(row) for row in await cursor.fetchall())


def _board(row: dict[str, Any]) -> Board:
    columns, config = parse_columns(row.pop("columns")), row.pop("config")
    if row["id"] is None:
        row["name"] = f"{row['name']} (no board)"
    return Board(**row, columns=columns, wip=parse_wip(config))


def _closest(boards: Sequence[Board], name: str) -> Board:
    """Of boards whose names differ in case at most, the one that was written just so."""
    return next((board for board in boards if board.name == name), boards[0])


def _listed(boards: Iterable[Board]) -> str:
    return ", ".join(f"{board.project_name}/{board.name} ({board.id})" for board in boards)
