"""The program as it is, with moments of its start written into a file: `GENIE_MARKS` names it.

Nothing of the program is changed for it: Python itself tells what is imported, forked and opened
(`sys.addaudithook`), of which the first of each kind is written down, with the monotonic clock.
"""

from __future__ import annotations

import os
import sys
import time

RUNS = "Python runs the program"
FORKED = "a process that fetches the rows is forked"
TEXTUAL = "Textual is imported"
OWN = "the dashboard's modules are imported, the event loop is made"
DRIVER = "psycopg begins to be imported, in a thread"
MARKS = (RUNS, FORKED, TEXTUAL, OWN, DRIVER)


class Marks:
    """What was seen so far."""

    def __init__(self, file: str) -> None:
        self._out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._pid = os.getpid()
        self._seen: set[str] = set()
        self._has_textual = False
        self.note(RUNS)

    def note(self, mark: str) -> None:
        """Write it down, once, and not in a process that was forked."""
        if mark not in self._seen and os.getpid() == self._pid:
            self._seen.add(mark)
            os.write(self._out, f"{time.monotonic()} {mark}\n".encode())

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        """What Python is about to do."""
        if event == "import":
            name = str(arguments[0])
            if name == "textual":
                self._has_textual = True
            elif name == "psycopg":
                self.note(DRIVER)
            elif self._has_textual and name.startswith("genie_tui."):
                self.note(TEXTUAL)
        elif event == "os.fork":
            self.note(FORKED)
        elif event == "socket.__new__" and TEXTUAL in self._seen:
            self.note(OWN)


def main() -> None:
    """Run the program."""
    sys.addaudithook(Marks(os.environ["GENIE_MARKS"]).hear)
    from genie_tui.__main__ import main as program

    program()


if __name__ == "__main__":
    main()
