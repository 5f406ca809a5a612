"""The wheel: built, installed into a fresh environment elsewhere, and used from there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from releasing import artefacts
from tests.ports import free_port

ROOT = Path(__file__).parent.parent


def uv(*arguments: str, cwd: Path) -> None:
    """Run uv, which runs these tests and so is there."""
    program = shutil.which("uv")
    command = [program] if program else [sys.executable, "-m", "uv"]
    done = subprocess.run([*command, *arguments], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout's files."""
    out = tmp_path_factory.mktemp("dist")
    uv("build", "--quiet", "--wheel", "--out-dir", str(out), str(ROOT), cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The installed command, in a home of its own; its server is stopped at the end."""
    place = tmp_path_factory.mktemp("installed")
    uv("venv", "--quiet", "--python", sys.executable, str(place / "venv"), cwd=place)
    python = place / "venv" / "bin" / "python"
    uv("pip", "install", "--quiet", "--python", str(python), str(wheel), cwd=place)
    installed = Installed(place)
    yield installed
    installed("db", "stop")


class Installed:
    """The program as a user has it: `installed("db", "status")` gives what it prints."""

    def __init__(self, place: Path) -> None:
        self.place = place
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        port = str(free_port())
        self.environment = {**kept, "HOME": str(place / "home"), "GENIE_PG_PORT": port}
        (place / "home").mkdir()

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(self.place / "venv" / "bin" / "genie-tui"), *arguments],
            cwd=self.place,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def test_the_wheel_is_small_and_carries_the_migrations_and_style_sheets(wheel: Path) -> None:
    assert len(list((ROOT / "migrations").glob("*.sql"))) >= 11
    assert artefacts.contents(wheel.parent).endswith("bytes")


def test_the_installed_command_says_its_version(command: Installed) -> None:
    from genie_tui import __version__

    assert __version__ in command("--version")


def test_the_installed_command_migrates_a_new_database_and_tells_its_state(
    command: Installed,
) -> None:
    before = json.loads(command("--json", "db", "status"))
    assert before["state"] == "stopped"
    command("db", "migrate")
    after = json.loads(command("--json", "db", "status"))
    assert after["state"] == "running"
    assert after["pending"] == []
    expected = sorted(path.stem for path in (ROOT / "migrations").glob("*.sql"))
    assert sorted(after["applied"]) == expected
