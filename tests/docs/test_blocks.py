"""Every command that the documentation shows is run, and prints what stands there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import Command, commands, matches, run
from tests.homes import MakeHome, empty_home, prepared, ready_home, swept

__all__ = ["empty_home", "prepared", "ready_home", "swept"]

ROOT = Path(__file__).parents[2]

NOT_RUN = {
    "python3 -m pip install uv && uv run genie-tui demo": "fetches; run from each fresh clone",
    "python3 -m pip install uv && uv run pytest": "these tests; .ci/run runs it from a clone",
}
"""Commands that no test of a page runs, and where they are run instead."""

ELSEWHERE = {
    # Its examples name tasks that are not there; tests/cli/test_reference.py reads each of them.
    "docs/commands.md",
}

PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    if any(commands(page.read_text(encoding="utf-8")))
)


def environment(home: Path, port: int) -> dict[str, str]:
    """That of ada, who has a home, a port for her server, and the program."""
    (home.parent / ".genie").symlink_to(home)
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home.parent),
        "GENIE_PG_PORT": str(port),
        "LOGNAME": "ada",
        "TERM": "dumb",
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "GIT_AUTHOR_NAME": "ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }


@pytest.mark.parametrize("name", [page for page in PAGES if page not in ELSEWHERE])
def test_every_command_of_a_page_does_what_the_page_says(
    name: str, ready_home: MakeHome, tmp_path: Path
) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    found = [command for command in commands(page) if command.text.strip() not in NOT_RUN]
    settings = ready_home()
    env = environment(settings.home, settings.port)
    repository = tmp_path / "acme"
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    # Who reads on has a database by now.
    subprocess.run(["genie-tui", "db", "migrate"], env=env, capture_output=True, check=True)
    try:
        results = run(found, repository, env, tmp_path / "results")
    finally:
        subprocess.run(["genie-tui", "daemon", "stop"], env=env, capture_output=True, check=False)
    wrong = [
        f"{name}:{command.line}: $ {command.text}\n(exit code {ran.code})\n{ran.output}"
        for command, ran in zip(found, results, strict=True)
        if not _as_said(command, ran.output, ran.code)
    ]
    assert not wrong, wrong[0]


def _as_said(command: Command, output: str, code: int | None) -> bool:
    """Only what is shown to print an error may fail."""
    fails = command.prints is not None and "error: " in command.prints
    if code is None or (code != 0) != fails:
        return False
    return command.prints is None or matches(output, command.prints)


def test_what_is_not_run_stands_somewhere() -> None:
    texts = [(ROOT / page).read_text(encoding="utf-8") for page in PAGES]
    said = {command.text.strip() for text in texts for command in commands(text)}
    bare = {line for text in texts for line in text.splitlines()}
    assert set(NOT_RUN) <= said | bare


def test_blocks_are_told_from_other_text_and_their_outputs_compared() -> None:
    page = "# a\n```sh\nfirst \\\n  more\n# no\nsecond\n```\n"
    page += "```console\n$ third\none\n...\n$ fourth\n```\n"
    found = list(commands(page))
    assert [(command.line, command.text) for command in found] == [
        (3, "first \\\n  more\n# no\nsecond"),
        (9, "third"),
        (12, "fourth"),
    ]
    assert [command.prints for command in found] == [None, "one\n...\n", ""]
    assert matches("one\ntwo\nthree\n", "one\n...\n")
    assert matches("id task-1a2b\n", "id ...\n")
    assert not matches("one\ntwo\n", "one\n")
