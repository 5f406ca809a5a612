"""What the contributor's pages show works, when it is done to a copy of the package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from genie_tui.settings import Settings
from tests.docs.examples import ROOT, apply

SCREEN = """
import asyncio, sys
from genie_tui.domain.actors import Actor
from genie_tui.settings import Settings
from genie_tui.ui.app import GenieApp

async def main():
    app = GenieApp(Settings.read(), Actor.human("ada", "desk"))
    async with app.run_test(size=(100, 30)) as pilot:
        async with asyncio.timeout(30):
            while not app.workspace.link.connected:
                await asyncio.sleep(0.01)
            await app.action_show_screen(sys.argv[1] or "board")
            text = ""
            while sys.argv[2] not in text:
                await asyncio.sleep(0.01)
                text = "\\n".join(s.text for s in app.screen._compositor.render_strips())
        print(text)
        print(app.theme, app.screen.background_colors[1].hex)

asyncio.run(main())
"""


def python(place: Path, settings: Settings, arguments: Sequence[str], **more: str) -> str:
    """Run Python on the copy; what it prints."""
    assert settings.dsn is not None
    env = {
        **os.environ,
        **more,
        "PYTHONPATH": str(place),
        "GENIE_HOME": str(settings.home),
        "GENIE_DATABASE_URL": settings.dsn,
    }
    done = subprocess.run(
        [sys.executable, *arguments], cwd=place, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def style(files: Sequence[Path]) -> str:
    """What the linter says of the files."""
    names = [str(file) for file in files if file.suffix == ".py"]
    config = str(ROOT / "pyproject.toml")
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--config", config, *names],
        capture_output=True,
        text=True,
    )
    return "" if done.returncode == 0 else done.stdout


@pytest.fixture
def a_task(settings: Settings) -> None:
    """A project with a task that has a tag."""
    assert settings.dsn is not None
    with psycopg.connect(settings.dsn) as conn:
        conn.execute("INSERT INTO projects (id, name, repo_path) VALUES ('p', 'acme', '/acme')")
        conn.execute("INSERT INTO tasks (id, repo_path, title) VALUES ('t', '/acme', 'forgotten')")
        conn.execute("INSERT INTO tags (id, name, color) VALUES ('sec', 'Security', '#ef4444')")
        conn.execute("INSERT INTO task_tags (task_id, tag_id) VALUES ('t', 'sec')")


@pytest.mark.usefixtures("a_task")
def test_the_command_of_the_page_runs_and_prints_json(settings: Settings, tmp_path: Path) -> None:
    files = apply("command.md", place := tmp_path / "copy")
    assert style(files) == ""
    genie = ["-m", "genie_tui", "idle", "--for", "0s"]
    assert python(place, settings, genie) == "#1 forgotten\n"
    (task,) = json.loads(python(place, settings, [*genie, "--json"]))
    assert (task["id"], task["title"]) == ("t", "forgotten")
    assert json.loads(python(place, settings, ["-m", "genie_tui", "idle", "--json"])) == []
    assert "idle" in python(place, settings, ["-m", "genie_tui", "--help"])


@pytest.mark.usefixtures("a_task")
def test_the_migration_of_the_page_is_applied_to_a_database_with_rows(
    settings: Settings, tmp_path: Path
) -> None:
    apply("migration.md", place := tmp_path / "copy")
    status = ["-m", "genie_tui", "db", "status", "--json"]
    assert json.loads(python(place, settings, status))["pending"] == ["tui_900_pins"]
    python(place, settings, ["-m", "genie_tui", "db", "migrate"])
    assert json.loads(python(place, settings, status))["pending"] == []
    assert settings.dsn is not None
    with psycopg.connect(settings.dsn) as conn:
        conn.execute("INSERT INTO tui_pins (task_id, actor_id) VALUES ('t', 'ada')")
        conn.execute("DELETE FROM tasks WHERE id = 't'")
        assert conn.execute("SELECT count(*) FROM tui_pins").fetchone() == (0,)


def test_the_theme_of_the_page_is_offered_and_drawn(settings: Settings, tmp_path: Path) -> None:
    files = apply("theme.md", place := tmp_path / "copy")
    assert style(files) == ""
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / "tui.toml").write_text('theme = "genie-paper"\n')
    (place / "show.py").write_text(SCREEN)
    printed = python(place, settings, ["show.py", "board", "quit"])
    assert printed.splitlines()[-1] == "genie-paper #F6EFE0"


@pytest.mark.usefixtures("a_task")
def test_the_screen_of_the_page_opens_and_shows_its_rows(
    settings: Settings, tmp_path: Path
) -> None:
    files = apply("screen.md", place := tmp_path / "copy")
    assert style(files) == ""
    (place / "show.py").write_text(SCREEN)
    printed = python(place, settings, ["show.py", "labels", "Security"])
    assert "Labels" in printed.splitlines()[0]
