"""The page of instructions for agents: it is true."""

from __future__ import annotations

import re
import shlex

from genie_tui.cli.guide import PAGE
from tests.cli.conftest import Cli


def test_every_command_of_the_guide_does_what_it_says_in_its_order(cli: Cli) -> None:
    for number in range(1, 13):
        priority = "urgent" if number == 12 else "normal"
        cli("task", "create", f"task {number}", "--priority", priority)
    text = cli("agent", "guide").out
    assert text == PAGE.read_text(encoding="utf-8")
    assert cli("agent", "guide", "--json").json == {"guide": text}
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    commands = [shlex.split(line) for block in blocks for line in block.split("\n") if line]
    assert len(commands) > 7
    for program, *arguments in commands:
        assert program == "genie-tui"
        found = cli(*arguments, "--as", "agent:eng-1")
        # A task without a board has a person's gate before it.
        wanted = {0, 4} if arguments[:2] == ["task", "complete"] else {0}
        assert found.code in wanted, (arguments, found.err)


def test_the_guide_fits_a_page() -> None:
    assert len(PAGE.read_text(encoding="utf-8").splitlines()) <= 70
