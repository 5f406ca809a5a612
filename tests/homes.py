"""Homes for servers: empty ones, and ones with a cluster that is ready to start."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from genie_tui.db import server
from genie_tui.db.endpoints import Endpoint
from genie_tui.errors import GenieError
from genie_tui.settings import Settings
from tests.db.programs import is_alive, kill_all
from tests.disks import quickest_disk
from tests.ports import free_port

PREFIX = f"genie-server-{os.getpid()}-"
"""Whose homes they are: those of tests that were killed are found by it."""

MakeHome = Callable[[], Settings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A home and its server."""

    settings: Settings
    endpoint: Endpoint


def end_everything(settings: Settings) -> None:
    """End a home's server and whatever else works there; nicely, or its shared memory stays."""
    if settings.data.is_dir():
        with suppress(GenieError):
            server.stop(settings)
    for data in settings.data.parent.glob("*pgserve*"):
        if data.is_dir():
            kill_all(data)


@pytest.fixture(scope="session")
def swept() -> None:
    """End and remove what the servers of killed tests left."""
    for place in Path(quickest_disk() or tempfile.gettempdir()).glob("genie-server-*-*"):
        owner = place.name.split("-")[2]
        if owner.isdigit() and not is_alive(int(owner)):
            with suppress(OSError):
                end_everything(Settings(home=place / "home"))
            shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def empty_home() -> Iterator[MakeHome]:
    """Makes settings of homes that do not exist yet; their servers are ended."""
    made: list[Settings] = []

    def make() -> Settings:
        # Not below pytest's own directory, which only its owner may enter.
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=quickest_disk()))
        made.append(Settings(home=place / "home", port=free_port()))
        return made[-1]

    yield make
    for settings in made:
        end_everything(settings)
        shutil.rmtree(settings.home.parent)


@pytest.fixture(scope="session")
def prepared(swept: None) -> Iterator[Path]:  # noqa: ARG001
    """A home whose server was started once and stopped; only ever copied."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=quickest_disk()) as place:
        settings = Settings(home=Path(place) / "home", port=free_port())
        server.ensure(settings)
        server.stop(settings)
        yield settings.home


@pytest.fixture
def ready_home(prepared: Path, empty_home: MakeHome) -> MakeHome:
    """Makes settings of homes with a cluster that is ready to start."""

    def make() -> Settings:
        settings = empty_home()
        settings.home.mkdir(mode=0o700)
        subprocess.run(["cp", "-a", str(prepared / "data"), str(settings.home)], check=True)
        (settings.home / "pg").symlink_to(prepared / "pg")
        return settings

    return make


@pytest.fixture(scope="session")
def running(swept: None) -> Iterator[Running]:  # noqa: ARG001
    """A server that is only looked at."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=quickest_disk()) as place:
        settings = Settings(home=Path(place) / "home", port=free_port())
        yield Running(settings=settings, endpoint=server.ensure(settings))
        server.stop(settings)


@pytest.fixture
def home(ready_home: MakeHome) -> Settings:
    """A home with a cluster that is ready to start."""
    return ready_home()
