"""How fast a session's file is imported, and in how much memory, beside a tenth of it.

    python -m benchmarks.sessions [--megabytes N]

The file is made in a temporary directory; the command is `genie-tui session import`, and its memory
the largest that it had. The server has a temporary home and is ended.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import tempfile
import time
from pathlib import Path

from genie_tui.db import server
from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment
from tests.ports import free_port

__all__ = ["main"]

WORDS = [f"{a}{b}" for a in "bdfgklmnprst" for b in ("anner", "ill", "ock", "untime", "ery", "ave")]


def main() -> None:
    """Import a tenth, then the whole; print both."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=1000)
    size = parser.parse_args().megabytes
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        settings = Settings(home=Path(place) / "home", port=free_port())
        try:
            server.ensure(settings)
            for megabytes in (1, max(size // 10, 1), size):  # The first one migrates.
                file = write(Path(place) / f"{megabytes}-mb.jsonl", megabytes)
                seconds, peak = imported(settings, file)
                rate = file.stat().st_size / 1e6 / seconds
                print(f"{megabytes:6,} MB  {seconds:7.1f} s  {rate:6.1f} MB/s  peak {peak:.0f} MiB")
                file.unlink()
        finally:
            server.stop(settings)


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
        [*COMMAND, "session", "import", str(file)], env=environment(settings)
    ) as running:
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"the import ended with {running.returncode}")
    return time.monotonic() - begun, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()
