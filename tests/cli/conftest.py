"""Homes for servers (see tests/homes.py), and the program on a database of the test's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from genie_tui.settings import Settings
from tests.cli.programs import Result, genie
from tests.homes import empty_home, home, prepared, ready_home, running, swept

__all__ = ["empty_home", "home", "prepared", "ready_home", "running", "swept"]


class Cli(Protocol):
    """Runs `genie-tui` on the test's database, in a directory, with more environment variables."""

    def __call__(
        self,
        *arguments: str,
        at: Path | None = None,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
    ) -> Result: ...


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository in which commands are called, named `acme`."""
    place = tmp_path / "acme"
    (place / ".git").mkdir(parents=True)
    return place


@pytest.fixture
def cli(settings: Settings, repo: Path) -> Cli:
    """The program on the test's database, called by ada in her repository."""
    assert settings.dsn is not None
    ours = {"GENIE_DATABASE_URL": settings.dsn, "LOGNAME": "ada"}

    def run(
        *arguments: str,
        at: Path | None = None,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
    ) -> Result:
        return genie(settings, *arguments, cwd=at or repo, stdin=stdin, **ours, **(env or {}))

    return run
