"""Whether the server's life stands torture: many need it at once, and anything is killed.

    python -m benchmarks.faults.server [--rounds N] [--starters N] [--seed N] [--json]

Each round begins with a home in some state: nothing there, a first start that was killed, a cluster
that was stopped, killed, or killed with its pid now a stranger's, or a server that runs; at times a
stranger holds the port. Then so many commands need the server at once, most of them to write, some
to stop it, and at random moments some of them, an initdb, a postmaster or all of postgres are
killed (-9).

Then must be true: who was left alone has done its work, or says why not with exit code 5 and
without a traceback; and has done it where nobody stopped the server or killed anything of it. There
was never more than one postmaster. The next start goes well and leaves nothing half made. What was
acknowledged is there, and nothing twice. The strangers live. At the end of each home all of its
checksums are right. Of every violation the bound is 0.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.faults.server_rounds import LASTING, STATES, Count, Home, Round
from tests.cli import forks
from tests.disks import quickest_disk
from tests.homes import end_everything

__all__ = ["main", "torture"]


def main() -> int:
    """Torture, print, and fail where there was a violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--starters", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    forks.import_all()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="genie-torture-", dir=quickest_disk()) as place:
        count = torture(Path(place), options.rounds, options.starters, options.seed)
    taken = time.monotonic() - begun
    if options.json:
        found = {name: getattr(count, name) for name in Count.__slots__}
        print(json.dumps({**found, "seconds": round(taken, 1)}))
    else:
        _print(count, taken)
    return 1 if count.violations else 0


def _print(count: Count, taken: float) -> None:
    killed = ", ".join(f"{number} {name}" for name, number in sorted(count.killed.items()))
    print(
        f"{count.rounds} rounds in {taken:.0f} s: {count.commands} commands, killed {killed}; "
        f"{count.acknowledged} tasks acknowledged, {count.errors.total()} clear errors; "
        f"{len(count.violations)} violations"
    )
    for line in [*(f"  {number} × {said}" for said, number in count.errors.most_common())]:
        print(line)
    for line in count.violations:
        print(f"  VIOLATION {line}")


def torture(place: Path, rounds: int, starters: int, seed: int) -> Count:
    """So many rounds below a directory; this process must have no threads."""
    chance, count = random.Random(seed), Count()
    home: Home | None = None
    try:
        for number in range(rounds):
            state = chance.choice(STATES) if home is not None else STATES[number % 2]
            if home is None or state not in LASTING:
                _ended(home, count)
                home = Home(place / f"home {number}")
            count.rounds += 1
            count.states[state] += 1
            round_ = Round(home, state, chance, count, f"round {number} ({state})")
            with round_.strangers():
                round_.happen(starters)
                round_.judge()
        _ended(home, count)
        home = None
    finally:
        if home is not None:
            end_everything(home.settings)
    return count


def _ended(home: Home | None, count: Count) -> None:
    if home is not None and (wrong := home.end()):
        count.violations.append(f"{home.place.name}: {wrong}")


if __name__ == "__main__":
    sys.exit(main())
