"""`python -m genie_tui.demo.daemon ROOT`: a scheduler daemon that fires the demo's schedules.

What it does is told as lines of JSON on standard output. It ends at SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from genie_tui.demo import chatter
from genie_tui.demo.simulation import settings_of
from genie_tui.scheduler import running
from genie_tui.scheduler.daemon import Rhythm


def main() -> None:
    """Be the daemon until the demo is over."""
    asyncio.run(running.run(settings_of(Path(sys.argv[1])), _told, Rhythm(jitter=0.0)))


def _told(event: str, **details: Any) -> None:
    print(json.dumps({"did": event, "by": chatter.DAEMON, **details}), flush=True)


if __name__ == "__main__":
    main()
