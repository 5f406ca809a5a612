"""How a command uses the database: one transaction, as somebody, in some project.

    @task.command()
    @click.argument("reference", type=arguments.TASK)
    @transaction
    async def show(here: Here, reference: str) -> Answer: …

What a command answers is printed once its transaction is committed, never before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import click
import psycopg

from genie_tui.cli import output
from genie_tui.cli.options import read_settings, wants_json
from genie_tui.db.connection import Database
from genie_tui.db.failures import explained
from genie_tui.domain import references
from genie_tui.domain.actors import Actor, acting
from genie_tui.domain.repeating import repeated
from genie_tui.errors import GenieError, Refused
from genie_tui.services import projects
from genie_tui.services.references import resolve
from genie_tui.services.whereabouts import me, repository
from genie_tui.settings import Settings

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from genie_tui.domain.boards import Board
    from genie_tui.domain.projects import Project

__all__ = ["Answer", "Here", "reply", "transaction", "within"]

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command prints.

    `value` is what --json prints; `text` is the same for people, or prints it. With `error` the
    command fails, although what it wrote is kept.
    """

    value: object
    text: str | Callable[[], None] = ""
    error: GenieError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Where a command acts: the transaction, what it was told, and who it is."""

    conn: AsyncConnection
    settings: Settings
    me: Actor

    async def project(self) -> Project | None:
        """The project of --project, else this repository's.

        None with --all-projects, and where the repository has none yet: reading makes none.
        """
        if self.settings.project is not None:
            return await projects.get_project(self.conn, self.settings.project)
        if self.settings.all_projects:
            return None
        return await projects.of_repository(self.conn, repository())

    async def scope(self) -> str | None:
        """The id of the project to read, None for all; `""` where this repository has none yet."""
        project = await self.project()
        if project is not None:
            return project.id
        return None if self.settings.all_projects else ""

    async def repository(self) -> str:
        """The repository in which new tasks are made.

        Raises:
            Refused: the project of --project has none.
        """
        if self.settings.project is None:
            return repository()
        project = await projects.get_project(self.conn, self.settings.project)
        if project.repo_path is None:
            raise Refused(f"the project {project.name} has no repository to make tasks in")
        return project.repo_path

    async def board(self, name: str | None = None) -> Board | None:
        """The board that is named, else that of --board; None where there is neither."""
        if (wanted := name or self.settings.board) is None:
            return None
        from genie_tui.services import boards

        project = await self.project()
        return await boards.find_board(
            self.conn, wanted, project_id=project.id if project else None
        )

    async def task(self, reference: str) -> str:
        """The id of the task that a reference means.

        Raises:
            NotFound, Ambiguous, BadInput: it means none, or several, or nothing.
        """
        wanted = references.parse(reference)
        if wanted.seq is not None and wanted.project is None and self.settings.project is not None:
            project = await projects.get_project(self.conn, self.settings.project)
            reference = f"{project.name}#{wanted.seq}"
        return await resolve(self.conn, reference, repo_path=repository())

    async def tasks(self, given: Sequence[str]) -> tuple[str, ...]:
        """The ids that references mean, each once, in their order."""
        return tuple(dict.fromkeys([await self.task(reference) for reference in given]))

    def actor(self, name: str) -> Actor:
        """Somebody else, as `--as` would name them: NAME, agent:NAME, human:NAME, TYPE/NAME.

        `@me` is oneself.
        """
        if name == "@me":
            return self.me
        host = self.me.run_id.rpartition("@")[2]
        return acting(name=name, agent_name=None, login="", host=host)


def transaction(
    command: Callable[Concatenate[Here, P], Awaitable[Answer]],
) -> Callable[P, None]:
    """Make a command of what runs in one transaction, and print its answer afterwards."""

    def run(*given: P.args, **options: P.kwargs) -> None:
        reply(within(read_settings(), lambda here: command(here, *given, **options)))

    return update_wrapper(run, command)


def within(settings: Settings, work: Callable[[Here], Awaitable[R]], *, again: bool = True) -> R:
    """Do some work in one transaction; the server is started where none runs.

    Where the connection breaks before anything is written, it is done once more, if it can be
    (`again`).

    Raises:
        NoDatabase: there is none, and none can be started.
        GenieError: what the work, or the database, says no with; nothing was written.
    """

    async def run() -> R:
        with output.progress() as say:
            async with Database(settings, progress=say) as database:

                async def once() -> R:
                    async with database.connection() as conn:
                        return await work(Here(conn=conn, settings=settings, me=me(settings)))

                try:
                    return await (repeated(once) if again else once())
                except psycopg.Error as error:
                    raise explained(error) from error

    return asyncio.run(run())


def reply(answer: Answer) -> None:
    """Print an answer."""
    if answer.error is not None:
        raise answer.error
    if wants_json():
        output.write_json(answer.value)
    elif callable(answer.text):
        answer.text()
    elif answer.text:
        click.echo(output.printable(answer.text))
