"""What going to another screen costs, the first time and again.

    uv run python -m benchmarks.screens [--rounds N] [--tasks N] [--small] [--json [FILE]]

The dashboard on a board of `--tasks` tasks, in a pseudo-terminal of 160 by 48: each screen is
called by its name; what counts is the time until the last byte that this changes.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator

from benchmarks import places, report
from benchmarks.places import Place
from benchmarks.report import Row, median, quantile
from benchmarks.terminal import Session
from genie_tui.ui.screens import MAIN

BOUND = 100.0
HELLO = "hello"
MEMORY = "memory, all screens seen"
Samples = dict[str, list[float]]


def main() -> int:
    """Measure, and print."""
    return report.main(__doc__, measure, rounds=(3, 1), tasks=(100_000, 100))


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """Each screen, and what the program weighs when all were seen."""
    samples: Samples = defaultdict(list)
    with places.served() as place:
        place.fill("bench", options.tasks)
        for _ in range(options.rounds):
            with places.hello() as session:
                session.paint(HELLO)
                samples[HELLO].append(session.memory())
            tour(place, samples, ["Triage", "Metrics", "Board"] if options.small else SCREENS)
    for what, values in samples.items():
        if what not in (HELLO, MEMORY):
            yield Row(figure=what, value=median(values), p99=quantile(values), bound=BOUND)
    yield Row(
        figure=MEMORY,
        value=median(samples[MEMORY]),
        unit="MiB",
        beside="hello's",
        other=median(samples[HELLO]),
    )


def tour(place: Place, samples: Samples, names: list[str]) -> None:
    """Every screen, twice; the first time it is made, the second time it is shown."""
    with place.opened("bench") as session:
        session.paint("of the benchmark")
        session.paint("live")
        session.quiet(0.5)
        for name in names:
            for when in ("first time", "again"):
                cost = switch(session, name)
                samples[f"{name}, {when}"] += [cost * 1e3] if cost else []
                if when == "first time":
                    session.send("[")
                    session.quiet(0.3)
        samples[MEMORY].append(session.memory())


def switch(session: Session, name: str) -> float | None:
    """Seconds until a screen is there."""
    session.send("x")
    session.quiet(0.15)
    session.send(name.lower())
    session.quiet(0.2)
    cost = session.after(lambda: session.send("\r"), settle=0.25)
    session.quiet(0.3)
    return cost


SCREENS = [*(name.title() for name in MAIN if name != "board"), "Board"]

if __name__ == "__main__":
    sys.exit(main())
