"""How fast a session's file is imported, and in how much memory, beside a tenth of it.

    uv run python -m benchmarks.sessions [--megabytes N] [--small] [--json [FILE]]

The file is made in a temporary directory; the command is `genie-tui session import`, and its memory
the largest that it had. The server has a temporary home and is ended.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import report
from benchmarks.report import Row
from genie_tui.db import server
from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment
from tests.ports import free_port

__all__ = ["main"]

WORDS = [f"{a}{b}" for a in "bdfgklmnprst" for b in ("anner", "ill", "ock", "untime", "ery", "ave")]


def main() -> int:
    """Measure, and print."""
    return report.main(__doc__, rows, megabytes=(1_000, 2))


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """A tenth, then the whole; before, a little, as the first one migrates."""
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        settings = Settings(home=Path(place) / "home", port=free_port())
        rates, peaks = [], []
        try:
            server.ensure(settings)
            for megabytes in (1, max(options.megabytes // 10, 1), options.megabytes):
                file = write(Path(place) / f"{megabytes}-mb.jsonl", megabytes)
                seconds, peak = imported(settings, file)
                rates.append(file.stat().st_size / 1e6 / seconds)
                peaks.append(peak)
                file.unlink()
        finally:
            server.stop(settings)
    _, few, many = rates
    yield Row(
        figure=f"import of {options.megabytes:,} MB",
        value=many,
        unit="MB/s",
        beside="a tenth of it",
        other=few,
        bound=20,
        of_value=True,
        least=True,
    )
    _, few, many = peaks
    yield Row(figure="memory at most", value=many, unit="MiB", beside="a tenth of it", other=few)


def write(file: Path, megabytes: int) -> Path:
    """A session of so many MB: words of a person, an agent, its tools and their answers."""
    chance, left = random.Random(megabytes), megabytes * 1_000_000
    with file.open("w") as out:
        while left > 0:
            left -= out.write(line(chance))
    return file


def line(chance: random.Random) -> str:
    """A line; an answer of a tool is the longest."""
    words = " ".join(chance.choices(WORDS, k=chance.choice((20, 60, 400))))
    kind, block = chance.choice(
        (
            ("user", {"type": "text", "text": words}),
            ("assistant", {"type": "text", "text": words}),
            ("assistant", {"type": "tool_use", "name": "Bash", "input": {"command": words}}),
            ("user", {"type": "tool_result", "tool_use_id": "toolu_1", "content": words}),
        )
    )
    said = {"role": kind, "content": [block]}
    at = "2026-05-05T12:00:00.000Z"
    return json.dumps({"type": kind, "timestamp": at, "cwd": "/src/acme", "message": said}) + "\n"


def imported(settings: Settings, file: Path) -> tuple[float, float]:
    """Seconds that the command took, and the MiB of memory that it had at most."""
    begun = time.monotonic()
    with subprocess.Popen(
        [*COMMAND, "session", "import", str(file)],
        env=environment(settings),
        stdout=subprocess.DEVNULL,
    ) as running:
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"the import ended with {running.returncode}")
    return time.monotonic() - begun, used.ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
