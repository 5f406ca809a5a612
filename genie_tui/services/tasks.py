"""Tasks: made, read, and given priority, people and tags."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from psycopg import AsyncConnection, errors
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.tasks import Priority, Task
from genie_tui.domain.text import given, line, prose
from genie_tui.errors import BadInput, Conflict, GenieError, NotFound
from genie_tui.services import audit, projects
from genie_tui.services import cards as card_rows
from genie_tui.services.boards import board_of_task, named_column
from genie_tui.services.cards import cards
from genie_tui.services.people import add_actor, assign, remove_actor, unassign
from genie_tui.services.references import resolve
from genie_tui.services.statuses import (
    block_task,
    cancel_task,
    done_task,
    fail_task,
    reopen_task,
    unblock_task,
)
from genie_tui.services.tags import tag, untag
from genie_tui.services.task_rows import hold, no_task, stage_errors, write

__all__ = [
    "add_actor",
    "assign",
    "block_task",
    "cancel_task",
    "cards",
    "create_task",
    "done_task",
    "fail_task",
    "get_task",
    "remove_actor",
    "reopen_task",
    "resolve",
    "set_priority",
    "tag",
    "unassign",
    "unblock_task",
    "untag",
]


class More(TypedDict, total=False):
    """What else a new task can be given."""

    due: datetime | None
    parent_id: str | None
    wish_file: str | None
    group_name: str | None
    start_date: datetime | None
    estimated_effort: str | None
    release_id: str | None


CREATE = """
    INSERT INTO tasks (seq, repo_path, project_id, board_id, column_id, type_id, stage, status,
                       priority, title, description, acceptance_criteria, parent_id, wish_file,
                       group_name, start_date, due_date, estimated_effort, release_id)
    VALUES (0, %(repo_path)s, %(project)s, %(board)s, %(column)s, %(type)s, %(stage)s, 'ready',
            %(priority)s, %(title)s, %(description)s, %(acceptance_criteria)s, %(parent_id)s,
            %(wish_file)s, %(group_name)s, %(start_date)s, %(due)s, %(estimated_effort)s,
            %(release_id)s)
        ON CONFLICT (id) DO NOTHING
 RETURNING id
"""


async def create_task(
    conn: AsyncConnection,
    repo_path: str,
    *,
    title: str,
    actor: Actor,
    board: Board | None = None,
    stage: str | None = None,
    type_id: str = "software",
    priority: Priority | str = Priority.NORMAL,
    description: str | None = None,
    acceptance_criteria: str | None = None,
    tags: Sequence[str] = (),
    assignees: Sequence[Actor] = (),
    **more: Unpack[More],
) -> Task:
    """Make a task, ready, in the stage asked for: else in `draft`, else in the first column.

    Without a board it stands on the board of its type. `tags` are ids or names.

    Raises:
        NotFound: no such board, type, stage, parent or tag.
        BadInput: the title says nothing, or the priority is none.
        Conflict: the parent has a task of that group already.
    """
    params = {
        "title": line(title, "a task's title"),
        "priority": _priority(priority).value,
        "description": _optional(description, "the description"),
        "acceptance_criteria": _optional(acceptance_criteria, "the acceptance criteria"),
        **dict.fromkeys(More.__annotations__),
        **{name: _storable(name, value) for name, value in more.items()},
        **await _place(conn, board, type_id, stage),
        "repo_path": repo_path,
        "project": (await projects.ensure_project(conn, repo_path, actor)).id,
    }
    task_id = await _insert(conn, params)
    await _introduce(conn, task_id, params, actor, tags, assignees)
    return await get_task(conn, task_id)


async def _place(
    conn: AsyncConnection, board: Board | None, type_id: str, stage: str | None
) -> dict[str, str | None]:
    """Where a new task goes; the board is read again, as it may have changed since it was shown."""
    type_id = (board and board.type_id) or type_id
    on = await board_of_task(conn, board.id if board else None, type_id)
    if not on.columns:
        raise NotFound(f"no board or type {on.name!r} with columns; 'genie-tui board list'")
    column = named_column(on, stage) if stage else on.column("draft") or on.columns[0]
    return {
        "board": on.id,
        "type": type_id,
        "stage": column.name,
        "column": column.id if on.id is not None else None,
    }


async def _insert(conn: AsyncConnection, params: dict[str, Any]) -> str:
    """Insert until the id that the database draws is free: of 100,000 tasks, one in 43,000 is not.

    The eight hex digits of an id are the contract's.
    """
    row = None
    try:
        while row is None:
            with stage_errors():
                async with conn.cursor(row_factory=tuple_row) as cursor:
                    await cursor.execute(CREATE, params)
                    row = await cursor.fetchone()
    except errors.IntegrityError as error:
        raise _not_possible(error, params) from error
    return str(row[0])


def _not_possible(error: errors.IntegrityError, params: dict[str, Any]) -> GenieError:
    match error.diag.constraint_name:
        case "tasks_parent_id_fkey":
            return no_task(params["parent_id"])
        case "tasks_type_id_fkey":
            return NotFound(f"no task type {params['type']!r}; 'software' is always there")
        case "tasks_parent_id_group_name_key":
            return Conflict(f"group {params['group_name']!r} is taken there; choose another name")
    return Conflict(f"{error.diag.message_primary}; look again and repeat")


async def _introduce(
    conn: AsyncConnection,
    task_id: str,
    params: dict[str, Any],
    actor: Actor,
    tags: Sequence[str],
    assignees: Sequence[Actor],
) -> None:
    """The rows beside a new task's own."""
    told = {name: params[name] for name in ("title", "stage")}
    await audit.record(conn, task_id, "created", actor, told)
    await add_actor(conn, task_id, actor, "creator", audited=False)
    for name in tags:
        await tag(conn, task_id, name, actor)
    for person in assignees:
        await assign(conn, task_id, person, by=actor)


def _priority(value: Priority | str) -> Priority:
    try:
        return Priority(value)
    except ValueError:
        known = ", ".join(Priority)
        raise BadInput(f"no priority {value!r}; it is one of {known}") from None


def _storable(name: str, value: Any) -> Any:
    return given(value, name.replace("_", " ")) if isinstance(value, str) else value


def _optional(text: str | None, what: str) -> str | None:
    return prose(text, what) if text and text.strip() else None


async def get_task(conn: AsyncConnection, task_id: str) -> Task:
    """A task in full.

    Raises:
        NotFound: there is none of that id.
    """
    if (found := await card_rows.task(conn, task_id)) is None:
        raise no_task(task_id)
    return found


async def set_priority(
    conn: AsyncConnection, task_id: str, priority: Priority | str, actor: Actor
) -> bool:
    """Give a task another priority; False where it had that one."""
    row = await hold(conn, task_id)
    wanted = _priority(priority).value
    if row.priority == wanted:
        return False
    details = {"from": row.priority, "to": wanted}
    await write(conn, row, {"priority": wanted}, event="priority", actor=actor, details=details)
    return True
