"""Whether what the dashboard shows is what the tables hold, whatever happens to its feed.

    python -m benchmarks.faults.feed [--breaks N] [--seed N] [--clients N] [--bulk N] [--json]

Clients, each a process, write at random; two dashboards look at their board: one under a pilot, at
home on the server, whose feed and rows are looked into, and one in a terminal, behind a wire. In
each round one thing breaks (`feed_breaks.py`). Then the clients are told to be quiet, and both
dashboards must come to show the tables as they are: every column, card and count, every message,
move and audit event told once and in order, and `live` or `reconnecting` as it is. Of every
difference the bound is 0. The server has a temporary home and is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import select
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from psycopg import AsyncConnection

from benchmarks.faults.feed_breaks import BREAKS, Place, connected, furnish
from benchmarks.faults.feed_clients import REPO, clients
from benchmarks.faults.feed_judging import (
    Told,
    Truth,
    differing_rows,
    differing_screen,
    gone_of,
    truth,
)
from genie_tui.db import server
from genie_tui.db.connection import Database
from genie_tui.domain.changes import Change, LinkState
from genie_tui.services import projects
from genie_tui.settings import Settings
from genie_tui.ui.widgets.header import WORDS
from tests.ports import free_port
from tests.services.making import ADA, make, make_board
from tests.services.writing import LOGS
from tests.terminal import Terminal
from tests.ui.running import Desk, running
from tests.wire import Wire

__all__ = ["Count", "main", "torture"]

PATIENCE = 60.0
"""Seconds in which everything is shown; what no trigger announced is found at the next poll."""

TASKS = 40
SIZE = (160, 48)
GRACE = 0.7
"""Seconds in which a header says how the link stands."""

SHOWN = 30
"""So many of what was wrong are printed."""

HIGHEST = """
    SELECT 'task_stage_log', coalesce(max(id), 0) FROM task_stage_log
     UNION ALL
    SELECT 'messages', coalesce(max(id), 0) FROM messages
     UNION ALL
    SELECT 'audit_events', coalesce(max(id), 0) FROM audit_events
"""


@dataclass(slots=True)
class Count:
    """What happened, and what must not have: the latter a line each.

    `took` are the seconds from the clients' silence until all was shown, of each kind of break.
    """

    breaks: Counter[str] = field(default_factory=Counter)
    told: dict[str, int] = field(default_factory=dict)
    written: int = 0
    links: Counter[str] = field(default_factory=Counter)
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)


class Screen(Terminal):
    """A terminal that is read all the time, in a thread."""

    def __init__(self, command: Sequence[str], env: dict[str, str]) -> None:
        self._lock = threading.RLock()
        super().__init__(command, env, columns=SIZE[0], rows=SIZE[1])
        self._ending = False
        self._reader = threading.Thread(target=self._read_on, daemon=True)
        self._reader.start()

    def text(self) -> str:
        """What is on the screen."""
        with self._lock:
            return super().text()

    def wait_for(self, what: str | Callable[[str], object], *, seconds: float = 30.0) -> str:
        """Wait until a text, or a condition on the screen's text, is there."""
        holds = (lambda text: what in text) if isinstance(what, str) else what
        deadline = time.monotonic() + seconds
        while not holds(text := self.text()):
            assert time.monotonic() < deadline, f"not on the screen: {what}\n{text}"
            time.sleep(0.02)
        return text

    def end(self) -> None:
        """Read no more."""
        self._ending = True
        self._reader.join()

    def _read_on(self) -> None:
        while not self._ending:
            select.select([self._master], [], [], 0.1)
            with self._lock:
                if not self.read(0) and self.process.poll() is not None:
                    return
                self.raw.clear()


class Torture:
    """Two dashboards on one board; what of them is wrong is counted."""

    def __init__(self, place: Place, desk: Desk, conn: AsyncConnection) -> None:
        self.place, self.desk, self.writing = place, desk, place.writing
        self.conn = conn
        self.count = Count()
        self.told = Told(dict.fromkeys(LOGS, 0))
        self._since = time.monotonic()
        self._link = desk.app.workspace.link
        desk.app.workspace.changes.subscribe(desk.app, self._deliver, immediate=True)
        desk.app.workspace.news.subscribe(desk.app, self._linked, immediate=True)

    async def begin(self) -> None:
        """Everything up to now is known."""
        await self.desk.until(lambda: self.desk.app.workspace.link is LinkState.LIVE)
        await asyncio.to_thread(self.place.terminal.wait_for, "● live")
        self.told.high = dict(await (await self.conn.execute(HIGHEST)).fetchall())
        self.told.events.clear()

    async def end(self) -> None:
        """Close what is open."""
        await self.conn.close()

    async def round(self, name: str) -> None:
        """Something breaks while clients write; after that all must be well again."""
        self.count.breaks[name] += 1
        await self.writing.go()
        await self.place.some_time(0.1, 0.4)
        watching = asyncio.create_task(self._watch())
        try:
            await BREAKS[name][0](self.place)
        except AssertionError as error:
            self._wrong(name, [str(error)])
        await self.place.some_time(0.1, 0.4)
        await self.writing.quiet()
        await self._agree(name)
        watching.cancel()

    async def _agree(self, name: str) -> None:
        """Wait until both dashboards show the tables; whatever they do not show then is wrong."""
        begun = time.monotonic()
        await self.conn.close()
        self.conn = await connected(self.place)
        self.place.terminal.send("0", "g")
        await self.desk.press("0", "g")
        now = await truth(self.conn, self.place.board, self.told.high)
        while left := self._differences(now):
            if time.monotonic() > begun + PATIENCE:
                break
            await asyncio.sleep(0.05)
        self.count.took[name].append(time.monotonic() - begun)
        lost = await self._lost(now)
        gone = await gone_of(self.conn, (event.task_id for event in self.told.events))
        self._wrong(name, [*left, *now.wrong, *lost, *self.told.judge(now, gone)])
        self.count.told = dict(self.told.counts)

    def _differences(self, now: Truth) -> list[str]:
        screen = differing_screen(self.place.terminal.text(), now)
        return [
            *self.told.missing(now),
            *(f"rows: {one}" for one in differing_rows(self.desk.page.board._store, now)),
            *(f"pilot: {one}" for one in differing_screen(self.desk.text, now)),
            *(f"terminal: {one}" for one in screen),
        ]

    async def _lost(self, now: Truth) -> list[str]:
        """Rows that were committed, and of which neither the tables nor the feed know any more."""
        known = {(table, id_) for table, ids in now.ids.items() for id_ in ids}
        known |= {(table, int(id_)) for table, id_ in self.told.keys if table in LOGS}
        written, self.writing.written = self.writing.written, []
        self.count.written += len(written)
        left = [one for one in written if one[:2] not in known]
        gone = await gone_of(self.conn, (task for _, _, task in left))
        return [f"{table} {id_} is lost" for table, id_, task in left if task not in gone]

    # What is heard

    def _deliver(self, change: Change) -> None:
        self.told.events += change.events

    def _linked(self, _: None) -> None:
        link = self.desk.app.workspace.link
        if link is not self._link:
            self._link, self._since = link, time.monotonic()
            self.count.links[link] += 1

    async def _watch(self) -> None:
        """See that the header says how the link stands, as soon as it has had the time to."""
        while True:
            await asyncio.sleep(0.1)
            if time.monotonic() - self._since > GRACE:
                head = self.desk.text.partition("\n")[0]
                if WORDS[self._link] not in head:
                    self._wrong("", [f"the link is {self._link}, and the header says: {head}"])

    def _wrong(self, name: str, lines: Sequence[str]) -> None:
        self.count.wrong += [f"{self.count.breaks.total()}. {name}: {line}" for line in lines]


async def torture(
    settings: Settings,
    names: Sequence[str],
    *,
    seed: int = 1,
    number: int = 4,
    bulk: int = 100_000,
    tell: Callable[[str], None] = lambda _: None,
) -> Count:
    """A round for each name of a break, on a home's server; its owner ends that."""
    async with AsyncExitStack() as stack:
        _keep_times(settings)
        board, dsn = await _furnished(settings, bulk)
        wire = Wire(dsn)
        behind = await wire.open()
        stack.push_async_callback(wire.close)
        screen = stack.enter_context(_dashboard(settings.home / "behind", behind))
        settings = replace(settings, project="acme", board="Flow")
        desk = await stack.enter_async_context(running(settings, ADA, size=SIZE))
        writing = await stack.enter_async_context(clients(dsn, board, number=number, seed=seed))
        where = Place(
            settings=settings,
            dsn=dsn,
            board=board,
            wire=wire,
            terminal=screen,
            writing=writing,
            chance=random.Random(seed),
        )
        conn = await connected(where)
        one = Torture(where, desk, conn)
        stack.push_async_callback(one.end)
        await one.begin()
        for name in names:
            await one.round(name)
            tell(f"{name}: {one.count.took[name][-1]:.2f} s, {len(one.count.wrong)} wrong")
        return one.count


def _keep_times(settings: Settings) -> None:
    """Let the server know when each row was committed."""
    server.ensure(settings)
    with (settings.data / "postgresql.conf").open("a") as file:
        file.write("\ntrack_commit_timestamp = on\n")
    server.stop(settings)


async def _furnished(settings: Settings, bulk: int) -> tuple[str, str]:
    """A board's id, and the address of the database."""
    async with Database(settings) as database, database.connection() as conn:
        project = await projects.ensure_project(conn, REPO, ADA)
        board = await make_board(conn, project_id=project.id)
        for number in range(TASKS):
            stage = board.columns[number % len(board.columns)].name
            await make(conn, board, stage, title=f"task {number}")
        assert board.id is not None
        await furnish(conn, board.id, bulk)
    at = server.ensure(settings)
    return board.id, f"postgresql://{at.user}:{at.password}@{at.host}:{at.port}/genie"


@contextmanager
def _dashboard(home: Path, dsn: str) -> Iterator[Screen]:
    command = [sys.executable, "-m", "genie_tui", "--home", str(home), "--dsn", dsn]
    environment = {**os.environ, "LANG": "C.UTF-8"}
    screen = Screen([*command, "--project", "acme", "--board", "Flow"], environment)
    with screen:
        try:
            yield screen
        finally:
            screen.end()


def names(number: int, seed: int) -> list[str]:
    """So many kinds of breaks, each as often as it weighs, in an order of the seed's."""
    weighed = [name for name, (_, weight) in BREAKS.items() for _ in range(weight)]
    found = [weighed[n % len(weighed)] for n in range(number)]
    random.Random(seed).shuffle(found)
    return found


def main() -> int:
    """Break, print, and fail where something was shown that is not so."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--breaks", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--bulk", type=int, default=100_000)
    parser.add_argument("--only", help="one kind of break")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    kinds = [options.only] * options.breaks if options.only else names(options.breaks, options.seed)

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        settings = Settings(home=Path(place) / "home", port=free_port())
        numbers = {"seed": options.seed, "number": options.clients, "bulk": options.bulk}
        try:
            count = asyncio.run(torture(settings, kinds, tell=tell, **numbers))
        finally:
            server.stop(settings)
    print(json.dumps(asdict(count)) if options.json else _said(count))
    return 1 if count.wrong else 0


def _said(count: Count) -> str:
    lines = [f"{'':22}{'breaks':>8}{'median':>9}{'longest':>9}  s until all is shown"]
    for name, took in sorted(count.took.items()):
        middle, longest = statistics.median(took), max(took)
        lines.append(f"{name:22}{count.breaks[name]:8}{middle:9.2f}{longest:9.2f}")
    told = ", ".join(f"{number} {table}" for table, number in count.told.items())
    links = ", ".join(f"{number} × {link}" for link, number in count.links.items())
    lines.append(
        f"{count.breaks.total()} breaks; told: {told}; {count.written} known to be written"
    )
    lines.append(f"the link was {links or 'never lost'}; {len(count.wrong)} wrong")
    return "\n".join([*lines, *(f"  {line}" for line in count.wrong[:SHOWN])])


if __name__ == "__main__":
    sys.exit(main())
