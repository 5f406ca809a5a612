"""What a key, a moved card, a filter, a resize and a task cost on boards of four sizes.

    uv run python -m benchmarks.board [--rounds N] [--keys N] [--largest N]
                                      [--small] [--json [FILE]]

Each round opens a bare Textual program and then the dashboard on databases of 100 tasks to
`--largest`, in a pseudo-terminal of 160 by 48, and presses the same keys in each. A key's cost is
the time until the last byte that it changes.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator

from benchmarks import places, report
from benchmarks.places import Place
from benchmarks.report import Row, median, quantile
from benchmarks.terminal import Session
from genie_tui.domain import changes

SIZES = (100, 1_000, 10_000, 100_000)
HELLO = "hello"
DOWN, RIGHT, LEFT = "cursor down", "a step to the next column", "a step to the previous column"
MOVE, FILTER, RESIZE = "`L` → the card in its new column", "a filter keystroke", "a resize"
MEMORY = "memory"
BARE = "UPDATE and NOTIFY"
WHATS = (DOWN, RIGHT, LEFT, MOVE, FILTER, RESIZE, MEMORY)
Samples = dict[tuple[str, str], list[float]]

FORTH = "UPDATE tasks SET stage = 'ship' WHERE id = 'task-00000001' AND stage <> 'ship'"
BACK = "UPDATE tasks SET stage = 'qa' WHERE id = 'task-00000001' AND stage <> 'qa'"


def main() -> int:
    """Measure, and print."""
    sizes = {"rounds": (3, 1), "keys": (30, 3), "largest": (100_000, 100)}
    return report.main(__doc__, measure, **sizes)


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """Every figure at every size."""
    samples: Samples = defaultdict(list)
    counts = [count for count in SIZES if count < options.largest] + [options.largest]
    with places.served() as place:
        for count in counts:
            place.fill(str(count), count)
        for _ in range(options.rounds):
            with places.hello() as session:
                session.paint(HELLO)
                session.quiet(0.3)
                samples[HELLO, DOWN] += session.keys("j", options.keys)
                samples[HELLO, MEMORY].append(session.memory())
            for count in counts:
                dashboard(place, str(count), samples, options.keys)
                samples[str(count), BARE] += bare(place, str(count), 10)
    return rows(samples, counts)


def dashboard(place: Place, name: str, samples: Samples, keys: int) -> None:
    """The dashboard on one of the databases."""
    with place.opened(name) as session:
        session.paint("of the benchmark")
        session.paint("live")
        session.quiet(0.5)
        samples[name, MEMORY].append(session.memory())
        # The smallest board's first column has a dozen cards, for all rounds.
        for _ in range(3 if name == str(SIZES[0]) else max(1, keys // 4)):
            samples[name, MOVE] += advanced(session)
        # From the top, and not past the last card of a column, where a key changes nothing.
        session.send("g")
        session.quiet(0.3)
        samples[name, DOWN] += session.keys("j", min(keys, int(name) // 8 - 4))
        for _ in range(max(1, keys // 10)):
            samples[name, RIGHT] += session.keys("l", 6)
            samples[name, LEFT] += session.keys("h", 6)
        session.send("/")
        session.quiet(0.3)
        for letter in "task 12":
            samples[name, FILTER] += session.keys(letter, 1)
        session.send("\x1b")
        session.quiet(0.4)
        for columns, lines in ((120, 40), (80, 30), (160, 48)):
            cost = session.resize(columns, lines)
            samples[name, RESIZE] += [cost * 1e3] if cost else []


def advanced(session: Session) -> list[float]:
    """Milliseconds from `L` to the card of the first column standing in the second; and back."""
    found = re.search(r"^│ (#\d+) task", session.text(), re.MULTILINE)
    assert found, session.text()
    width = session.screen.display[2].index("┬")
    cost = session.until(
        lambda: session.send("L"),
        lambda lines: any(f"{found[1]} " in line[width : 2 * width] for line in lines[5:44]),
    )
    session.quiet(0.15)
    session.send("h")
    session.quiet(0.1)
    return [cost * 1e3] if cost else []


def bare(place: Place, name: str, times: int) -> list[float]:
    """Milliseconds until psycopg has changed a task, and heard of it."""
    costs = []
    with place.connect(name) as conn, place.connect(name) as ears:
        for channel in changes.CHANNELS:
            ears.execute(f'LISTEN "{channel}"'.encode())
        for number in range(times):
            begun = time.monotonic()
            conn.execute(BACK if number % 2 else FORTH)
            next(ears.notifies(stop_after=1, timeout=10))
            costs.append((time.monotonic() - begun) * 1e3)
            list(ears.notifies(timeout=0.02))
    return costs


def rows(samples: Samples, counts: list[int]) -> Iterator[Row]:
    """What was found, and what goals.md bounds."""
    few, many = str(1_000 if 1_000 in counts else counts[0]), str(counts[-1])
    key = median(samples[HELLO, DOWN])
    yield Row(figure="a bare Textual program: a key", value=key, p99=quantile(samples[HELLO, DOWN]))
    weight = median(samples[HELLO, MEMORY])
    yield Row(figure="a bare Textual program: memory", value=weight, unit="MiB")
    for what in WHATS:
        for count in counts:
            values = samples[str(count), what]
            round_trip = 3 * median(samples[str(count), BARE]) + key
            beside: dict[str, tuple[str, float, float]] = {
                DOWN: ("hello's key", key, 2.5),
                RIGHT: ("hello's key", key, 1.2),
                LEFT: ("hello's key", key, 1.2),
                MOVE: ("3 × psycopg's UPDATE and NOTIFY + hello's key", round_trip, 1.0),
                MEMORY: ("hello's", weight, 1.6),
            }
            name, other, bound = beside.get(what, ("", None, {FILTER: 80.0}.get(what, 100.0)))
            yield Row(
                figure=f"{what}, {count:,} tasks",
                value=median(values),
                unit="MiB" if what == MEMORY else "ms",
                p99=None if what == MEMORY else quantile(values),
                beside=name,
                other=other,
                bound=bound,
            )
    yield from _grown(samples, few, many, DOWN, 1.2)
    yield Row(
        figure=f"{DOWN}, the slowest hundredth",
        value=quantile(samples[many, DOWN]),
        beside=f"at {int(few):,} tasks",
        other=quantile(samples[few, DOWN]),
        bound=1.5,
    )
    yield from _grown(samples, few, many, MEMORY, 1.05)
    if few == many:
        return
    added = median(samples[many, MEMORY]) - median(samples[few, MEMORY])
    more = int(many) - int(few)
    yield Row(figure="memory that each more task takes", value=added * 2**20 / more, unit="bytes")


def _grown(samples: Samples, few: str, many: str, what: str, bound: float) -> Iterator[Row]:
    yield Row(
        figure=f"{what}, {int(many):,} tasks",
        value=median(samples[many, what]),
        unit="MiB" if what == MEMORY else "ms",
        beside=f"at {int(few):,} tasks",
        other=median(samples[few, what]),
        bound=bound,
    )


if __name__ == "__main__":
    sys.exit(main())
