"""`genie-tui event`: what happens, as it happens, and what has happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
import psycopg

from genie_tui.cli import arguments, output
from genie_tui.cli.options import Command, pass_settings, wants_json
from genie_tui.cli.transactions import Here
from genie_tui.db.connection import Database
from genie_tui.db.failures import explained
from genie_tui.domain.changes import Change, EventKind, LinkState
from genie_tui.domain.text import clean
from genie_tui.errors import NoDatabase
from genie_tui.services.feed import Feed
from genie_tui.services.whereabouts import me

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from genie_tui.domain.changes import Event
    from genie_tui.settings import Settings

__all__ = ["list_", "tail"]

PAGE = 500
PAGES_AT_MOST = 40
"""So far back is looked for events of which few are wanted."""

AGAIN = 0.5
"""Seconds between two tries while the server is away."""

KIND = click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in EventKind], case_sensitive=False),
    help="Of this kind.",
)
ACTOR = click.option("--actor", metavar="WHO", type=arguments.ACTOR, help="By this one.")
TASK = click.option("--task", "reference", metavar="REF", type=arguments.TASK, help="About it.")

PROJECTS = "SELECT id, project_id FROM tasks WHERE id = ANY(%(ids)s)"


@dataclass(slots=True, kw_only=True)
class Wanted:
    """Which events are asked for; `scope` is a project's id, None for all.

    The projects of the tasks that events are about are looked up once.
    """

    scope: str | None
    kinds: frozenset[str]
    actor: str | None
    task_id: str | None
    projects: dict[str, str | None] = field(default_factory=dict)

    async def of(self, conn: AsyncConnection, events: Sequence[Event]) -> list[Event]:
        """Those of these events that are asked for."""
        await self._learn(conn, events)
        return [event for event in events if self.wants(event)]

    async def _learn(self, conn: AsyncConnection, events: Sequence[Event]) -> None:
        ids = {event.task_id for event in events if event.task_id} - self.projects.keys()
        if self.scope is not None and ids:
            cursor = await conn.execute(PROJECTS, {"ids": list(ids)})
            self.projects.update(dict(await cursor.fetchall()))

    def wants(self, event: Event) -> bool:
        """Is it asked for, as far as is known of its task?"""
        # A task that is gone may have been anybody's.
        project = self.projects.get(event.task_id, self.scope) if event.task_id else self.scope
        return (
            (self.scope is None or project == self.scope)
            and (not self.kinds or event.kind in self.kinds)
            and (self.actor is None or event.actor == self.actor)
            and (self.task_id is None or event.task_id == self.task_id)
        )


@click.command("list", cls=Command)
@KIND
@ACTOR
@TASK
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@pass_settings
def list_(
    settings: Settings,
    kinds: tuple[str, ...],
    actor: str | None,
    reference: str | None,
    limit: int,
) -> None:
    """List what has happened, oldest first.

    With --json: a list of events.

    \b
    genie-tui event list
    genie-tui event list --task 12 --json
    """

    async def look() -> list[Event]:
        async with Database(settings) as database:
            feed = Feed(database)
            found: list[Event] = []
            async with database.connection() as conn:
                wanted = await _wanted(conn, settings, kinds, actor, reference)
                page = await feed.history(conn, limit=PAGE)
                for _ in range(PAGES_AT_MOST):
                    found = [*await wanted.of(conn, page), *found]
                    if len(found) >= limit or not page:
                        break
                    page = await feed.history(conn, before=page[0], limit=PAGE)
            return found[-limit:]

    found = _run(look)
    if wants_json():
        output.write_json([_value(event) for event in found])
        return
    for each in found:
        click.echo(_line(each))
    if not found:
        click.echo("nothing like that has happened")


@click.command(cls=Command)
@KIND
@ACTOR
@TASK
@click.option("--last", type=click.IntRange(0), default=10, show_default=True, help="Begin with.")
@pass_settings
def tail(
    settings: Settings,
    kinds: tuple[str, ...],
    actor: str | None,
    reference: str | None,
    last: int,
) -> None:
    """Tell what happens as it happens, until interrupted.

    Nothing is left out or told twice when the server goes away and comes back. With --json: one
    event a line.

    \b
    genie-tui event tail
    genie-tui event tail --kind message --actor eng-1 --json
    """

    async def follow() -> None:
        async with Database(settings) as database:
            feed = Feed(database)
            async with database.connection() as conn:
                wanted = await _wanted(conn, settings, kinds, actor, reference)
                past = await wanted.of(conn, await feed.history(conn, limit=PAGE))
            for each in past[len(past) - min(last, len(past)) :]:
                _print(each)
            await _follow(database, feed, wanted)

    _run(follow)


async def _follow(database: Database, feed: Feed, wanted: Wanted) -> None:
    """Print what the feed delivers; whatever ends the printing ends the feed."""
    arrived: asyncio.Queue[tuple[Event, ...]] = asyncio.Queue()

    async def write() -> None:
        while True:
            for each in await _chosen(database, wanted, await arrived.get()):
                _print(each)

    def deliver(change: Change) -> None:
        if change.events:
            arrived.put_nowait(change.events)

    writing = asyncio.create_task(write())
    reading = asyncio.create_task(feed.run(deliver, _tell))
    done, pending = await asyncio.wait({writing, reading}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


async def _chosen(database: Database, wanted: Wanted, events: Sequence[Event]) -> list[Event]:
    """What is asked for; where the server goes away just then, it is asked again."""
    if wanted.scope is None:
        return [event for event in events if wanted.wants(event)]
    while True:
        try:
            async with database.connection() as conn:
                return await wanted.of(conn, events)
        except (NoDatabase, psycopg.Error):
            await asyncio.sleep(AGAIN)


def _tell(state: LinkState, _: str) -> None:
    """Say on standard error that the server is away; what happens meanwhile is told later."""
    if state in {LinkState.RECONNECTING, LinkState.STOPPED}:
        click.echo(f"{state.value}: what happens meanwhile is told afterwards", err=True)


async def _wanted(
    conn: AsyncConnection,
    settings: Settings,
    kinds: tuple[str, ...],
    actor: str | None,
    reference: str | None,
) -> Wanted:
    here = Here(conn=conn, settings=settings, me=me(settings))
    return Wanted(
        scope=await here.scope() or None,
        kinds=frozenset(kinds),
        actor=here.actor(actor).id if actor else None,
        task_id=await here.task(reference) if reference else None,
    )


def _run(work: Callable[[], Any]) -> Any:
    try:
        return asyncio.run(work())
    except psycopg.Error as error:
        raise explained(error) from error


def _print(event: Event) -> None:
    """One line, which whoever reads gets at once."""
    if wants_json():
        output.write_json(_value(event), indent=None)
    else:
        click.echo(_line(event))


def _line(event: Event) -> str:
    return f"{event.at.astimezone():%Y-%m-%d %H:%M:%S}  {clean(event.text)}"


def _value(event: Event) -> dict[str, str | int | bool | datetime | None]:
    return {
        "id": " ".join(event.key),
        "kind": event.kind.value,
        "at": event.at,
        "actor": event.actor,
        "task_id": event.task_id,
        "task_seq": event.task_seq,
        "text": event.text,
        "alarm": event.alarm,
    }
