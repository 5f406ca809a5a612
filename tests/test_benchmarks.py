"""Every benchmark works: run once, as small as it can be. What it measures is not looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import benchmarks
from benchmarks.__main__ import put
from benchmarks.report import Row, table

ROWS = {
    "startup": 28,
    "board": 12,
    "screens": 7,
    "feed": 12,
    "idle": 12,
    "peers": 8,
    "command_line": 9,
    "server": 7,
    "migrations": 2,
    "claims": 3,
    "trigger_cost": 10,
    "metrics": 7,
    "sessions": 2,
}


@pytest.mark.parametrize("name", benchmarks.ALL)
def test_a_benchmark_prints_its_table_and_writes_all_its_rows(name: str, tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    command = [sys.executable, "-m", f"benchmarks.{name}", "--small", "--json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = json.loads(file.read_text())["rows"]
    assert len(rows) == ROWS[name], [row["figure"] for row in rows]
    assert len(done.stdout.splitlines()) == len(rows) + 4
    assert all(f"| {row['figure']} " in done.stdout for row in rows)


def test_every_benchmark_is_in_the_list_and_says_what_it_measures() -> None:
    files = Path(benchmarks.__file__).parent.glob("*.py")
    commands = {file.stem for file in files if "report.main(" in file.read_text("utf-8")}
    assert commands == set(benchmarks.ALL) == set(ROWS)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks"], capture_output=True, text=True, check=True
    )
    told = [line.split()[2] for line in done.stdout.splitlines()]
    assert told == [f"benchmarks.{name}" for name in benchmarks.ALL]


def test_every_table_has_its_place_on_the_page() -> None:
    page = (Path(benchmarks.__file__).parent.parent / "docs" / "performance.md").read_text("utf-8")
    for name in benchmarks.ALL:
        assert f"benchmarks.{name}`\n" in page
        assert f"<!-- {name} -->\n\nanother\n\n<!-- end -->" in put(page, name, "another\n")


def test_a_row_tells_whether_its_bound_is_kept() -> None:
    faster = Row(figure="a key", value=3.0, beside="hello's", other=2.0, bound=1.2)
    assert (faster.ratio, faster.within) == (1.5, False)
    assert Row(figure="claims", value=9.0, other=10.0, bound=0.7, least=True).within is True
    assert Row(figure="a start", value=3.0, other=1.0, bound=3.0, of_value=True).within is True
    assert Row(figure="rows", value=3.0).within is None
    _, _, line = table([faster]).splitlines()
    assert line == "| a key  | 3.0 ms |     | hello's | 2.0 ms     | 1.50  | ≤ 1.2 | OVER |"
