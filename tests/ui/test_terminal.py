"""A terminal that is gone while the dashboard still writes to it."""

from __future__ import annotations

import os
import pty
from threading import Thread

from textual.drivers._writer_thread import WriterThread

from genie_tui.ui.terminal import Output


def test_who_writes_to_a_terminal_that_is_gone_is_not_held_up() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as file:
        writer = WriterThread(Output(file))  # type: ignore[arg-type]
        writer.start()
        os.close(ours)

        def write() -> None:
            for _ in range(100):
                writer.write("a line of the screen")
            writer.stop()

        writing = Thread(target=write, daemon=True)
        writing.start()
        writing.join(10)
        assert not writing.is_alive()
        Output(file).flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), theirs)
