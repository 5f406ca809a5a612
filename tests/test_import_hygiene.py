"""What starting the program costs: what must not be imported, opened or started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from genie_tui.cli import NOUNS, main
from genie_tui.settings import Settings
from tests.ports import free_port

IMPORTED = """
import sys
from click.testing import CliRunner
from genie_tui.cli import main
result = CliRunner().invoke(main, {arguments!r}, standalone_mode=False)
assert result.exit_code == 0, (result.output, result.exception)
print(*sorted(name for name in sys.modules if name.partition(".")[0] in {heavy!r}))
"""

HEAVY = {
    "textual",
    "rich",
    "psycopg",
    "psycopg_pool",
    "croniter",
    "psutil",
    "aiohttp",
    "textual_serve",
}


def run_python(code: str, home: Path) -> str:
    """Run code in an interpreter of its own, in an empty home."""
    environment = {**os.environ, "HOME": str(home), "GENIE_HOME": str(home / ".genie")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _is_group(noun: str) -> bool:
    return isinstance(main.get_command(click.Context(main), noun), click.Group)


# The help of a single command may import what the command runs.
GROUPS = [*filter(_is_group, NOUNS), "demo", "completion"]


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], *([name, "--help"] for name in GROUPS)], ids=" ".join
)
def test_help_and_version_import_nothing_heavy_and_leave_no_file(
    arguments: list[str], tmp_path: Path
) -> None:
    assert run_python(IMPORTED.format(arguments=arguments, heavy=HEAVY), tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_importing_the_package_opens_no_file_and_imports_nothing_heavy(tmp_path: Path) -> None:
    code = f"import sys, genie_tui; print(*({HEAVY!r} & set(sys.modules)))"
    assert run_python(code, tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [["task", "list"], ["task", "list", "--json"], ["status"], ["task", "claim"]],
    ids=" ".join,
)
def test_commands_for_agents_and_scripts_never_import_textual(
    arguments: list[str], settings: Settings, tmp_path: Path
) -> None:
    create = ["--dsn", str(settings.dsn), "task", "create", "something to claim"]
    run_python(IMPORTED.format(arguments=create, heavy={"textual"}), tmp_path)
    asked = ["--dsn", str(settings.dsn), *arguments]
    assert run_python(IMPORTED.format(arguments=asked, heavy={"textual"}), tmp_path) == ""


def test_json_is_printed_without_what_draws_tables(settings: Settings, tmp_path: Path) -> None:
    asked = ["--dsn", str(settings.dsn), "task", "list", "--json"]
    heavy = HEAVY - {"psycopg"}
    assert run_python(IMPORTED.format(arguments=asked, heavy=heavy), tmp_path) == ""


@pytest.mark.parametrize("words", ["task ", "task show ", "--project "])
def test_completion_where_no_server_runs_starts_none_and_leaves_nothing(
    words: str, tmp_path: Path
) -> None:
    asked = {
        "_GENIE_TUI_COMPLETE": "zsh_complete",
        "COMP_WORDS": f"genie-tui {words}",
        "COMP_CWORD": str(words.count(" ") + 1),
        "GENIE_PG_PORT": str(free_port()),
    }
    code = f"import os; os.environ.update({asked!r}); from genie_tui.cli import main; main([])"
    assert ("create" in run_python(code, tmp_path)) == (words == "task ")
    assert list(tmp_path.iterdir()) == []


def test_asking_for_the_state_of_the_database_never_imports_textual(tmp_path: Path) -> None:
    code = IMPORTED.format(arguments=["db", "status", "--json"], heavy={"textual"})
    # The state itself is printed to the runner; nothing runs here, and nothing is started.
    assert run_python(code, tmp_path) == ""
    assert not (tmp_path / ".genie" / "data").exists()
