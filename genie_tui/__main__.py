"""`python -m genie_tui`, and the `genie-tui` command."""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run; without arguments at a terminal, the dashboard opens and no command line is read."""
    bare = len(sys.argv) == 1 and "_GENIE_TUI_COMPLETE" not in os.environ
    if bare and sys.stdin.isatty() and sys.stderr.isatty():
        sys.exit(_dashboard())
    from genie_tui import cli

    cli.main()


def _dashboard() -> int:
    """The dashboard, without what takes arguments apart: that costs a fifth of the first frame."""
    # Nothing of what is imported will ever be garbage.
    gc.disable()
    try:
        from genie_tui.settings import Settings
        from genie_tui.ui import opening

        return opening.run(Settings.read())
    except BaseException as error:
        from genie_tui.cli import failures

        return failures.report(error, as_json=False)


if __name__ == "__main__":
    main()
