"""Opening the dashboard: what comes before Textual is imported."""

from __future__ import annotations

import os
from contextlib import nullcontext

from genie_tui.services.whereabouts import me
from genie_tui.settings import Settings
from genie_tui.ui.glimpse import Glimpse

__all__ = ["run"]


def run(settings: Settings) -> int:
    """Show the dashboard until it is quit; the exit code."""
    glimpse = Glimpse.of(settings)
    with glimpse.shown() if glimpse else nullcontext():
        who = me(settings)
        fetching = None
        if (os.cpu_count() or 1) > 1:
            from genie_tui.ui.ahead import Fetching

            fetching = Fetching.begin(settings, who)
        # Textual takes its time to be imported; the rows come meanwhile.
        from genie_tui.ui import app
    return app.run(settings, who, fetching, glimpse)
