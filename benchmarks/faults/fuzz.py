"""Whether any input makes the program break, hang or write what it refused.

    python -m benchmarks.faults.fuzz [--seconds N] [--only NAME] [--seed N]

Command lines, files to import, JSON of every shape in every jsonb column (read by each command, and
by each screen of a dashboard), addresses, environments, tui.toml and notifications
(`tests/fuzzing.py`): each for its part of the time, against a server with a temporary home, which
is ended. What breaks is shrunk and printed; the bound is 0.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from psycopg import sql

from genie_tui.db import migrations, server
from genie_tui.errors import BadInput
from genie_tui.settings import Settings
from genie_tui.ui.keymap import remap
from tests import fuzzing
from tests.fuzzing import Sandbox
from tests.ports import free_port

__all__ = ["main"]

BATCH = 60
"""So many inputs between two looks at the clock; each batch has a seed of its own."""
SHOWN = 1_200
"""Letters of each fault; it is counted and shown once, by the line that says what it is."""

TARGETS = ("calls", "files", "json", "screens", "dsn", "environment", "toml")
Target = tuple[st.SearchStrategy[Any], Callable[[Any], None]]


def targets(sandbox: Sandbox) -> dict[str, Target]:
    """What is tried: inputs, and what each is given to; an exception is a fault."""

    def call(line: tuple[str, ...]) -> None:
        before = sandbox.digest()
        done = sandbox.run(*line)
        assert done.code not in (1, 2) or sandbox.digest() == before, (line, done)

    def read(given: tuple[list[str], list[tuple[str, ...]]]) -> None:
        documents, lines = given
        with psycopg.connect(sandbox.dsn) as conn:
            fuzzing.fill_json(conn, documents)
        for line in lines:
            sandbox.run(*line)
        for command in fuzzing.READING:
            sandbox.run(*command, "--project", "acme")
            sandbox.run(*command, "--project", "acme", "--json")

    def look(given: tuple[list[str], list[tuple[str, str]]]) -> None:
        asyncio.run(fuzzing.look_round(sandbox, *given))

    def address(dsn: str) -> None:
        for command in (("task", "list"), ("db", "status"), ("status",)):
            sandbox.run(*command, "--dsn", dsn)

    def environment(found: dict[str, str]) -> None:
        for command in (("task", "list"), ("task", "create", "more"), ("db", "status")):
            sandbox.run(*command, **found)

    def toml(text: bytes) -> None:
        (sandbox.home / "tui.toml").write_bytes(text)
        with suppress(BadInput):
            remap(Settings.read({}, home=str(sandbox.home)).keys)
        (sandbox.home / "tui.toml").unlink()

    def take(given: tuple[tuple[str, ...], str]) -> None:
        command, text = given
        before = sandbox.digest()
        done = sandbox.run(*command, stdin=text)
        assert not done.code or sandbox.digest() == before, (command, text, done)

    documents = st.lists(fuzzing.documents, min_size=1, max_size=12)
    return {
        "calls": (fuzzing.calls(), call),
        "json": (st.tuples(documents, st.lists(fuzzing.calls(), max_size=20)), read),
        "screens": (st.tuples(documents, st.lists(fuzzing.payloads, max_size=8)), look),
        "files": (
            st.tuples(st.sampled_from(fuzzing.TAKING), fuzzing.files(fuzzing.exports(sandbox))),
            take,
        ),
        "dsn": (fuzzing.dsns, address),
        "environment": (fuzzing.environments, environment),
        "toml": (fuzzing.tomls, toml),
    }


def main() -> int:
    """Try, print, and fail where there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--only", action="append", choices=TARGETS, default=[])
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    faults = 0
    chosen = options.only or TARGETS
    for name in chosen:
        # What one writes must not be missed by the next.
        with _sandbox() as sandbox:
            target = targets(sandbox)[name]
            count, found = _try(target, options.seconds / len(chosen), options.seed)
        print(f"{name}: {count} inputs, {len(found)} faults", flush=True)
        for fault in found:
            print(fault[-SHOWN:], flush=True)
        faults += len(found)
    return 1 if faults else 0


def _try(target: Target, seconds: float, first: int) -> tuple[int, list[str]]:
    """How many inputs there were, and the faults, shrunk."""
    inputs, act = target
    found: dict[str, str] = {}
    count, number = 0, first
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:

        def one(value: Any) -> None:
            nonlocal count
            count += 1
            if time.monotonic() < ends:
                act(value)

        how = settings(
            max_examples=BATCH,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        try:
            how(seed(number)(given(inputs)(one)))()
        except Exception:
            text = traceback.format_exc().rstrip()
            found.setdefault(_kind(text), text)
        number += 1
    return count, list(found.values())


def _kind(text: str) -> str:
    """What a fault is: the last line that names an error."""
    lines = text.partition("\nFailing test case")[0].rstrip().splitlines()
    return lines[-1][:60]


@contextmanager
def _sandbox() -> Iterator[Sandbox]:
    """A furnished database, and a repository to be in."""
    with tempfile.TemporaryDirectory(prefix="genie-fuzz-") as place:
        home = Settings(home=Path(place) / "home", port=free_port())
        running = server.ensure(home)
        try:
            dsn = _furnished(running.url)
            (Path(place) / "acme" / ".git").mkdir(parents=True)
            os.chdir(Path(place) / "acme")
            (Path(place) / "other").mkdir()
            yield Sandbox(dsn=dsn, home=Path(place) / "other")
        finally:
            os.chdir("/")
            server.stop(home)


def _furnished(url: str) -> str:
    name = f"fuzz_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    dsn = url.rpartition("/")[0] + f"/{name}"

    async def migrate() -> None:
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
            await migrations.migrate(conn)

    asyncio.run(migrate())
    with psycopg.connect(dsn) as conn:
        fuzzing.furnish(conn)
    return dsn


if __name__ == "__main__":
    sys.exit(main())
