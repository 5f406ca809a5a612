"""What keys do to one task: each verb is one transaction."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.tasks import Priority, Task
from genie_tui.domain.undo import Undo
from genie_tui.errors import NotFound, Refused
from genie_tui.services import checkout, conversations, panes, projects, stages, tasks, undo
from genie_tui.services.whereabouts import repository
from genie_tui.ui.workspace import Place

__all__ = ["Verbs"]

DEFAULT_TYPE = "software"
"""The task type whose board is shown where there is no other."""


class Verbs:
    """Each gives a sentence where the screen does not show by itself what came of it."""

    _me: Actor

    def _transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """One transaction, whose failures are all of a kind that can be shown."""
        raise NotImplementedError

    async def create(
        self, place: Place, stage: str, *, title: str, priority: str, description: str
    ) -> Task:
        """Make a task in a column."""
        async with self._transaction() as conn:
            board = place.board
            return await tasks.create_task(
                conn,
                await self._repository(conn, place),
                title=title,
                actor=self._me,
                board=board if board.id is not None else None,
                type_id=board.type_id or DEFAULT_TYPE,
                stage=stage,
                priority=Priority(priority),
                description=description.strip() or None,
            )

    async def _repository(self, conn: AsyncConnection, place: Place) -> str:
        project_id = place.board.project_id or place.project_id
        if project_id is not None:
            project = await projects.get_project(conn, project_id)
            if project.repo_path is None:
                raise Refused(
                    f"the project {project.name} has no repository; make the task from within one"
                )
            return project.repo_path
        return repository()

    async def advance(self, task_id: str, *, override: bool) -> str:
        """On to the next column."""
        async with self._transaction() as conn:
            outcome = await stages.advance_task(conn, task_id, self._me, override=override)
        if outcome.refused:
            raise Refused(outcome.message)
        return "" if outcome.moved else outcome.message

    async def send_back(self, task_id: str, reason: str) -> None:
        """Back to where it came from; the reason becomes a comment."""
        async with self._transaction() as conn:
            await stages.send_back(conn, task_id, self._me, reason=reason.strip() or None)

    async def move(self, task_id: str, stage: str) -> None:
        """To any column."""
        async with self._transaction() as conn:
            await stages.move_task(conn, task_id, stage, self._me)

    async def checkout(self, task_id: str, *, override: bool) -> str:
        """Take the lock, or renew it."""
        async with self._transaction() as conn:
            await checkout.checkout_task(conn, task_id, self._me, take_live=override)
        return ""

    async def release(self, task_id: str) -> str:
        """Give the lock back."""
        async with self._transaction() as conn:
            await checkout.release_task(conn, task_id, self._me)
        return ""

    async def unlock(self, task_id: str) -> str:
        """Break the lock, whoever holds it."""
        async with self._transaction() as conn:
            await checkout.unlock_task(conn, task_id, self._me)
        return ""

    async def done(self, task_id: str, *, override: bool) -> str:
        """Done."""
        async with self._transaction() as conn:
            await tasks.done_task(conn, task_id, self._me, override=override)
        return ""

    async def block(self, task_id: str, reason: str) -> None:
        """Blocked, for a reason."""
        async with self._transaction() as conn:
            await tasks.block_task(conn, task_id, reason, self._me)

    async def unblock(self, task_id: str) -> str:
        """No longer blocked."""
        async with self._transaction() as conn:
            await tasks.unblock_task(conn, task_id, self._me)
        return ""

    async def comment(self, task_id: str, body: str) -> None:
        """Say something about it."""
        async with self._transaction() as conn:
            await conversations.comment(conn, task_id, body, self._me)

    async def reopen(self, task_id: str) -> str:
        """Take up again what was closed."""
        async with self._transaction() as conn:
            await tasks.reopen_task(conn, task_id, self._me)
        return ""

    async def go_to_pane(self, task_id: str) -> None:
        """Bring the pane of a task's agent before the user."""
        async with self._transaction() as conn:
            pane, session = await panes.pane_of_task(conn, task_id)
        await panes.go_to(pane, session)

    async def last_change(self) -> Undo | None:
        """My last change that can be taken back."""
        async with self._transaction() as conn:
            return await undo.last(conn, self._me)

    async def undo(self, change: Undo) -> str:
        """Take a change back."""
        async with self._transaction() as conn:
            await undo.undo(conn, self._me, change)
        return f"undone: {change.text}"

    async def redo(self) -> str:
        """Do again what was taken back last."""
        async with self._transaction() as conn:
            again = await undo.last_undone(conn, self._me)
            if again is None:
                raise NotFound("nothing was undone; there is nothing to do again")
            await undo.redo(conn, self._me, again)
        return f"done again: {again.text}"
