"""`genie-tui event`: what happens, as it happens, and what has happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import click
import psycopg

from genie_tui.cli import arguments, output
from genie_tui.cli.following import AGAIN, away, run, while_read
from genie_tui.cli.options import Command, pass_settings, wants_json
from genie_tui.cli.transactions import Here
from genie_tui.db.connection import Database
from genie_tui.domain.changes import Change, Event, EventKind, LinkState
from genie_tui.domain.text import clean
from genie_tui.errors import NoDatabase
from genie_tui.services.feed import Feed
from genie_tui.services.logs import LOGS
from genie_tui.services.projects import of_repository
from genie_tui.services.telling import position
from genie_tui.services.whereabouts import me, repository

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from genie_tui.settings import Settings

__all__ = ["list_", "tail"]

PAGE = 500
LAST = 10
"""Events with which a tail begins."""

PAGES_AT_MOST = 40
"""So far back is looked for events of which few are wanted."""

NONE_YET = ""
"""The scope of a repository that has no project."""

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
    """Which events are asked for.

    `scope` is a project's id, None for all; where the repository has no project yet, it is looked
    for again. The projects of the tasks that events are about are looked up once.
    """

    scope: str | None
    repo_path: str
    kinds: frozenset[str]
    actor: str | None
    task_id: str | None
    projects: dict[str, str | None] = field(default_factory=dict)

    async def of(self, conn: AsyncConnection, events: Sequence[Event]) -> list[Event]:
        """Those of these events that are asked for."""
        if self.scope == NONE_YET and (found := await of_repository(conn, self.repo_path)):
            self.scope = found.id
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
@click.option("--before", metavar="DATE", type=arguments.PAST, help="What happened before then.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@pass_settings
def list_(
    settings: Settings,
    kinds: tuple[str, ...],
    actor: str | None,
    reference: str | None,
    before: datetime | None,
    limit: int,
) -> None:
    """List what has happened, oldest first.

    With --json: a list of events; with --before, the time of the first one gives those before.

    \b
    genie-tui event list
    genie-tui event list --task 12 --json
    genie-tui event list --before '2026-11-23 08:00' --kind checkout
    """

    async def look() -> list[Event]:
        async with Database(settings) as database, database.connection() as conn:
            wanted = await _wanted(conn, settings, kinds, actor, reference)
            return await _past(conn, Feed(database), wanted, limit=limit, before=before)

    found = run(look())
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
@click.option("--since", metavar="DATE", type=arguments.PAST, help="Begin with all since then.")
@click.option("--last", type=click.IntRange(0), help="Begin with so many.  [10]")
@pass_settings
def tail(
    settings: Settings,
    kinds: tuple[str, ...],
    actor: str | None,
    reference: str | None,
    since: datetime | None,
    last: int | None,
) -> None:
    """Tell what happens as it happens, until interrupted.

    Nothing is left out or told twice when the server goes away and comes back. With --json: one
    event a line.

    \b
    genie-tui event tail
    genie-tui event tail --kind message --actor eng-1 --json
    genie-tui event tail --since 2h
    """
    limit = last if last is not None else LAST if since is None else None

    async def follow() -> None:
        async with Database(settings) as database:
            feed = Feed(database)
            async with database.connection() as conn:
                wanted = await _wanted(conn, settings, kinds, actor, reference)
                past = await _past(conn, feed, wanted, limit=limit, since=since)
            for each in past:
                _print(each)
            await while_read(_follow(database, feed, wanted))

    run(follow())


async def _past(
    conn: AsyncConnection,
    feed: Feed,
    wanted: Wanted,
    *,
    limit: int | None,
    before: datetime | None = None,
    since: datetime | None = None,
) -> list[Event]:
    """The newest events that are asked for, oldest first; all since then where there is no limit.

    Says so on standard error where it did not look back to the end.
    """
    found: list[Event] = []
    page = await feed.history(conn, before=_at(before) if before else None, limit=PAGE)
    for _ in range(PAGES_AT_MOST):
        if not page:
            break
        found = [*await wanted.of(conn, page), *found]
        first = min(page, key=position)
        enough = limit is not None and len(found) >= limit
        if enough or len(page) < PAGE or (since is not None and first.at < since):
            break
        page = await feed.history(conn, before=first, limit=PAGE)
    else:
        click.echo(
            f"looked back to {output.moment(first.at)}; 'event list --before' goes on", err=True
        )
    kept = [event for event in found if since is None or event.at >= since]
    return kept if limit is None else kept[len(kept) - min(limit, len(kept)) :]


def _at(before: datetime) -> Event:
    """What would come after all that happened before then, in any log."""
    return Event(key=(LOGS[0].table, "0"), kind=EventKind.OTHER, at=before, text="")


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

    both = {
        asyncio.create_task(write()),
        asyncio.create_task(feed.run(deliver, _teller())),
    }
    try:
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
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


def _teller() -> Callable[[LinkState, str], None]:
    """Says on standard error that the server is away, once until that changes."""
    told: LinkState | None = None

    def tell(state: LinkState, _: str) -> None:
        nonlocal told
        if state is not told and state in {LinkState.RECONNECTING, LinkState.STOPPED}:
            away(state.value)
        told = state

    return tell


async def _wanted(
    conn: AsyncConnection,
    settings: Settings,
    kinds: tuple[str, ...],
    actor: str | None,
    reference: str | None,
) -> Wanted:
    here = Here(conn=conn, settings=settings, me=me(settings))
    return Wanted(
        scope=await here.scope(),
        repo_path=repository(),
        kinds=frozenset(kinds),
        actor=here.actor(actor).id if actor else None,
        task_id=await here.task(reference) if reference else None,
    )


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
