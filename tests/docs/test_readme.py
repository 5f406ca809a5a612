"""What the README promises at its top, and that what it points to is there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.blocks import commands

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_begins_with_the_command_for_the_demo_and_the_one_for_the_tests() -> None:
    first, second, *_ = commands(TEXT)
    assert first.text == "python3 -m pip install uv && uv run genie-tui demo"
    assert second.text == "python3 -m pip install uv && uv run pytest"


def test_every_file_that_it_points_to_is_there() -> None:
    found = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", TEXT)
    assert len(found) > 20
    missing = [name for name in found if "://" not in name and not (ROOT / name).is_file()]
    assert missing == []


def test_the_commands_of_its_figures_are_there() -> None:
    table = TEXT.partition("## Measured")[2]
    named = re.findall(r"\| `([\w.]+)` \|$", table, re.MULTILINE)
    assert len(named) > 3
    for name in named:
        assert (ROOT / "benchmarks" / f"{name.replace('.', '/')}.py").is_file(), name


def test_its_recording_moves_by_itself_and_is_small() -> None:
    recording = (ROOT / "screenshots" / "demo.svg").read_text(encoding="utf-8")
    assert "@keyframes" in recording
    assert not re.search(r"<script|@font-face|url\(|\son\w+=|href=\"[^#]", recording)
    assert len(recording.encode()) < 1_000_000
