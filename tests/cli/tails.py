"""Commands that go on, watched from outside."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment
from tests.waiting import wait_until

__all__ = ["Tail", "cut", "following"]


class Tail:
    """A running command, and what it has printed so far."""

    def __init__(self, process: subprocess.Popen[bytes], out: Path, err: Path) -> None:
        self.process = process
        self._out = out
        self._err = err

    @property
    def lines(self) -> list[str]:
        """Its whole lines."""
        return self._out.read_text().splitlines()

    @property
    def said(self) -> str:
        """What it says on standard error."""
        return self._err.read_text()

    def shows(self, text: str) -> None:
        """Wait until a line holds a text."""
        wait_until(lambda: any(text in line for line in self.lines))


@contextmanager
def following(settings: Settings, repo: Path, tmp_path: Path, *command: str) -> Iterator[Tail]:
    """A command that goes on, called by ada in her repository, until the end of the block."""
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("wb") as to_out, err.open("wb") as to_err:
        process = subprocess.Popen(
            [*COMMAND, *command],
            env=environment(settings, GENIE_DATABASE_URL=str(settings.dsn), LOGNAME="ada"),
            cwd=repo,
            stdout=to_out,
            stderr=to_err,
        )
    try:
        yield Tail(process, out, err)
    finally:
        process.kill()
        process.wait()


def cut(dsn: str) -> None:
    """End the connections of everybody else."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
