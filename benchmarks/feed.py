"""What a change costs until it is on the screen, beside raw libpq hearing of it in the same run.

    uv run python -m benchmarks.feed [--rounds N] [--changes N] [--seconds N] [--tasks N]
                                     [--small] [--json [FILE]]

The dashboard shows a board in a pseudo-terminal of 160 by 48, which is timed from outside: one
change at a time; a burst of 10,000 notifications in one transaction; 1,000 changes a second of
visible cards, each a transaction of its own, with keys pressed meanwhile. The feed's queries are
those in the server's log.
"""

from __future__ import annotations

import argparse
import multiprocessing
import select
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection as Pipe

import psycopg

from benchmarks import places, report
from benchmarks.places import Place
from benchmarks.report import Row, median, quantile
from benchmarks.terminal import Session

SPAWN = multiprocessing.get_context("spawn")
BURST = 10_000
RATE = 1_000
HELLO, RAW, PAINTED = "hello", "raw", "painted"
RAW_BURST, BURST_PAINTED = "raw burst", "burst painted"
KEYS, SHARE, LATE, WRITTEN = "keys", "share", "late", "written"
Samples = dict[str, list[float]]

CHANGE = "UPDATE tasks SET title = %s WHERE id = %s RETURNING pg_notify('benchmark', '')"
# The newest tasks, among which are all that are seen.
MOVE = """
    UPDATE tasks SET stage = c ->> 'name', column_id = c ->> 'id'
      FROM boards b, jsonb_array_elements(b.columns) AS c
     WHERE b.id = 'board-bench' AND c ->> 'name' = %(stage)s AND tasks.stage <> c ->> 'name'
       AND seq > (SELECT max(seq) FROM tasks) - %(burst)s
"""
COUNT = """
    SELECT count(*), (SELECT max(seq) FROM tasks WHERE priority = 'urgent')
      FROM tasks WHERE stage = %s
"""


def main() -> int:
    """Measure, and print."""
    sizes = {"rounds": (3, 1), "changes": (60, 5), "seconds": (10, 1), "tasks": (100_000, 200)}
    return report.main(__doc__, measure, **sizes)


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """Alone, in a burst, in a stream; then what is asked of the database."""
    samples: Samples = defaultdict(list)
    with places.served() as place:
        place.fill("bench", options.tasks)
        # Another one, as cards are elsewhere after it.
        place.fill("burst", options.tasks)
        for _ in range(options.rounds):
            with places.hello() as session:
                session.paint(HELLO)
                session.quiet(0.3)
                samples[HELLO] += session.keys("j", options.changes)
            with shown(place) as session:
                alone(place, session, samples, options.changes)
                stream(place, session, samples, options.seconds)
            with shown(place, "burst") as session:
                burst(place, session, samples, min(BURST, options.tasks // 2))
        yield from rows(samples)
        yield from asked(place, options.changes)


@contextmanager
def shown(place: Place, name: str = "bench") -> Iterator[Session]:
    """The dashboard, quiet."""
    with place.opened(name) as session:
        session.paint("of the benchmark")
        session.paint("live")
        session.quiet(0.7)
        yield session


def visible(place: Place, count: int) -> list[str]:
    """Tasks that the screen shows: the newest of each column but the first."""
    with place.connect("bench") as conn:
        found = conn.execute(
            "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY stage ORDER BY seq DESC)"
            " AS n FROM tasks WHERE stage IN ('draft', 'brainstorm', 'wish')) t WHERE n <= %s",
            (count,),
        )
        return [str(task) for (task,) in found]


def alone(place: Place, session: Session, samples: Samples, changes: int) -> None:
    """One change of a visible card, then the next when all is quiet."""
    tasks = visible(place, 8)
    with (
        place.connect("bench") as conn,
        place.connect("bench") as ears,
        ThreadPoolExecutor(2) as pool,
    ):
        ears.execute("LISTEN benchmark")
        for number in range(changes):
            title, task = f"change {number} {chr(97 + number % 26) * 3}", tasks[number % len(tasks)]
            listening = pool.submit(_hear, ears, 1)
            begun = time.monotonic()
            cost = session.until(
                partial(pool.submit, conn.execute, CHANGE, (title, task)), partial(_shows, title)
            )
            samples[RAW].append((listening.result() - begun) * 1e3)
            assert cost is not None, session.text()
            samples[PAINTED].append(cost * 1e3)
            session.quiet(0.05)


def _shows(title: str, lines: list[str]) -> bool:
    """A title that may go on in the next line."""
    return any(title.split()[-1] in line for line in lines[5:44])


def _hear(ears: psycopg.Connection, number: int) -> float:
    """When raw libpq has heard so many notifications."""
    found = 0
    while found < number:
        select.select([ears.fileno()], [], [])
        ears.pgconn.consume_input()
        while ears.pgconn.notifies() is not None:
            found += 1
    return time.monotonic()


def burst(place: Place, session: Session, samples: Samples, tasks: int) -> None:
    """So many tasks go to another column in one transaction."""
    with (
        place.connect("burst") as conn,
        place.connect("burst") as ears,
        ThreadPoolExecutor(2) as pool,
    ):
        conn.autocommit = False
        ears.execute("LISTEN genie_task_stage")
        for index, stage in ((1, "draft"), (2, "brainstorm"), (3, "wish")):
            moved = conn.execute(MOVE, {"stage": stage, "burst": tasks}).rowcount
            found = conn.execute(COUNT, (stage,)).fetchone()
            assert found
            listening = pool.submit(_hear, ears, moved)
            session.quiet(0.3)
            begun = time.monotonic()
            cost = session.until(partial(pool.submit, conn.commit), partial(_stands, index, *found))
            samples[RAW_BURST].append((listening.result() - begun) * 1e3)
            assert cost is not None, session.text()
            samples[BURST_PAINTED].append(cost * 1e3)
            session.quiet(1)


def _stands(index: int, count: int, top: int, lines: list[str]) -> bool:
    """Has a column so many cards, and that one at its top?"""
    width = lines[2].index("┬") if "┬" in lines[2] else 26
    column = [line[index * width : (index + 1) * width] for line in lines]
    return f" {count} " in column[3] and f"#{top} " in column[5]


def stream(place: Place, session: Session, samples: Samples, seconds: int) -> None:
    """A thousand changes a second of cards that are seen, and keys in another column meanwhile."""
    ours, theirs = SPAWN.Pipe()
    work = (place.dsn("bench"), visible(place, 8), seconds * RATE + RATE // 2, theirs)
    writer = SPAWN.Process(target=write, args=work)
    writer.start()
    assert ours.poll(60)
    ours.recv()
    costs, share, last = session.typed("jk" * (seconds * 5), 0.1, 25)
    assert ours.poll(60)
    rate, ended = ours.recv()
    writer.join()
    samples[KEYS] += costs
    samples[SHARE].append(share * 100)
    samples[LATE].append(max(last - ended, 0) * 1e3)
    samples[WRITTEN].append(rate)


def write(dsn: str, tasks: list[str], number: int, pipe: Pipe) -> None:
    """In a process of its own: a thousand transactions a second; does not wait for the disk."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("SET synchronous_commit = off")
        pipe.send("ready")
        start = time.monotonic()
        for step in range(number):
            if (wait := start + step / RATE - time.monotonic()) > 0:
                time.sleep(wait)
            conn.execute(CHANGE, (f"change {step} of many", tasks[step % len(tasks)]))
        ended = time.monotonic()
    pipe.send((number / (ended - start), ended))


def asked(place: Place, changes: int) -> Iterator[Row]:
    """Queries, as the server's log has them."""
    place.told("bench")
    with shown(place) as session:
        yield Row(figure="statements sent until a dashboard is live", value=_count(place), unit="")
        before, samples = _count(place), defaultdict[str, list[float]](list)
        alone(place, session, samples, changes)
        session.quiet(0.5)
        each = (_count(place) - before) / changes
        yield Row(figure="queries that a change costs, alone", value=each, unit="", bound=1)
        before = _count(place)
        stream(place, session, samples, 1)
        session.quiet(0.5)
        each = (_count(place) - before) / (1.5 * RATE)
        yield Row(figure="queries that a change costs, in the stream", value=each, unit="", bound=1)


def _count(place: Place) -> int:
    """Statements so far that are not this benchmark's own."""
    return sum("tasks SET title" not in text for text in place.statements())


def rows(samples: Samples) -> Iterator[Row]:
    """What was seen from outside, and what goals.md bounds."""
    hello = samples[HELLO]
    yield Row(figure="a bare Textual program: a key", value=median(hello), p99=quantile(hello))
    raw, painted = samples[RAW], samples[PAINTED]
    yield Row(
        figure="one change: written → painted",
        value=median(painted),
        p99=quantile(painted),
        beside="raw libpq hears of it",
        other=median(raw),
    )
    more = [ours - bare for ours, bare in zip(painted, raw, strict=True)]
    yield Row(figure="of it, over raw libpq", value=median(more), p99=quantile(more), bound=3)
    raw, painted = samples[RAW_BURST], samples[BURST_PAINTED]
    yield Row(
        figure="10,000 notifications at once: commit → screen right",
        value=median(painted),
        p99=quantile(painted),
        beside="raw libpq has heard all",
        other=median(raw),
        bound=100,
        of_value=True,
    )
    name = "1,000 changes a second"
    yield Row(
        figure=f"{name}: so many were written", value=median(samples[WRITTEN]), unit="a second"
    )
    yield Row(figure=f"{name}: of a core", value=median(samples[SHARE]), unit="%", bound=40)
    keys = samples[KEYS]
    yield Row(
        figure=f"{name}: a key meanwhile",
        value=median(keys),
        beside="hello's key",
        other=median(hello),
    )
    yield Row(figure=f"{name}: the slowest hundredth of keys", value=quantile(keys), bound=10)
    late = samples[LATE]
    yield Row(figure=f"{name}: the last one → painted", value=median(late))


if __name__ == "__main__":
    sys.exit(main())
