"""A demo from its first row to its last: filled, populated, and asked what became of it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from genie_tui.db.connection import Database
from genie_tui.demo import chatter
from genie_tui.demo.chatter import Agent
from genie_tui.demo.past import seed_past
from genie_tui.demo.seeding import BOARDS, PROJECTS, seed_boards, seed_tasks
from genie_tui.demo.simulation import Part
from genie_tui.demo.summary import Beginning, Summary, begin, read_journals, summarize
from genie_tui.demo.surroundings import seed_surroundings
from genie_tui.demo.workspace import Workspace
from genie_tui.errors import GenieError
from genie_tui.settings import Settings

__all__ = ["Cast", "end", "fill", "opened_at", "populate"]

MODULES = {chatter.COLLEAGUE: "colleague", chatter.DAEMON: "daemon"}
"""Whose process runs another module than an agent's."""
STOP_WITHIN = 10.0
"""Seconds that everybody has for the transaction they are in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """The process of an agent, of the colleague or of the daemon."""

    name: str
    process: subprocess.Popen[bytes]
    journal: Path
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody who takes part in a demo."""

    players: list[Player]

    def check(self) -> None:
        """See that everybody is there.

        Raises:
            GenieError: somebody has ended by themselves; with the last line of what they said.
        """
        for player in self.players:
            if player.process.poll() is not None:
                said = player.log.read_text(encoding="utf-8", errors="replace").splitlines()
                raise GenieError(
                    f"the simulated {player.name} ended with {player.process.returncode}: "
                    f"{said[-1] if said else 'without a word'}"
                )

    def stop(self) -> None:
        """Let everybody end what they are at; whoever does not is killed."""
        for player in self.players:
            player.process.terminate()
        deadline = time.monotonic() + STOP_WITHIN
        for player in self.players:
            try:
                player.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                player.process.kill()
                player.process.wait()


async def fill(settings: Settings, *, seed: int, tasks: int, agents: Sequence[Agent]) -> Beginning:
    """Migrate the database and write projects, boards, tasks and their past into it."""
    now = datetime.now(UTC)
    async with Database(settings) as database:
        async with database.connection() as conn:
            boards = await seed_boards(conn, seed)
            await seed_tasks(conn, boards, seed=seed, count=tasks, agents=agents, now=now)
            await seed_surroundings(conn, seed=seed, agents=agents, now=now)
            await seed_past(conn, seed=seed, agents=agents, now=now)
        async with database.connection() as conn:
            return await begin(conn)


@contextmanager
def populate(
    workspace: Workspace, agents: Sequence[Agent], *, seed: int, pace: float = 1.0
) -> Iterator[Cast]:
    """Agents, a colleague and a daemon, each in a process of their own, until the end."""
    cast = Cast(players=[])
    try:
        for name in (*(agent.name for agent in agents), chatter.COLLEAGUE, chatter.DAEMON):
            cast.players.append(_start(workspace, name, seed, pace))
        yield cast
    finally:
        cast.stop()


def _start(workspace: Workspace, name: str, seed: int, pace: float) -> Player:
    module = MODULES.get(name, "agent")
    part = Part(root=workspace.root, name=name, seed=seed, pace=pace)
    process = workspace.start(f"genie_tui.demo.{module}", part.arguments(), name=name)
    return Player(
        name=name, process=process, journal=workspace.journal(name), log=workspace.log(name)
    )


async def end(settings: Settings, since: Beginning, cast: Cast) -> Summary:
    """What became of it; to be asked once everybody has stopped."""
    deeds = read_journals(player.journal for player in cast.players)
    async with Database(settings) as database, database.connection() as conn:
        return await summarize(conn, since, deeds)


def opened_at(settings: Settings) -> Settings:
    """The demo's settings for the dashboard: the first project, and its busiest board."""
    return replace(settings, project=PROJECTS[0].name, board=BOARDS[0].name)
