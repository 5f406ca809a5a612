"""Locks: one run at a time works on a task, for so long at most."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

import click
import psycopg

from genie_tui.cli import arguments, bulk, output
from genie_tui.cli.asking import YES, confirm
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.db.connection import Database
from genie_tui.db.failures import explained
from genie_tui.domain.durations import ENDLESS, countdown
from genie_tui.errors import Conflict, NothingReady
from genie_tui.services import boards
from genie_tui.services import checkout as locks
from genie_tui.services.tags import find_tag
from genie_tui.services.task_objects import object_of
from genie_tui.services.task_rows import hold
from genie_tui.services.tasks import get_task
from genie_tui.services.waiting import until
from genie_tui.services.whereabouts import me

if TYPE_CHECKING:
    from genie_tui.cli.bulk import Outcome
    from genie_tui.domain.boards import Board
    from genie_tui.domain.tasks import Task
    from genie_tui.services.bulk import Seen
    from genie_tui.settings import Settings

__all__ = ["checkout", "claim", "claim_task", "release", "renew", "unlock"]

REF = click.argument("reference", metavar="REF", type=arguments.TASK)
TIMEOUT = click.option(
    "--timeout", type=arguments.LENGTH, help="How long the lock lasts: 10m, 1h30m  [the task's own]"
)


@click.command(cls=Command)
@click.option("--stage", type=arguments.STAGE, help="Only of this stage.")
@click.option("--priority", type=arguments.PRIORITY, help="Only of this priority.")
@click.option("--tag", type=arguments.TAG, help="Only with this tag.")
@TIMEOUT
@click.option("--wait", type=arguments.LENGTH, help="Wait so long until a task is ready.")
@pass_settings
def claim(
    settings: Settings,
    stage: str | None,
    priority: str | None,
    tag: str | None,
    timeout: timedelta | None,
    wait: timedelta | None,
) -> None:
    """Check out the next task that is ready: the most pressing, then the one due first.

    However many ask at once, each gets another task. Nothing ready: exit 3. With --json: the task.

    \b
    genie-tui task claim --stage build --timeout 30m
    genie-tui task claim --board Sprint-12 --tag bug --wait 1h --json
    """

    async def attempt(here: Here) -> Answer:
        return await _claim(here, stage=stage, priority=priority, tag=tag, timeout=timeout)

    try:
        answer = within(settings, attempt)
    except NothingReady as nothing:
        if wait is None or (later := asyncio.run(_claim_later(settings, attempt, wait))) is None:
            raise nothing from None
        answer = later
    reply(answer)


async def _claim(
    here: Here,
    *,
    stage: str | None,
    priority: str | None,
    tag: str | None,
    timeout: timedelta | None,  # noqa: ASYNC109
) -> Answer:
    task = await claim_task(here, stage=stage, priority=priority, tag=tag, timeout=timeout)
    return Answer(value=await object_of(here.conn, task.id), text=_locked(task))


async def claim_task(
    here: Here,
    *,
    stage: str | None,
    priority: str | None,
    tag: str | None,
    timeout: timedelta | None,  # noqa: ASYNC109
) -> Task:
    """Check out the next task that is ready, of the board or project that is meant.

    Raises:
        NothingReady: there is none.
        NotFound, Ambiguous: no such board, stage or tag.
    """
    board = await here.board()
    if stage is not None and board is not None:
        stage = boards.named_column(board, stage).name
    wanted = await find_tag(here.conn, tag) if tag is not None else None
    for place in await _places(here, board):
        with suppress(NothingReady):
            return await locks.claim_next(
                here.conn,
                here.me,
                board=board,
                stage=stage,
                priority=priority,
                tag=wanted.id if wanted else None,
                timeout=timeout,
                **place,
            )
    asked = {"stage": stage, "priority": priority, "tag": tag, "board": board and board.name}
    only = ", ".join(f"{name} {value}" for name, value in asked.items() if value is not None)
    where = f" ({only})" if only else ""
    raise NothingReady(f"no task is ready{where}; try again later, or --wait 10m")


class _Place(TypedDict, total=False):
    """Whose tasks are claimed: a project's, or those of a repository that belong to none."""

    project_id: str
    repo_path: str


async def _places(here: Here, board: Board | None) -> Sequence[_Place]:
    """Where tasks are claimed, one after the other; anywhere on a board of one project alone."""
    if here.settings.all_projects or (board is not None and board.project_id is not None):
        return [{}]
    if (project := await here.project()) is None:
        return [{"repo_path": await here.repository()}]
    unlinked: list[_Place] = [{"repo_path": project.repo_path}] if project.repo_path else []
    return [{"project_id": project.id}, *unlinked]


async def _claim_later(
    settings: Settings, attempt: Callable[[Here], Awaitable[Answer]], wait: timedelta
) -> Answer | None:
    """Claim as soon as a task is ready; None where none is within that time."""

    async def once() -> Answer | None:
        try:
            async with database.connection() as conn:
                return await attempt(Here(conn=conn, settings=settings, me=me(settings)))
        except NothingReady:
            return None
        except psycopg.Error as error:
            raise explained(error) from error

    with output.progress() as say:
        say("waiting for a task")
        async with Database(settings) as database:
            return await until(database, once, seconds=wait.total_seconds())


@click.command(cls=Command)
@REF
@TIMEOUT
@bulk.OVERRIDE
@pass_settings
def checkout(settings: Settings, reference: str, timeout: timedelta | None, override: bool) -> None:
    """Lock a task, to work on it; one's own lock is renewed.

    Free tasks and those whose lock is over can be had; a person may insist on taking one that
    another holds. It is refused (exit 4) where a task is held, closed, blocked or waits for
    another. With --json: the task.

    \b
    genie-tui task checkout 12 --timeout 1h
    """

    async def one(here: Here, task: Seen, insist: bool) -> Outcome:
        await locks.checkout_task(here.conn, task.id, here.me, timeout=timeout, take_live=insist)
        return bulk.Outcome(text=_locked(await get_task(here.conn, task.id)))

    chosen = bulk.Chosen(references=(reference,), wanted=None, yes=False)
    bulk.act(settings, chosen, one, doing="check out {}", override=override)


@click.command(cls=Command)
@REF
@TIMEOUT
@transaction
async def renew(
    here: Here,
    reference: str,
    timeout: timedelta | None,  # noqa: ASYNC109
) -> Answer:
    """Keep one's lock for longer: its time begins anew.

    It is lost (exit 4) where another run has taken it meanwhile. With --json: the task.

    \b
    genie-tui task renew 12
    """
    task_id = await here.task(reference)
    await locks.renew_lock(here.conn, task_id, here.me, timeout=timeout)
    text = _locked(await get_task(here.conn, task_id))
    return Answer(value=await object_of(here.conn, task_id), text=text)


@click.command(cls=Command)
@REF
@transaction
async def release(here: Here, reference: str) -> Answer:
    """Give one's lock back: the task is ready again.

    What is done, blocked or failed stays so. With --json: the task.

    \b
    genie-tui task release 12
    """
    task_id = await here.task(reference)
    await locks.release_task(here.conn, task_id, here.me)
    task = await get_task(here.conn, task_id)
    text = f"#{task.seq} released; it is {task.status.replace('_', ' ')}"
    return Answer(value=await object_of(here.conn, task_id), text=text)


@click.command(cls=Command)
@REF
@YES
@pass_settings
def unlock(settings: Settings, reference: str, yes: bool) -> None:
    """Break a lock, whoever holds it: their work may be lost, so it is confirmed.

    With --json: the task.

    \b
    genie-tui task unlock 12 --yes
    """
    seen, left = within(settings, lambda here: _look(here, reference))
    if seen.lock is not None:
        confirm(
            f"This takes #{seen.seq} {bulk.shortened(seen.title)} from {seen.lock.holder}, {left}.",
            yes=yes,
        )
    reply(within(settings, lambda here: _unlock(here, seen)))


async def _look(here: Here, reference: str) -> tuple[Task, str]:
    """A task, and for how long its lock lasts."""
    task = await get_task(here.conn, await here.task(reference))
    left = task.lock.left(datetime.now(UTC)) if task.lock else timedelta(0)
    if left < timedelta(0):
        return task, "whose lock is over"
    long = "without expiry" if left >= ENDLESS else f"for {countdown(left)} more"
    return task, f"who holds it {long}"


async def _unlock(here: Here, seen: Task) -> Answer:
    """Take away the lock that was seen.

    Raises:
        Conflict: another run holds the task by now.
    """
    row = await hold(here.conn, seen.id)
    if row.lock is not None and (seen.lock is None or row.lock.run_id != seen.lock.run_id):
        raise Conflict(f"#{row.seq} is locked by {row.lock.holder} by now; look at it again")
    unlocked = await locks.unlock_task(here.conn, seen.id, here.me)
    text = f"#{row.seq} unlocked" if unlocked else f"#{row.seq} is not locked"
    return Answer(value=await object_of(here.conn, seen.id), text=text)


def _locked(task: Task) -> str:
    length = countdown(task.lock.timeout) if task.lock else "0:00"
    return f"#{task.seq} {bulk.shortened(task.title)}: locked for {length}"
