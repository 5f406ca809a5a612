"""A home of its own for the whole program, and an eye on its rows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from genie_tui.db import server
from genie_tui.settings import Settings
from tests.ports import free_port


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An empty home: the program's environment in it, and what its database says."""

    settings: Settings
    repo: Path

    @property
    def env(self) -> dict[str, str]:
        """The environment of somebody who has nothing set but where this home is."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.repo.parent),
            "GENIE_HOME": str(self.settings.home),
            "GENIE_PG_PORT": str(self.settings.port),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }

    @property
    def command(self) -> list[str]:
        """What starts the program, in the repository."""
        code = "import os, sys; os.chdir(sys.argv.pop(1)); from genie_tui.cli import main; main()"
        return [sys.executable, "-c", code, str(self.repo)]

    @property
    def url(self) -> str:
        """The address of the running server."""
        found = server.find(self.settings)
        assert found is not None, "no server runs in this home"
        return f"postgresql://{found.user}:{found.password}@{found.host}:{found.port}/genie"

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query gives, on a connection of its own."""
        with psycopg.connect(self.url) as conn:
            return conn.execute(query.encode(), values).fetchall()

    def write(self, statement: str, *values: Any) -> None:
        """Change rows as another client would."""
        with psycopg.connect(self.url) as conn:
            conn.execute(statement.encode(), values)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """An empty home and an empty repository; the server that was started in it is stopped."""
    repo = tmp_path / "acme"
    (repo / ".git").mkdir(parents=True)
    home = Home(settings=Settings(home=tmp_path / "genie", port=free_port()), repo=repo)
    yield home
    server.stop(home.settings)
