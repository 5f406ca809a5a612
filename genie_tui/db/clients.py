"""pg_dump and pg_restore: run with a connection whose password no other user sees."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from genie_tui.db import binaries, endpoints
from genie_tui.db.endpoints import Endpoint
from genie_tui.errors import GenieError

__all__ = ["Failed", "fed", "login", "piped", "redacted", "run"]

SECRETS = ("password", "sslpassword")
ERROR = re.compile(r"\berror:\s+(.*)", re.IGNORECASE)
LOOK_EVERY = 0.1
"""Seconds between two looks at how far a program has come."""


class Failed(GenieError):
    """A program of PostgreSQL's failed; the message is the last that it said."""


def login(endpoint: Endpoint, **instead: str) -> tuple[str, dict[str, str]]:
    """What a program is told to connect with, and the environment that has the password.

    Others read a program's arguments, but not its environment. `instead` replaces parts of the
    connection, such as `dbname`.
    """
    given = conninfo_to_dict(endpoint.conninfo) | instead
    environment = dict(os.environ)
    if given.get("password"):
        environment["PGPASSWORD"] = str(given["password"])
    # As a parameter, a program from before PostgreSQL 16 would refuse it.
    if required := given.pop("require_auth", None):
        environment["PGREQUIREAUTH"] = str(required)
    shown = {name: value for name, value in given.items() if name not in SECRETS}
    return make_conninfo("", **shown), environment


def run(
    name: str,
    arguments: Sequence[str | Path],
    *,
    environment: dict[str, str],
    look: Callable[[], object] = lambda: None,
) -> None:
    """Run a program to its end; ended itself where this is. `look` is called now and then.

    Raises:
        Failed: with what it said.
    """
    with _started(name, arguments, environment) as program:
        while True:
            try:
                program.wait(LOOK_EVERY)
                return
            except subprocess.TimeoutExpired:
                look()


@contextmanager
def piped(
    name: str, arguments: Sequence[str | Path], environment: dict[str, str] | None = None
) -> Iterator[IO[bytes]]:
    """What a program prints, which is to be read to its end.

    Raises:
        Failed: with what it said.
    """
    with _started(name, arguments, environment, output=subprocess.PIPE) as program:
        assert program.stdout is not None
        yield program.stdout


@contextmanager
def fed(
    name: str, arguments: Sequence[str | Path], environment: dict[str, str]
) -> Iterator[IO[bytes]]:
    """What a program reads, until it is closed at the end.

    Raises:
        Failed: with what it said.
    """
    with _started(name, arguments, environment, source=subprocess.PIPE) as program:
        assert program.stdin is not None
        # Whoever reads no more has said why.
        with suppress(BrokenPipeError), program.stdin:
            yield program.stdin


@contextmanager
def _started(
    name: str,
    arguments: Sequence[str | Path],
    environment: dict[str, str] | None,
    *,
    source: int = subprocess.DEVNULL,
    output: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    env = {**(environment or os.environ), "LC_ALL": "C"}
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(
            [binaries.find().program(name), *arguments],
            stdin=source,
            stdout=output,
            stderr=said,
            env=env,
        ) as program:
            try:
                yield program
            except BaseException:
                program.kill()
                raise
        if program.returncode != 0:
            raise Failed(_reason(name, program.returncode, said))


def _reason(name: str, code: int, said: IO[bytes]) -> str:
    """The first error that it told of, which is what the others follow from."""
    said.seek(0)
    lines = [line for line in said.read().decode("utf-8", "replace").splitlines() if line.strip()]
    wrong = [found[1] for line in lines if (found := ERROR.search(line))]
    words = wrong or lines or [f"ended by signal {-code}" if code < 0 else f"exit code {code}"]
    return f"{name}: {words[0].strip()}"


def redacted(error: Failed, endpoint: Endpoint) -> str:
    """The reason without the password."""
    return endpoints.redacted(str(error), endpoint)
