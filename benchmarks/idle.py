"""What the dashboard does while nothing happens, beside a bare Textual program.

    uv run python -m benchmarks.idle [--seconds N] [--rounds N] [--small] [--json [FILE]]

All are open at the same time, each in a pseudo-terminal of 160 by 48, over the same seconds: a bare
Textual program, a quiet board, a board whose hundred cards are held and count down, and that board
while another screen covers it. Wake-ups are the voluntary switches of all threads; queries are
those in the server's log.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks import places, report
from benchmarks.places import Place
from benchmarks.report import Row, median
from benchmarks.screens import switch

HELLO, QUIET, LOCKED, COVERED = "hello", "quiet", "locked", "covered"
KINDS = {
    HELLO: "a bare Textual program",
    QUIET: "a board",
    LOCKED: "100 locks counting down",
    COVERED: "the same, another screen over it",
}
# All that fits on the screen, and some more.
LOCK = """
    UPDATE tasks SET checkout_run_id = 'agent-eng-' || seq % 9, execution_locked_at = now(),
                     checkout_timeout_ms = 600000 + 1000 * seq, status = 'in_progress'
     WHERE seq > (SELECT max(seq) FROM tasks) - 100
"""
Samples = dict[tuple[str, str], list[float]]


def main() -> int:
    """Measure, and print."""
    return report.main(__doc__, measure, rounds=(3, 1), seconds=(20, 2), tasks=(1_000, 100))


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """All of them at the same time, again and again."""
    samples: Samples = defaultdict(list)
    with places.served() as place:
        for name in (QUIET, LOCKED, COVERED):
            place.fill(name, options.tasks)
            if name != QUIET:
                with place.connect(name) as conn:
                    conn.execute(LOCK)
            place.told(name)
        for _ in range(options.rounds):
            watch(place, samples, options.seconds)
    return rows(samples)


def watch(place: Place, samples: Samples, seconds: int) -> None:
    """Open them, let them come to rest, and look."""
    with ExitStack() as stack:
        sessions = {HELLO: stack.enter_context(places.hello())}
        sessions[HELLO].paint(HELLO)
        for name in (QUIET, LOCKED, COVERED):
            session = sessions[name] = stack.enter_context(place.opened(name))
            session.paint("of the benchmark")
            session.paint("live")
        sessions[COVERED].quiet(0.3)
        switch(sessions[COVERED], "Triage")
        for session in sessions.values():
            # Afterwards a dashboard asks once more what it asked while it opened.
            session.read(min(2, seconds / 4))
        before = {name: session.used() for name, session in sessions.items()}
        asked, begun = len(place.statements()), time.monotonic()
        while (left := begun + seconds - time.monotonic()) > 0:
            for session in sessions.values():
                session.read(min(left, 0.1))
        taken = time.monotonic() - begun
        for name, session in sessions.items():
            (cpu, wakes), (cpu_before, wakes_before) = session.used(), before[name]
            samples[name, "wakes"].append((wakes - wakes_before) / taken)
            samples[name, "cpu"].append((cpu - cpu_before) / taken * 100)
        samples["all", "queries"].append(len(place.statements()) - asked)


def rows(samples: Samples) -> Iterator[Row]:
    """What they took, and what goals.md bounds."""
    wakes, cpu = median(samples[HELLO, "wakes"]), median(samples[HELLO, "cpu"])
    for name, told in KINDS.items():
        value = median(samples[name, "wakes"])
        yield Row(figure=f"{told}: wake-ups", value=value, unit="a second")
        if name != HELLO:
            figure = f"{told}: wake-ups over hello's"
            bound = 1 if name == QUIET else None
            yield Row(figure=figure, value=value - wakes, unit="a second", bound=bound)
    yield Row(figure=f"{KINDS[HELLO]}: of a core", value=cpu, unit="%")
    for name in (QUIET, LOCKED, COVERED):
        yield Row(
            figure=f"{KINDS[name]}: of a core",
            value=median(samples[name, "cpu"]),
            unit="%",
            beside="hello's",
            other=cpu,
            bound=1.3 if name == QUIET else 1.5,
            of_value=name != QUIET,
        )
    asked = median(samples["all", "queries"])
    yield Row(figure="queries of all three boards", value=asked, unit="", bound=0)


if __name__ == "__main__":
    sys.exit(main())
