"""One run, from its lease to its end: begun, watched, ended in time, and written down."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.domain.repeating import repeated
from genie_tui.errors import NoDatabase
from genie_tui.scheduler.commands import Files, Worker, prepare
from genie_tui.services import leases
from genie_tui.services.leases import Claim, Ended
from genie_tui.settings import Settings

__all__ = ["Firing", "Held"]

PUBLISH_EVERY = 1.0
"""Seconds between two looks at what a command has written."""
TRY_AGAIN = 1.0
"""Seconds until the end of a run is written once more, where the database was away."""

PUBLISH = "UPDATE runs SET output = %(output)s WHERE id = %(run)s AND status = 'running'"

NOT_PASSED_ON = frozenset({"GENIE_AGENT_NAME", "TMUX_PANE"})

Log = Callable[..., None]


@dataclass(slots=True, kw_only=True)
class Held:
    """A run that this daemon has leased; `left` is what its command may still take.

    `under_way` is set once its command has begun, or it is known that it will not.
    """

    trigger_id: str
    run_id: str
    name: str
    left: timedelta
    worker: Worker | None = None
    adopted: bool = False
    under_way: asyncio.Event = field(default_factory=asyncio.Event)


class Firing:
    """How this daemon has commands run.

    `directory` is where their output lies meanwhile, `said` is told what happens, in words.
    """

    def __init__(
        self, database: Database, daemon: str, host: str, directory: Path, said: Log
    ) -> None:
        self._database = database
        self._daemon = daemon
        self._host = host
        self._directory = directory
        self._said = said

    async def fire(self, claim: Claim, held: Held) -> None:
        """Run a claim's command to its end.

        It begins only after the database has noted it as begun: then whoever finds the run as
        `leased` knows that nothing was done, and may have it fire again.
        """
        if claim.wrong is not None:
            await self._ended(held, Ended(status="failed", error=claim.wrong))
            return
        files = Files.of(self._directory, claim.run_id)
        try:
            where = claim.spec.repo or _home()
            env = _environment(os.environ, self._database.settings, claim)
            worker = prepare(claim.spec.command, cwd=where, env=env, files=files)
        except (OSError, RuntimeError, ValueError) as error:
            await self._ended(held, Ended(status="failed", error=_unstartable(error, claim)))
            return
        try:
            begun = await repeated(lambda: self._begin(claim, worker))
        except NoDatabase as error:
            # Whoever looks after it next finds out whether it was noted.
            self._said("not begun", run=claim.run_id, schedule=claim.name, error=str(error))
            begun = False
        if not begun:
            worker.drop()
            await worker.ended()
            files.remove()
            return
        worker.go()
        held.worker = worker
        self._said("begun", run=claim.run_id, schedule=claim.name, pid=worker.pid)
        await self.watch(held)

    async def watch(self, held: Held) -> None:
        """Wait for the end of a command, and end it where it takes too long."""
        worker = held.worker
        assert worker is not None
        held.under_way.set()
        publishing = asyncio.create_task(self._publish(held, worker))
        late = False
        try:
            async with asyncio.timeout(max(held.left.total_seconds(), 0)):
                code = await worker.ended()
        except asyncio.CancelledError:
            worker.leave()
            raise
        except TimeoutError:
            late = True
            await worker.end()
            code = worker.files.exit_code()
        finally:
            publishing.cancel()
        output = await asyncio.to_thread(worker.files.tail)
        await self._ended(held, _result(code, output, late=late, adopted=held.adopted))
        worker.files.remove()

    async def _begin(self, claim: Claim, worker: Worker) -> bool:
        context = {
            "host": self._host,
            "pid": worker.pid,
            "incarnation": worker.incarnation,
            "files": str(self._directory),
            "daemon": self._daemon,
        }
        async with self._database.connection() as conn:
            return await leases.begin(conn, claim, self._daemon, worker.pid, context)

    async def _ended(self, held: Held, ended: Ended) -> None:
        """Write down how a run ended, however long the database is away."""

        async def write() -> bool:
            async with self._database.connection() as conn:
                return await leases.finish(conn, held.run_id, ended, held.name)

        while True:
            try:
                noted = await write()
                break
            except NoDatabase as error:
                self._said("not written", run=held.run_id, schedule=held.name, error=str(error))
                await asyncio.sleep(TRY_AGAIN)
        self._said(
            ended.status if noted else "ended elsewhere",
            run=held.run_id,
            schedule=held.name,
            exit_code=ended.exit_code,
            error=ended.error,
        )

    async def _publish(self, held: Held, worker: Worker) -> None:
        """Have others see what a command writes while it runs."""
        seen: tuple[int, float] | None = None
        while True:
            await asyncio.sleep(PUBLISH_EVERY)
            try:
                stat = worker.files.output.stat()
                if (stat.st_size, stat.st_mtime) == seen:
                    continue
                seen = (stat.st_size, stat.st_mtime)
                worker.files.trim()
                values = {"run": held.run_id, "output": await asyncio.to_thread(worker.files.tail)}
                async with self._database.connection() as conn:
                    await _execute(conn, PUBLISH, values)
            except (NoDatabase, OSError):
                continue  # the end of it is written in any case


async def _execute(conn: AsyncConnection, query: str, values: Mapping[str, Any]) -> None:
    await conn.execute(query, values)


def _environment(mine: Mapping[str, str], settings: Settings, claim: Claim) -> dict[str, str]:
    """The daemon's own, but for who acts: no command is the agent that began the daemon."""
    return {
        **{name: value for name, value in mine.items() if name not in NOT_PASSED_ON},
        **settings.environment(),
        "GENIE_TRACE_ID": claim.trace_id,
        "GENIE_RUN_ID": claim.run_id,
        "GENIE_TRIGGER_ID": claim.trigger_id,
        "GENIE_SCHEDULE_ID": claim.schedule_id,
    }


def _result(code: int | None, output: str, *, late: bool, adopted: bool) -> Ended:
    if late:
        error = "it took longer than its lease and was ended; 'lease_timeout_ms' says how long"
        return Ended(status="timeout", exit_code=code, output=output, error=error)
    if code is None:
        error = "orphaned: its daemon died before it ended" if adopted else "it was killed"
        said = f"{error}, and its exit code is not known"
        return Ended(status="failed", output=output, error=said)
    if code != 0:
        return Ended(status="failed", exit_code=code, output=output, error=f"exit code {code}")
    return Ended(status="completed", exit_code=0, output=output)


def _home() -> str:
    """Where a command runs that does not say where; as cron, / for who has no home."""
    home = Path.home()
    return str(home) if home.is_dir() else "/"


def _unstartable(error: Exception, claim: Claim) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"there is no directory {claim.spec.repo!r} to run it in"
    return f"it could not be begun: {error}"
