"""What a task waits for and holds up, near and far; and what could be linked to it."""

from __future__ import annotations

from collections.abc import Collection

from psycopg import AsyncConnection
from psycopg.rows import class_row

from genie_tui.domain.dependencies import Dependency
from genie_tui.domain.tasks import Card
from genie_tui.domain.windows import Span
from genie_tui.services import boards
from genie_tui.services.cards import cards

__all__ = ["beside", "neighbours"]

# Both ends are among a few hundred.
BETWEEN = """
    SELECT d.task_id, d.depends_on_id, d.dep_type
      FROM task_dependencies d
     WHERE d.task_id = ANY(%(ids)s) AND d.depends_on_id = ANY(%(ids)s)
     ORDER BY d.task_id, d.depends_on_id
     LIMIT %(limit)s
"""


async def beside(
    conn: AsyncConnection, ids: Collection[str], *, limit: int = 5_000
) -> tuple[Dependency, ...]:
    """The rows that link some tasks to each other."""
    async with conn.cursor(row_factory=class_row(Dependency)) as cursor:
        await cursor.execute(BETWEEN, {"ids": list(ids), "limit": limit})
        return tuple(await cursor.fetchall())


async def neighbours(conn: AsyncConnection, task_id: str, *, limit: int = 60) -> tuple[Card, ...]:
    """The tasks of the same board, as many of each column as come first there."""
    found = await cards(conn, [task_id])
    if not found:
        return ()
    (card,) = found
    board = await boards.find_board(conn, card.board_id or f"type:{card.type_id}")
    spans = [Span(column_id=column.id, offset=0, limit=limit) for column in board.columns]
    project_id = card.project_id if board.project_id is None else None
    window = await boards.window(conn, board, spans, project_id=project_id)
    return tuple(other for page in window.pages for other in page.cards if other.id != task_id)
