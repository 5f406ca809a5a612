"""Undo and redo: one's own last change, taken back or made again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import click

from genie_tui.cli.asking import YES, confirm
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.transactions import Answer, Here, reply, within
from genie_tui.domain.text import clean
from genie_tui.errors import NotFound
from genie_tui.services import undo as undoing
from genie_tui.services.task_objects import objects

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from genie_tui.domain.actors import Actor
    from genie_tui.domain.undo import Undo
    from genie_tui.settings import Settings

__all__ = ["redo", "undo"]

Write = Callable[["AsyncConnection", "Actor", "Undo"], Awaitable[None]]


@click.command(cls=Command)
@YES
@pass_settings
def undo(settings: Settings, yes: bool) -> None:
    """Take back one's last change, after saying what that would do.

    What can be taken back is a change of a task's stage, lock, status, tags, priority or people;
    what was done to many at once, on all of them or on none. It is refused (exit 4) where a task
    was changed since. With --json: the task, with what was done under `undo`; a list of several.

    \b
    genie-tui task undo
    genie-tui task undo --yes
    """
    change = within(settings, lambda here: undoing.last(here.conn, here.me))
    if change is None:
        raise NotFound("there is no change of yours that can be undone; 'task log' shows a task's")
    _carry_out(settings, change, undoing.undo, yes=yes, would="take back", did="undone")


@click.command(cls=Command)
@YES
@pass_settings
def redo(settings: Settings, yes: bool) -> None:
    """Make again the change that one undid last, after saying what that would do.

    It is refused (exit 4) where a task was changed since. With --json: the task, with what was
    done under `redo`; a list of several.

    \b
    genie-tui task redo
    """
    change = within(settings, lambda here: undoing.last_undone(here.conn, here.me))
    if change is None:
        raise NotFound("there is nothing to make again; what was undone is, until the next change")
    _carry_out(settings, change, undoing.redo, yes=yes, would="make again", did="made again")


def _carry_out(
    settings: Settings, change: Undo, write: Write, *, yes: bool, would: str, did: str
) -> None:
    told = clean(change.text)
    if not yes:
        within(settings, lambda here: _try(here, change, write))
    confirm(f"This would {would} your last change: {told}.", yes=yes)

    async def work(here: Here) -> Answer:
        await write(here.conn, here.me, change)
        texts = {part.task_id: {"text": clean(part.text)} for part in change.parts}
        value = [
            {**task, write.__name__: texts[task["id"]]}
            for task in await objects(here.conn, change.task_ids)
        ]
        return Answer(value=value if len(texts) > 1 else value[0], text=f"{did}: {told}")

    reply(within(settings, work))


async def _try(here: Here, change: Undo, write: Write) -> None:
    """Ask nobody about what would be refused.

    Raises:
        Conflict: a task was changed since.
    """
    async with here.conn.transaction(force_rollback=True):
        await write(here.conn, here.me, change)
