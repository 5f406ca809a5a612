"""What the first frame costs: nothing is imported that it does not show."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "psycopg",
    "psycopg_pool",
    "psutil",
    "markdown_it",
    "textual.widgets._markdown",
    "textual.widgets._text_area",
    "genie_tui.db",
    "genie_tui.services",
)


def test_the_first_frame_imports_neither_the_database_nor_what_only_later_screens_need() -> None:
    code = (
        f"import sys, genie_tui.ui.app\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
