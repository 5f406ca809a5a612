"""Ticking a task's acceptance criteria, each for itself, however many do so at once."""

from __future__ import annotations

from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.criteria import Criterion, ticked
from genie_tui.errors import Conflict
from genie_tui.services.editing import edit_task, fields_of

__all__ = ["tick"]

FIELD = "acceptance_criteria"


async def tick(
    conn: AsyncConnection, task_id: str, criterion: Criterion, actor: Actor, *, done: bool
) -> None:
    """Say of one criterion that it is met, or not; what else was changed meanwhile stays.

    Raises:
        NotFound: there is no such task.
        Conflict: that criterion is not there any more, or was changed at this moment.
    """
    text = (await fields_of(conn, task_id))[FIELD] or ""
    changed = ticked(text, criterion, done=done)
    if changed is None:
        raise Conflict("that criterion was changed meanwhile; look at it again and repeat")
    await edit_task(conn, task_id, {FIELD: changed}, actor, seen={FIELD: text})
