"""Opening the dashboard: what comes before Textual is imported."""

from __future__ import annotations

import os

from genie_tui.services.whereabouts import me
from genie_tui.settings import Settings

__all__ = ["run"]


def run(settings: Settings) -> int:
    """Show the dashboard until it is quit; the exit code."""
    who = me(settings)
    fetching = None
    if (os.cpu_count() or 1) > 1:
        from genie_tui.ui.ahead import Fetching

        fetching = Fetching.begin(settings, who)
    # Textual takes its time to be imported; the rows come meanwhile.
    from genie_tui.ui import app

    return app.run(settings, who, fetching)
