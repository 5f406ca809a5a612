"""Boards as they are stored, oddly too, and what the log tells of them."""

from __future__ import annotations

import json
from typing import Any

from psycopg import AsyncConnection

from genie_tui.domain.boards import Board
from genie_tui.services import boards
from tests.services.making import rows

__all__ = ["ODD", "names", "now", "odd_board", "stored", "told"]

ODD: list[Any] = [
    {"name": "todo", "gate": "wizard", "wip_limit": 3, "transitions": "none"},
    5,
    {"note": "no column"},
    {
        "id": "c-doing",
        "name": "doing",
        "position": 7,
        "on_fail": "todo",
        "transitions": [
            {"event": "advance", "target": "done", "guard": {"tests": "green"}},
            "odd",
        ],
    },
    {"id": "c-done", "name": "done", "position": 8, "on_fail": "doing"},
]
"""Columns as a client may store them that knows more, or less, than this one."""


async def odd_board(conn: AsyncConnection, config: object = None, *, text: bool = False) -> Board:
    """A board whose columns are ODD, as JSON or as a string that holds it."""
    config = config if config is not None else {"theme": "dark", "wip": {"doing": 2, "x": "y"}}
    stored = [json.dumps(value) for value in (ODD, config)]
    stored = [json.dumps(value) for value in stored] if text else stored
    await conn.execute(
        "INSERT INTO boards (name, columns, config) VALUES ('Odd', %s::jsonb, %s::jsonb)", stored
    )
    return await boards.find_board(conn, "Odd")


async def stored(conn: AsyncConnection, board: Board) -> dict[str, Any]:
    """A board's row."""
    (row,) = await rows(conn, "SELECT * FROM boards WHERE id = %(id)s", id=board.id)
    return row


async def now(conn: AsyncConnection, board: Board) -> Board:
    return await boards.find_board(conn, board.key)


async def names(conn: AsyncConnection, board: Board) -> list[str]:
    return [column.name for column in (await now(conn, board)).columns]


async def told(conn: AsyncConnection, board: Board) -> list[tuple[str, str | None, Any]]:
    """What the audit log tells of a board after it was made."""
    found = await rows(
        conn,
        "SELECT event_type, actor, details FROM audit_events"
        " WHERE entity_type = 'board' AND entity_id = %(id)s AND event_type <> 'created'"
        " ORDER BY id",
        id=board.id,
    )
    return [(row["event_type"], row["actor"], row["details"]) for row in found]
