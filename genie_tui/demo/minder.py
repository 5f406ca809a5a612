"""`python -m genie_tui.demo.minder ROOT`: clears a demo away once its program is gone.

Standard input is a pipe whose other end only that program holds, so that it closes when the
program ends, however it ends.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from genie_tui.demo import leftovers


def main() -> None:
    """Wait for the end of the program, and clear up after it."""
    # Whoever ends the whole process group or session means the program; this outlives it.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    root = Path(sys.argv[1])
    while os.read(0, 1):
        continue
    leftovers.clear(root)


if __name__ == "__main__":
    main()
