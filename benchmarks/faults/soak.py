"""Whether a long run of the demo uses no more in the end than in the beginning, and adds up.

    python -m benchmarks.faults.soak [--minutes N] [--agents N] [--every SECONDS] [--seed N]
                                     [--pace N] [--json]

`genie-tui demo` runs in a pseudo-terminal, with its agents at work; somebody looks at one screen
after another. Memory, descriptors, connections and CPU are sampled from outside, and how long a
comment takes from its commit to the screen. In the end the agents stop: the logs must lead to the
rows that are there, the screen must show them, and once it has quit nothing may be left.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import psutil
import psycopg
from psycopg import AsyncConnection, IsolationLevel

from benchmarks.faults.flatness import Figure, Meter, Sample, figures, leftovers_of
from genie_tui.db import server
from genie_tui.demo import leftovers
from genie_tui.demo.seeding import BOARDS
from genie_tui.ui.widgets.journal import KEPT, SPARE
from tests.services.replaying import contradictions
from tests.terminal import Terminal
from tests.waiting import wait_until

__all__ = ["Soak", "main"]

SCREENS = (
    *("triage", "activity", "graph", "messages", "agents", "metrics", "registry", "system"),
    "board",
)

# On the board, and on what is opened over it; none of them writes.
PIECES: tuple[tuple[str, ...], ...] = (
    ("j", "j", "k"),
    ("l", "l", "h"),
    ("g", "G"),
    ("enter", "tab", "tab", "escape"),
    ("enter", "J", "J", "K", "escape"),
    ("/", "t", "o", "k", "escape"),
    ("?", "escape"),
    (":", "s", "o", "r", "t", "escape"),
    ("s", "escape"),
    ("z", "z"),
    ("right", "down", "0"),
)

SAY = """
    WITH made AS (
        INSERT INTO conversations (id, linked_entity, linked_entity_id, type)
        SELECT 'conv-soak', 'task', id, 'group' FROM tasks ORDER BY id LIMIT 1
            ON CONFLICT (id) DO UPDATE SET updated_at = now() RETURNING id)
    INSERT INTO messages (conversation_id, sender_type, sender_id, body)
    SELECT id, 'local', 'soak', %s FROM made
"""

CONNECTED = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'genie-tui'
"""

COLUMNS = """
    SELECT c ->> 'label', count(t.id)
      FROM boards b
     CROSS JOIN jsonb_array_elements(b.columns) WITH ORDINALITY AS cs (c, n)
      LEFT JOIN tasks t ON t.board_id = b.id AND t.stage = c ->> 'name'
     WHERE b.name = %s
     GROUP BY c ->> 'label', n ORDER BY n LIMIT 4
"""

# As many as the dashboard keeps: it grows until it has them, at a pace that the machine sets.
FILL = """
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor)
    SELECT 'soak', n::text, 'happened', 'soak' FROM generate_series(1, 500) AS n
"""
FILLED = KEPT + SPARE

EVENTS = "SELECT (SELECT count(*) FROM audit_events), (SELECT count(*) FROM task_stage_log)"

CHOOSER = "╭─  Screens  ─"
FEW = 5

TELL_EVERY = 300.0

AT_MOST = 10.0
"""Seconds after which a comment counts as not shown."""


class Soak:
    """A demo in a terminal, looked at for a while; what went wrong is gathered in `wrong`."""

    def __init__(self, terminal: Terminal, place: Path, seed: int) -> None:
        self.terminal, self.place = terminal, place
        self.rng = random.Random(seed)
        self.samples: list[tuple[float, Sample]] = []
        self.keys = self.said = self.astray = 0
        self.wrong: list[str] = []
        self._told = 0.0
        terminal.wait_for("● live", seconds=120)
        [root] = place.glob(f"{leftovers.PREFIX}*")
        at = server.find(leftovers.settings_of(root))
        assert at is not None
        self.conninfo = at.conninfo
        self.agents = leftovers.simulations(root)
        data = leftovers.settings_of(root).data
        self.meter = Meter(terminal.process.pid, [agent.pid for agent in self.agents], data)
        self.shared = _shared_memory(self.meter.server)

    def run(self, seconds: float, every: float) -> None:
        """Press keys, and take a sample now and then."""
        begun = time.monotonic()
        with psycopg.connect(self.conninfo, application_name="soak", autocommit=True) as conn:
            for _ in range(0, FILLED, 500):
                conn.execute(FILL)
                self._read(0.3)
            while (now := time.monotonic()) < begun + seconds:
                sample = {**self.meter.sample(), "commit to screen": self._lag(conn)}
                sample["connections"] = _number(conn, CONNECTED)
                self.samples.append((now - begun, sample))
                self._tell(now - begun, sample)
                while time.monotonic() < now + every:
                    self._look_around()
            self._stop(conn)
            events = conn.execute(EVENTS).fetchone() or (0, 0)
        self.events: tuple[int, int] = (events[0] - FILLED, events[1])
        self.wrong += asyncio.run(_contradictions(self.conninfo))

    def end(self) -> None:
        """Quit; nothing may be left."""
        pids = [self.meter.server.pid, *(agent.pid for agent in self.agents)]
        self._press("ctrl+q")
        if (code := self.terminal.wait_for_end(seconds=60)) != 0:
            self.wrong.append(f"the demo ended with {code}: {self.terminal.text()[-2000:]}")
        self.wrong += leftovers_of(pids, self.place, self.shared)

    def _tell(self, at: float, sample: Sample) -> None:
        """A line every few minutes, for who waits."""
        if int(at / TELL_EVERY) != int(self._told / TELL_EVERY):
            shown = ", ".join(f"{name} {value:.1f}" for name, value in sample.items())
            print(f"{at / 60:.0f} min: {shown}", file=sys.stderr, flush=True)
        self._told = at

    def _lag(self, conn: psycopg.Connection) -> float:
        """Milliseconds from the commit of a comment until it is on the screen; the least of a few.

        The board is shown, with the newest activity beside it.
        """
        self._go_home()
        lags = []
        for _ in range(3):
            self.said += 1
            text = f"soak{self.said:06}"
            conn.execute(SAY, (text,))
            at = time.monotonic()
            try:
                self.terminal.wait_for(text, seconds=AT_MOST)
            except AssertionError:
                # What is told beside the board moves on: much that comes at once pushes it out.
                if not self._logged(text):
                    self.wrong.append(f"{text} is not shown:\n{self.terminal.text()}")
                    print(self.wrong[-1], file=sys.stderr, flush=True)
            lags.append(time.monotonic() - at)
            self._read(0.2)
        return min(lags) * 1000

    def _logged(self, text: str) -> bool:
        """Does the screen of all that has happened have it?"""
        self._go_to("activity")
        self._press("/", *text, "enter", pause=0.1)
        found = self._comes(lambda shown: shown.count(text) > 1)
        self._press("escape", "escape", pause=0.5)
        self._go_home()
        return found

    def _go_home(self) -> None:
        """To the board, following what happens: keys may have led, or scrolled, elsewhere."""
        if "f stand still" in self.terminal.text():
            return
        self.astray += 1
        self._press("escape", "escape", pause=0.5)
        self._go_to("board")
        if "f follow" in self.terminal.text():
            self._press("f", pause=1.0)

    def _go_to(self, screen: str) -> None:
        """Choose one of the main screens; typed where nobody asks for it, its name is commands."""
        for _ in range(FEW):
            self._press("x")
            if self._comes(lambda text: CHOOSER in text):
                self._press(*screen, pause=0.05)
                self._press("enter")
                self._comes(lambda text: CHOOSER not in text)
                return
            self._press("escape")
        self.wrong.append(f"{screen} cannot be chosen:\n{self.terminal.text()}")

    def _comes(self, holds: Callable[[str], bool]) -> bool:
        """Is that on the screen within a second or two?"""
        for _ in range(10):
            if holds(self.terminal.text()):
                return True
            self._read(0.2)
        return False

    def _look_around(self) -> None:
        """Go somewhere, look, and come back to the board."""
        if self.rng.random() < 0.5:
            for screen in (self.rng.choice(SCREENS), "board"):
                self._go_to(screen)
                self._read(1.0)
                if screen != "board":
                    self._press(*self.rng.choice(PIECES[:3]))
        else:
            self._press(*self.rng.choice(PIECES))
        if self.terminal.process.poll() is not None:
            raise AssertionError(f"the demo has ended:\n{self.terminal.text()}")

    def _press(self, *keys: str, pause: float = 0.3) -> None:
        for key in keys:
            self.keys += 1
            self.terminal.send(key)
            self._read(pause)

    def _read(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not self.terminal.read(left) and self.terminal.process.poll() is not None:
                return
        self.terminal.raw.clear()

    def _stop(self, conn: psycopg.Connection) -> None:
        """Let the agents stop; then the screen must show what is there."""
        for agent in self.agents:
            agent.terminate()
        wait_until(lambda: not any(_lives(agent) for agent in self.agents))
        self._press("escape", "escape", "0")
        board = conn.execute(COLUMNS, (BOARDS[0].name,)).fetchall()
        heads = [f" {label} {count} " for label, count in board]
        try:
            self.terminal.wait_for(lambda text: all(_head(head, text) for head in heads))
        except AssertionError as error:
            self.wrong.append(f"the columns have {heads}, but {error}")


def _head(head: str, text: str) -> bool:
    """Does a column's head say so? A limit may follow; a folded one has its number alone."""
    folded = rf"│ {head.split()[-1]} ?│"
    return head in text or f"{head.rstrip()}/" in text or bool(re.search(folded, text))


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def _shared_memory(process: psutil.Process) -> list[Path]:
    """The files in memory that a server has."""
    return [Path(m.path) for m in process.memory_maps() if m.path.startswith("/dev/shm/")]


def _number(conn: psycopg.Connection, query: str) -> float:
    row = conn.execute(query.encode()).fetchone()
    return float(row[0]) if row else 0.0


async def _contradictions(conninfo: str) -> list[str]:
    async with await AsyncConnection.connect(conninfo) as conn:
        await conn.set_isolation_level(IsolationLevel.REPEATABLE_READ)
        return await contradictions(conn)


def soak(options: argparse.Namespace) -> tuple[Soak, list[Figure]]:
    """A demo from its start to its end."""
    with tempfile.TemporaryDirectory(prefix="genie-soak-") as name:
        place = Path(name) / "tmp"
        place.mkdir()
        env = {**os.environ, "TMPDIR": str(place), "HOME": name, "LANG": "C.UTF-8"}
        command = [sys.executable, "-m", "genie_tui", "demo", "--agents", str(options.agents)]
        command += ["--seed", str(options.seed), "--pace", str(options.pace)]
        with Terminal(command, env) as terminal:
            one = Soak(terminal, place, options.seed)
            try:
                one.run(options.minutes * 60, options.every)
            except BaseException:
                terminal.read(1.0)
                logs = [path.read_text()[-2000:] for path in place.glob("*/home/logs/*.log")]
                print(terminal.text(), *logs, sep="\n", file=sys.stderr, flush=True)
                raise
            one.end()
    return one, figures(one.samples)


def main() -> int:
    """Soak, print, and fail where something grew or was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--every", type=float, default=10, help="seconds between samples")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    one, found = soak(options)
    if options.json:
        rows = [{**asdict(figure), "flat": figure.flat} for figure in found]
        told = {"events": one.events, "wrong": one.wrong, "samples": one.samples}
        print(json.dumps({"figures": rows, **told}))
    else:
        _print(one, found, options)
    return 1 if one.wrong or not all(figure.flat for figure in found) else 0


def _print(one: Soak, found: list[Figure], options: argparse.Namespace) -> None:
    audit, moves = one.events
    print(
        f"{options.agents} agents for {options.minutes:g} minutes: {audit} audit events,"
        f" {moves} moves, {one.said} probes, {one.keys} keys, {one.astray} times astray"
    )
    print(f"{'':24}{'first':>9}{'last':>9}{'highest':>9}{'an hour':>9}{'bound':>9}")
    for f in found:
        verdict = "" if f.flat else "   GROWS"
        numbers = "".join(f"{n:9.2f}" for n in (f.first, f.last, f.highest, f.slope, f.bound))
        print(f"{f.name:24}{numbers}  {f.unit}{verdict}")
    print(f"{len(one.wrong)} wrong", *one.wrong[:20], sep="\n  ")


if __name__ == "__main__":
    sys.exit(main())
