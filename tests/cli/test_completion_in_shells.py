"""Completion where it is used: in a real bash, zsh and fish, installed as the script says."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment, genie
from tests.terminal import Terminal

ROWS = """
    INSERT INTO projects (id, name, repo_path)
    VALUES ('p1', 'acme', %(repo)s), ('p2', 'it''s big #1', '/work/big');
    INSERT INTO boards (id, name, project_id, columns)
    VALUES ('board-1', 'Sprint 12: now', 'p1', '[{"name": "to do"}, {"name": "doing"}]');
    INSERT INTO tasks (id, repo_path, project_id, title, status, board_id, stage)
    VALUES ('task-1', %(repo)s, 'p1', 'rate limits, please', 'ready', 'board-1', 'to do');
"""

TYPED = {
    "genie-tui task sh\t1\t": "<task><show><1>",
    "genie-tui board show Spr\t": "<board><show><Sprint 12: now>",
    "genie-tui project show it\t": "<project><show><it's big #1>",
    "genie-tui task move 1 to\t": "<task><move><1><to do>",
    "genie-tui task show --js\t1": "<task><show><--json><1>",
}
"""What is typed, a tab as such, and the words that the program is then called with."""

# A shell asks it to complete; a finished line's words it writes down.
PROGRAM = """#!/bin/sh
if [ -n "$_GENIE_TUI_COMPLETE" ]; then exec {command} "$@"; fi
(printf '<%s>' "$@"; echo) >> {given}
"""

INSTALLED = {
    "bash": ".local/share/bash-completion/completions/genie-tui",
    "zsh": ".zfunc/_genie-tui",
    "fish": ".config/fish/completions/genie-tui.fish",
}
START = {
    "bash": f"bind 'set bell-style none'; source ~/{INSTALLED['bash']}; PS1='%ready> '\r",
    "zsh": "fpath=(~/.zfunc $fpath); autoload -U compinit && compinit -u; PS1='%%ready> '\r",
    "fish": "function fish_prompt; echo -n '%''ready> '; end\r",
}
SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "-i"],
}


@pytest.fixture
def around(settings: Settings, repo: Path, tmp_path: Path) -> Mapping[str, str]:
    """The environment of a shell in a home of its own, which finds the program."""
    assert settings.dsn is not None
    with psycopg.connect(settings.dsn) as conn:
        psycopg.ClientCursor(conn).execute(ROWS, {"repo": str(repo)})
    program = tmp_path / "bin" / "genie-tui"
    program.parent.mkdir()
    given = shlex.quote(str(tmp_path / "given"))
    program.write_text(PROGRAM.format(command=shlex.join(COMMAND), given=given))
    program.chmod(0o755)
    (tmp_path / "given").touch()
    return environment(
        settings,
        HOME=str(tmp_path),
        PATH=f"{program.parent}:{os.environ['PATH']}",
        GENIE_DATABASE_URL=settings.dsn,
        HISTFILE="",
        TERM="xterm",
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_shell_completes_reaches_the_program_as_it_is(
    shell: str, settings: Settings, around: Mapping[str, str], repo: Path, tmp_path: Path
) -> None:
    script = tmp_path / INSTALLED[shell]
    script.parent.mkdir(parents=True)
    done = genie(settings, "completion", shell)
    assert f"genie-tui completion {shell} > ~/{INSTALLED[shell]}\n" in done.out
    script.write_text(done.out)
    given = tmp_path / "given"
    with Terminal(SHELLS[shell], around, columns=400, cwd=repo) as terminal:
        terminal.wait_for(lambda text: text.strip())
        terminal.send(START[shell])
        terminal.wait_for("%ready>")
        for number, line in enumerate(TYPED, start=1):
            first, *others = line.split("\t")
            terminal.send(first)
            terminal.wait_for(first)
            for more in others:
                at = terminal.screen.cursor.x
                terminal.send("\t")
                # What is completed is followed by a blank, which the screen's text does not show.
                terminal.wait_for(lambda _, at=at: terminal.screen.cursor.x > at)  # type: ignore[misc]
                terminal.send(more)
                terminal.wait_for(more)
            terminal.send("enter")
            terminal.wait_for(
                lambda _, number=number: len(given.read_text().splitlines()) >= number  # type: ignore[misc]
            )
    assert given.read_text().splitlines() == list(TYPED.values())
