"""`python -m genie_tui.demo.simulation ROOT …`: one simulated agent or colleague, as a process.

It tells each thing that it did as a line of JSON on standard output, once it is committed. It ends
at SIGTERM, between two transactions, and when standard input, a pipe of the demo's, is closed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg
from psycopg import AsyncConnection

from genie_tui.db import server
from genie_tui.db.connection import Database
from genie_tui.demo import leftovers
from genie_tui.domain.actors import Actor
from genie_tui.errors import GenieError, NoDatabase
from genie_tui.settings import Settings

__all__ = ["Part", "Simulation", "Stopped", "settings_of"]

AWAY = "the demo's server does not answer"


def settings_of(root: Path) -> Settings:
    """Those of who takes part in a demo: its server is used, and never started.

    Raises:
        NoDatabase: it does not answer.
    """
    home = leftovers.settings_of(root)
    found = server.find(home)
    if found is None or not found.owned:
        raise NoDatabase(AWAY)
    return Settings(home=home.home, dsn=found.conninfo, migrate=False)


class Stopped(Exception):
    """The demo is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a process is told: whose part it plays, in which demo, and how fast.

    `pace` is what each wait is multiplied with.
    """

    root: Path
    name: str
    seed: int
    pace: float = 1.0

    def arguments(self) -> list[str]:
        """What `read` makes the same of, without the root."""
        return [self.name, "--seed", str(self.seed), "--pace", str(self.pace)]

    @classmethod
    def read(cls) -> Part:
        """The part that the command line gives."""
        parser = argparse.ArgumentParser()
        parser.add_argument("root", type=Path)
        parser.add_argument("name")
        parser.add_argument("--seed", type=int, required=True)
        parser.add_argument("--pace", type=float, required=True)
        return cls(**vars(parser.parse_args()))


class Simulation:
    """Somebody who does one thing after another until the demo is over."""

    def __init__(self, part: Part, actor: Actor) -> None:
        self.part = part
        self.actor = actor
        self.rng = Random(f"{part.seed}:{part.name}")
        self.stopping = asyncio.Event()
        self._database: Database | None = None

    async def turn(self) -> None:
        """Do the next thing."""
        raise NotImplementedError

    async def run(self) -> None:
        """Take turns until the demo is over; while the server is away, wait for it."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stopping.set)
        loop.add_reader(0, self._end_of_the_program)
        with suppress(Stopped):
            while True:
                try:
                    await self.turn()
                except NoDatabase as error:
                    self._database = None
                    self.did("waited", why=str(error))
                    await self.pause(0.5, 1.5)
                except GenieError as error:
                    # Somebody was quicker, or the viewer has deleted what this was about.
                    self.did("missed", why=str(error))
                    await self.pause(0.5, 1.5)
        if self._database is not None:
            await self._database.close()

    async def pause(self, least: float, most: float) -> None:
        """Wait for so many seconds, drawn from the seed.

        Raises:
            Stopped: the demo is over.
        """
        with suppress(TimeoutError):
            seconds = self.rng.uniform(least, most) * self.part.pace
            await asyncio.wait_for(self.stopping.wait(), seconds)
        if self.stopping.is_set():
            raise Stopped

    def chance(self, probability: float) -> bool:
        """Does it happen this time?"""
        return self.rng.random() < probability

    def did(self, what: str, **details: object) -> None:
        """Tell what is committed."""
        print(json.dumps({"did": what, "by": self.actor.id, **details}), flush=True)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction on the demo's database, wherever its server is now.

        Raises:
            NoDatabase: it does not answer, or went away; nobody starts it from here.
        """
        if self._database is None:
            settings = await asyncio.to_thread(settings_of, self.part.root)
            self._database = Database(settings, pool_size=1)
        try:
            async with self._database.connection() as conn:
                yield conn
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            # A deadlock, or a connection that broke at a place that nobody else looks at.
            raise NoDatabase(str(error)) from error

    def _end_of_the_program(self) -> None:
        if not os.read(0, 1):
            asyncio.get_running_loop().remove_reader(0)
            self.stopping.set()
