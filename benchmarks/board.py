"""What the board costs, beside a bare Textual program in the same run.

    python -m benchmarks.board [--rounds N] [--keys N]

Each round starts every program once, in a pseudo-terminal of 160 by 48, and presses the same keys
in each; what is printed are medians over all rounds, and ratios with the bounds of goals.md.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.terminal import Session

APP = str(Path(__file__).with_name("board_app.py"))
PROGRAMS = {
    "hello": ["hello"],
    "1k": ["board", "1000"],
    "100k": ["board", "100000"],
}
Samples = dict[tuple[str, str], list[float]]


@contextmanager
def running(*arguments: str) -> Iterator[Session]:
    """One of the programs."""
    session = Session([sys.executable, APP, *arguments])
    try:
        yield session
    finally:
        session.close()


def press(session: Session, samples: list[float], keys: str, times: int) -> None:
    """Press the same key again and again, each time waiting for the screen."""
    costs = (session.key(keys) for _ in range(times))
    samples.extend(cost * 1e3 for cost in costs if cost is not None)


def measure(name: str, samples: Samples, keys: int) -> None:
    """One program, once."""
    with running(*PROGRAMS[name]) as session:
        first = "hello" if name == "hello" else "Draft"
        samples[name, "first paint"].append(session.paint(first) * 1e3)
        if name != "hello":
            samples[name, "first cards"].append(session.paint("#1 ") * 1e3)
        session.quiet(0.4)
        press(session, samples[name, "down"], "j", keys)
        if name != "hello":
            for _ in range(max(keys // 14, 1)):
                press(session, samples[name, "right"], "l", 7)
                press(session, samples[name, "left"], "h", 7)
            press(session, samples[name, "move"], "L", 5)
            press(session, samples[name, "held down"], "j" * 10, 3)
        samples[name, "memory"].append(session.memory())


def idle(arguments: list[str], keys: str = "") -> tuple[float, float]:
    """The part of a core, and the wake-ups a second, that a program takes for nothing."""
    with running(*arguments) as session:
        session.paint("hello" if arguments[0] == "hello" else "#1 ")
        session.quiet(0.5)
        if keys:
            session.key(keys)
        session.run(1.0)
        return session.run(5.0)


def quantile(values: list[float], part: float) -> float:
    """The value below which that part of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def table(samples: Samples) -> None:
    """All medians and 99th percentiles."""
    print(f"{'':14}" + "".join(f"{name:>20}" for name in PROGRAMS))
    for what in (
        "first paint",
        "first cards",
        "down",
        "right",
        "left",
        "move",
        "held down",
        "memory",
    ):
        cells = []
        for name in PROGRAMS:
            values = samples.get((name, what))
            cells.append(
                f"{statistics.median(values):.2f} / {quantile(values, 0.99):.2f}" if values else "-"
            )
        print(f"{what:14}" + "".join(f"{cell:>20}" for cell in cells))


def ratios(samples: Samples) -> None:
    """What goals.md bounds."""

    def median(name: str, what: str) -> float:
        return statistics.median(samples[name, what])

    hello = median("hello", "down")
    tail = quantile(samples["100k", "down"], 0.99) / quantile(samples["1k", "down"], 0.99)
    paint = median("hello", "first paint")
    bounds = [
        ("first frame / hello", median("100k", "first paint") / paint, 1.10),
        ("first cards / hello", median("100k", "first cards") / paint, 1.6),
        ("down 100k / 1k, median", median("100k", "down") / median("1k", "down"), 1.2),
        ("down 100k / 1k, p99", tail, 1.5),
        ("scroll by one / hello's key", median("100k", "down") / hello, 2.5),
        ("column to column / hello's key", median("100k", "right") / hello, 1.2),
        ("card moved / hello's key", median("100k", "move") / hello, 2.5),
        ("memory 100k / 1k", median("100k", "memory") / median("1k", "memory"), 1.05),
        ("memory / hello", median("100k", "memory") / median("hello", "memory"), 1.6),
    ]
    for what, ratio, bound in bounds:
        print(f"{what:34}{ratio:8.2f}   bound {bound:.2f}  {'ok' if ratio <= bound else 'OVER'}")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keys", type=int, default=40)
    options = parser.parse_args()
    samples: Samples = defaultdict(list)
    for _ in range(options.rounds):
        for name in PROGRAMS:
            measure(name, samples, options.keys)
    print("ms, MiB: median / 99th percentile")
    table(samples)
    print()
    ratios(samples)
    print("\npart of a core, wake-ups a second")
    for label, arguments, keys in (
        ("idle hello", ["hello"], ""),
        ("idle board", ["board", "1000"], ""),
        ("idle board, all cards locked", ["board", "1000", "locks"], ""),
        ("1000 changes a second", ["board", "100000", "1000"], ""),
    ):
        core, wakes = idle(arguments, keys)
        print(f"{label:34}{core:8.3f}{wakes:8.1f}")


if __name__ == "__main__":
    main()
