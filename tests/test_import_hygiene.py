"""What starting the program costs: what must not be imported, opened or started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

IMPORTED = """
import sys
from click.testing import CliRunner
from genie_tui.cli import main
result = CliRunner().invoke(main, {arguments!r}, standalone_mode=False)
assert result.exit_code == 0, (result.output, result.exception)
print(*sorted(name for name in sys.modules if name.partition(".")[0] in {heavy!r}))
"""

HEAVY = {"textual", "rich", "psycopg", "psycopg_pool", "croniter", "psutil"}


def run_python(code: str, home: Path) -> str:
    """Run code in an interpreter of its own, in an empty home."""
    environment = {**os.environ, "HOME": str(home), "GENIE_HOME": str(home / ".genie")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["db", "--help"], ["demo", "--help"]], ids=" ".join
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


def test_asking_for_the_state_of_the_database_never_imports_textual(tmp_path: Path) -> None:
    code = IMPORTED.format(arguments=["db", "status", "--json"], heavy={"textual"})
    # The state itself is printed to the runner; nothing runs here, and nothing is started.
    assert run_python(code, tmp_path) == ""
    assert not (tmp_path / ".genie" / "data").exists()
