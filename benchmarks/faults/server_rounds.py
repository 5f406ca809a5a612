"""A round of `benchmarks.faults.server`: what happens in it, and what must be true then."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil
import psycopg

from genie_tui.db import binaries, cluster, processes, server
from genie_tui.settings import Settings
from tests.cli import forks
from tests.cli.programs import environment
from tests.db.programs import kill_all
from tests.homes import end_everything
from tests.ports import free_port

__all__ = ["LASTING", "STATES", "Count", "Home", "Round"]

State = Literal["nothing", "half made", "stopped", "crashed", "stale", "running"]
STATES: tuple[State, ...] = ("nothing", "half made", "stopped", "crashed", "stale", "running")
LASTING: tuple[State, ...] = ("stopped", "crashed", "stale", "running")
"""States that a home may be brought into with all that is in it."""

Target = Literal["command", "initdb", "postmaster", "postgres"]

STARTING_WITHIN = 0.3
"""Seconds within which all commands of a round begin."""
FIRST_ROUND = 2.5
"""Seconds within which things are killed at first; then so many as the round before has taken."""
ENDS_WITHIN = 120.0
NO_DATABASE = 5
TITLES = "SELECT title FROM tasks"

STRANGER = """
import socket, sys, time
if len(sys.argv) > 1:
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listening:
        print("listens", flush=True)
        while True:
            peer, _ = listening.accept()
            peer.close()
print("lives", flush=True)
time.sleep(3600)
"""


@dataclass(slots=True)
class Count:
    """What happened; `violations` must be empty: a line each."""

    rounds: int = 0
    commands: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    violations: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Command:
    """A `genie-tui` that runs; `title` is of the task that it makes, if it makes one."""

    arguments: list[str]
    begins: float
    title: str | None = None
    pid: int = 0
    killed: bool = False
    code: int | None = None


class Home:
    """A home that rounds happen to, and what must be true of it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.settings = Settings(home=place / "home", port=free_port())
        self.repository = place / "repository"
        self.repository.mkdir(parents=True)
        self.acknowledged: set[str] = set()
        self.length = FIRST_ROUND

    def begin(self, command: Command, name: str) -> None:
        files = [self.place / f"{name}.{stream}" for stream in ("out", "err")]
        with (
            Path(os.devnull).open("rb") as nothing,
            files[0].open("wb") as out,
            files[1].open("wb") as err,
        ):
            env = environment(self.settings)
            command.pid = forks.begin(command.arguments, env, self.repository, (nothing, out, err))

    def said(self, name: str) -> str:
        return (self.place / f"{name}.err").read_text(encoding="utf-8", errors="replace")

    def postmasters(self) -> set[int]:
        """The processes of the cluster that are no backends."""
        found = {}
        for process in processes.live(self.settings.data):
            with suppress(psutil.Error):
                if "-D" in process.cmdline():  # Backends give themselves another title.
                    found[process.pid] = process.ppid()
        return {pid for pid, parent in found.items() if parent not in found}

    def end(self) -> str | None:
        """End and remove it; says what its checksums were, if not right."""
        with suppress(Exception):
            server.ensure(self.settings)
        end_everything(self.settings)
        program = binaries.find().program("pg_checksums")
        done = subprocess.run(
            [program, "--check", "-D", self.settings.data],
            capture_output=True,
            text=True,
            check=False,
        )
        shutil.rmtree(self.place)
        return None if done.returncode == 0 else done.stderr + done.stdout


class Round:
    """One round: what happens, and what must be true then."""

    def __init__(self, home: Home, state: State, chance: random.Random, count: Count, name: str):
        self.home, self.state, self.chance, self.count, self.name = home, state, chance, count, name
        self.commands: list[Command] = []
        self.harmed = state == "half made"
        """Was something of the server's killed, or was it told to stop?"""

    @contextmanager
    def strangers(self) -> Iterator[None]:
        """Bring the home into its state, with strangers about."""
        programs = [_stranger()]
        try:
            on_port = self.state != "running" and self.chance.random() < 0.25
            if self.state in LASTING:
                self._prepare(programs[0].pid)
            if on_port:
                programs.append(_stranger(self.home.settings.port))
            if self.state == "half made":
                self._kill_a_first_start()
            yield
            for one in programs:
                if one.poll() is not None:
                    self._wrong(f"a stranger was ended ({one.returncode})")
        finally:
            for one in programs:
                one.kill()
                one.communicate()

    def _prepare(self, stranger: int) -> None:
        settings = self.home.settings
        server.ensure(settings)
        if self.state == "stopped":
            server.stop(settings)
        elif self.state != "running":
            kill_all(settings.data)
        if self.state == "stale":
            file = settings.data / "postmaster.pid"
            _, _, rest = file.read_text().partition("\n")
            file.write_text(f"{stranger}\n{rest}")

    def _kill_a_first_start(self) -> None:
        first = Command(arguments=["db", "start"], begins=0)
        self.home.begin(first, "first")
        time.sleep(self.chance.uniform(0, self.home.length))
        os.kill(first.pid, signal.SIGKILL)
        os.waitpid(first.pid, 0)
        if self.chance.random() < 0.5 and self.home.settings.data.is_dir():
            kill_all(self.home.settings.data)

    def happen(self, starters: int) -> None:
        """Begin the commands, kill, and wait until all have ended."""
        self.commands = [self._command(number) for number in range(starters)]
        kills = sorted(self._kills(starters), reverse=True)
        begun = time.monotonic()
        waiting = sorted(self.commands, key=lambda one: one.begins, reverse=True)
        while waiting or any(one.code is None for one in self.commands):
            now = time.monotonic() - begun
            while waiting and waiting[-1].begins <= now:
                command = waiting.pop()
                self.home.begin(command, str(self.commands.index(command)))
            while kills and kills[-1][0] <= now:
                _, target = kills.pop()
                if not self._kill(target) and target == "initdb" and self._waits_for_initdb():
                    kills.append((now + self.chance.uniform(0.02, 0.3), target))
            self._reap()
            self._look()
            if now > ENDS_WITHIN:
                self._end_what_hangs()
            time.sleep(0.01)
        self.home.length = max(1.0, time.monotonic() - begun)

    def _command(self, number: int) -> Command:
        begins = self.chance.uniform(0, STARTING_WITHIN)
        drawn = self.chance.random()
        if drawn < 0.04:
            self.harmed = True
            begins = self.chance.uniform(0, self.home.length)
            return Command(arguments=["db", "stop", "--json"], begins=begins)
        if drawn < 0.3:
            verb = self.chance.choice(["start", "migrate"])
            return Command(arguments=["db", verb, "--json"], begins=begins)
        title = f"{self.name} {number}"
        arguments = ["task", "create", title, "--json"]
        return Command(arguments=arguments, begins=begins, title=title)

    def _kills(self, starters: int) -> list[tuple[float, Target]]:
        """When, and what: commands alone in every other round."""
        targets: list[Target] = ["command"] * self.chance.randint(0, starters // 2)
        if self.chance.random() < 0.5:
            kinds: tuple[Target, ...] = ("initdb", "postmaster", "postgres")
            targets += self.chance.choices(kinds, k=self.chance.randint(1, 3))
        return [(self.chance.uniform(0, self.home.length), target) for target in targets]

    def _waits_for_initdb(self) -> bool:
        """It is short: where there will be one, its killer comes again."""
        running = any(one.code is None for one in self.commands)
        return running and self.state not in LASTING and not self.home.settings.data.exists()

    def _kill(self, target: Target) -> bool:
        """Was there something to kill?"""
        if target == "command":
            alive = [one for one in self.commands if one.pid and one.code is None]
            if alive:
                victim = self.chance.choice(alive)
                victim.killed = True
                self._end([victim.pid], target)
            return bool(alive)
        data = self.home.settings.data
        if target == "initdb":
            pids = [one.pid for one in psutil.process_iter() if self._is_our_initdb(one)]
        elif target == "postmaster":
            pids = [*self.home.postmasters()]
        else:
            pids = [one.pid for one in processes.live(data)] if data.is_dir() else []
        self._end(pids, target)
        self.harmed = self.harmed or bool(pids)
        return bool(pids)

    def _is_our_initdb(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            if process.name() == "initdb":
                return str(self.home.settings.data.parent) in " ".join(process.cmdline())
        return False

    def _end(self, pids: list[int], target: Target) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.count.killed[target] += bool(pids)

    def _reap(self) -> None:
        for command in self.commands:
            if command.pid and command.code is None:
                pid, status = os.waitpid(command.pid, os.WNOHANG)
                command.code = os.waitstatus_to_exitcode(status) if pid else None

    def _look(self) -> None:
        """There is one postmaster at most; one that is seen twice is no fork of it."""
        if self.chance.random() < 0.1 and len(seen := self.home.postmasters()) > 1:
            time.sleep(0.1)
            if len(seen := seen & self.home.postmasters()) > 1:
                self._wrong(f"postmasters {seen} at once")

    def _end_what_hangs(self) -> None:
        for number, command in enumerate(self.commands):
            if command.code is None:
                self._wrong(f"{command.arguments} hangs; {self.home.said(str(number))}")
                os.kill(command.pid, signal.SIGKILL)
                os.waitpid(command.pid, 0)
                command.code = -signal.SIGKILL

    def judge(self) -> None:
        """What must be true now."""
        for number, command in enumerate(self.commands):
            self.count.commands += 1
            if command.code == 0 and command.title is not None:
                self.home.acknowledged.add(command.title)
                self.count.acknowledged += 1
            elif command.code != 0 and not command.killed:
                self._judge_error(command, self.home.said(str(number)))
        last = Command(arguments=["db", "start"], begins=0)
        self.home.begin(last, "last")
        _, status = os.waitpid(last.pid, 0)
        if status != 0:
            self._wrong(f"does not start afterwards: {self.home.said('last')}")
            return
        if len(found := self.home.postmasters()) != 1:
            self._wrong(f"postmasters {found} in the end")
        self._judge_rows()
        self._judge_files()

    def _judge_error(self, command: Command, said: str) -> None:
        what = f"{' '.join(command.arguments[:2])}: exit {command.code}, {said.strip()}"
        try:
            message = json.loads(said)["error"]["message"]
        except (ValueError, KeyError):
            message = None
        if command.code != NO_DATABASE or not message:
            self._wrong(what)
        elif not self.harmed:
            self._wrong(f"nothing was done to the server, and yet {what}")
        else:
            self.count.errors[_without_places(message)] += 1

    def _judge_rows(self) -> None:
        found = server.ensure(self.home.settings)
        with psycopg.connect(found.conninfo) as conn:
            titles = Counter(str(row[0]) for row in conn.execute(TITLES))
        if lost := self.home.acknowledged - set(titles):
            self._wrong(f"lost: {sorted(lost)}")
        if twice := [title for title, times in titles.items() if times > 1]:
            self._wrong(f"written twice: {twice}")

    def _judge_files(self) -> None:
        data, home = self.home.settings.data, self.home.settings.home
        left = [path for path in data.parent.iterdir() if path != data]
        left += [path for path in (home / "pg").iterdir() if path.name.startswith(".")]
        if left:
            self._wrong(f"left: {left}")
        file = cluster.pid_file(data)
        if file is None or file.port != cluster.port_file(self.home.settings.port_file):
            self._wrong("the port file names another port")

    def _wrong(self, what: str) -> None:
        self.count.violations.append(f"{self.name}: {what}")
        print(f"VIOLATION {self.name}: {what}", file=sys.stderr, flush=True)


def _stranger(*arguments: int) -> subprocess.Popen[str]:
    """A program that has nothing to do with us; on a port, where one is given."""
    command = [sys.executable, "-I", "-S", "-c", STRANGER, *map(str, arguments)]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if program.stdout is None or not program.stdout.readline():
        raise RuntimeError("the stranger does not start")
    return program


def _without_places(message: str) -> str:
    """An error as it is counted: its first line without numbers and directories."""
    words = message.partition("\n")[0].split()
    return " ".join("…" if "/" in word or any(map(str.isdigit, word)) else word for word in words)
