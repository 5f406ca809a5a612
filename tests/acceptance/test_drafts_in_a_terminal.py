"""A text that is being typed outlives the program, however that ends."""

from __future__ import annotations

import signal

import pytest

from tests.acceptance.conftest import Home
from tests.acceptance.test_board_in_a_terminal import add_task
from tests.terminal import Terminal
from tests.waiting import wait_until


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_what_is_being_typed_is_offered_again_after_a_kill(home: Home, how: signal.Signals) -> None:
    drafts = home.settings.home / "tui.drafts.json"
    with Terminal(home.command, home.env) as terminal:
        terminal.wait_for(lambda text: "Draft" in text and "live" in text)
        add_task(home, "Write the parser")
        terminal.wait_for("Write the parser")
        terminal.send("c")
        terminal.wait_for("Comment on #1")
        terminal.send("half a thought")
        terminal.wait_for("half a thought")
        if how is signal.SIGKILL:
            wait_until(lambda: drafts.exists() and "half a thought" in drafts.read_text())
        terminal.process.send_signal(how)
        terminal.wait_for_end()
    with Terminal(home.command, home.env) as terminal:
        terminal.wait_for("typed and not sent: Comment on #1")
        terminal.send("c")
        terminal.wait_for(lambda text: "as you left it" in text and "half a thought" in text)
        terminal.send("enter")
        wait_until(lambda: home.rows("SELECT body FROM messages") == [("half a thought",)])
