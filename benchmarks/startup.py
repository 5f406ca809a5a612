"""What opening the dashboard takes, and where the time goes.

    uv run python -m benchmarks.startup [--rounds N] [--tasks N] [--small] [--json [FILE]]

Three times are told of each start, from outside, in a pseudo-terminal of 160 by 48: the first
frame, the cards, and `live` in the head, when the feed listens. A server runs already, is stopped
and has to be started, or there is not even a home. Beside it is the first frame of a bare Textual
program, in turns. The parts of a start are what Python itself tells of it (`benchmarks.marks`), of
imports what `-X importtime` tells, and of a first start what the server's own progress says.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from benchmarks import places, report
from benchmarks.marks import MARKS
from benchmarks.places import GENIE, Place
from benchmarks.report import Row, median, quantile
from benchmarks.terminal import Session
from genie_tui.db import server
from genie_tui.settings import Settings
from tests.ports import free_port

HELLO = "hello"
RUNNING, SEEN = "server running", "server running, board seen before"
STOPPED, NOTHING = "server to be started", "very first start"
FRAME, CARDS, LIVE = "first frame", "cards", "live"
BOUNDS = {
    (RUNNING, FRAME): 1.10,
    (RUNNING, CARDS): 1.6,
    (SEEN, FRAME): 1.10,
}
OPENED = "genie_tui.ui.opening, genie_tui.ui.app, genie_tui.ui.screens.board"
PACKAGES = ("textual and rich", "psycopg", "genie_tui", "the standard library and others")
Samples = dict[tuple[str, str], list[float]]


def main() -> int:
    """Measure, and print."""
    return report.main(__doc__, measure, rounds=(9, 1), tasks=(1_000, 100))


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """Every kind of start, and its parts."""
    samples: Samples = defaultdict(list)
    with places.served() as place:
        place.fill("genie", options.tasks)
        for number in range(options.rounds):
            _hello(samples)
            _opened(place, samples)
            if number % 3 == 0:
                _stopped(place, samples)
                _nothing(place, samples)
                _importing(place, samples)
            _marked(place, samples, number)
    yield from rows(samples)


def _hello(samples: Samples) -> None:
    with places.hello() as session:
        samples[HELLO, FRAME].append(session.paint(HELLO) * 1e3)


def _dashboard(settings: Settings, repo: Path, command: list[str], **more: str) -> Session:
    environment = {"GENIE_HOME": str(settings.home), "GENIE_PG_PORT": str(settings.port)}
    return Session(command, environment=environment | more, cwd=repo)


def _opened(place: Place, samples: Samples) -> None:
    """A server runs; as if the board had never been seen, then again."""
    for picture in (place.settings.home / "seen").glob("*"):
        picture.unlink()
    with _dashboard(place.settings, place.repo, GENIE) as session:
        samples[RUNNING, FRAME].append(session.paint("genie") * 1e3)
        samples[RUNNING, CARDS].append(session.paint("of the benchmark") * 1e3)
        samples[RUNNING, LIVE].append(session.paint("● live") * 1e3)
        session.leave("q")
    with _dashboard(place.settings, place.repo, GENIE) as session:
        samples[SEEN, FRAME].append(session.paint("starting") * 1e3)
        samples[SEEN, LIVE].append(session.paint("● live") * 1e3)


def _stopped(place: Place, samples: Samples) -> None:
    """The server has to be started."""
    server.stop(place.settings)
    for picture in (place.settings.home / "seen").glob("*"):
        picture.unlink()
    with _dashboard(place.settings, place.repo, GENIE) as session:
        samples[STOPPED, FRAME].append(session.paint("genie") * 1e3)
        samples[STOPPED, CARDS].append(session.paint("of the benchmark") * 1e3)
        samples[STOPPED, LIVE].append(session.paint("● live") * 1e3)
    server.stop(place.settings)
    begun = time.monotonic()
    server.ensure(place.settings)
    samples[STOPPED, "the server alone"].append((time.monotonic() - begun) * 1e3)


def _nothing(place: Place, samples: Samples) -> None:
    """There is no home; the dashboard makes one, then another is made step by step."""
    number = len(samples[NOTHING, LIVE])
    settings = replace(place.settings, home=place.directory / f"first {number}", port=free_port())
    try:
        with _dashboard(settings, place.repo, GENIE) as session:
            samples[NOTHING, FRAME].append(session.paint("genie") * 1e3)
            samples[NOTHING, LIVE].append(session.paint("● live") * 1e3)
    finally:
        server.stop(settings)
    settings = replace(settings, home=place.directory / f"steps {number}", port=free_port())
    steps: list[tuple[str, float]] = []
    try:
        found = server.ensure(settings, lambda step: steps.append((step, time.monotonic())))
        steps.append(("migrations", time.monotonic()))
        places.migrate(found.url)
        steps.append(("", time.monotonic()))
    finally:
        server.stop(settings)
    for (step, at), (_, until) in pairwise(steps):
        samples[f"{NOTHING}, of it: {step}", ""].append((until - at) * 1e3)


def _marked(place: Place, samples: Samples, number: int) -> None:
    """The parts of a start with a running server, and no picture of the board."""
    for picture in (place.settings.home / "seen").glob("*"):
        picture.unlink()
    file = place.directory / f"marks {number}"
    command = [sys.executable, "-m", "benchmarks.marks"]
    with _dashboard(place.settings, place.repo, command, GENIE_MARKS=str(file)) as session:
        moments = {"the first frame is painted": session.paint("genie")}
        moments["the cards are painted"] = session.paint("of the benchmark")
        moments["the feed listens: `live`"] = session.paint("● live")
        for line in file.read_text().splitlines():
            at, _, mark = line.partition(" ")
            moments[mark] = float(at) - session.started
    for mark, moment in moments.items():
        samples["at", mark].append(moment * 1e3)


def _importing(place: Place, samples: Samples) -> None:
    """Milliseconds that imports of each package take by themselves, as Python tells."""
    for name, taken in importing(OPENED, place.repo).items():
        samples["imports before the first frame", name].append(taken)


def importing(modules: str, cwd: Path) -> Mapping[str, float]:
    """Milliseconds of each package, without those of what it imports."""
    command = [sys.executable, "-X", "importtime", "-c", f"import {modules}"]
    root = str(Path(__file__).resolve().parent.parent)
    told = subprocess.run(
        command,
        cwd=cwd,
        check=True,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])},
    ).stderr
    taken = dict.fromkeys(PACKAGES, 0.0)
    for line in told.splitlines():
        own, _, name = line.removeprefix("import time:").split("|") if "|" in line else ("", "", "")
        if own.strip().isdigit():
            taken[_package(name.strip())] += int(own) / 1e3
    return taken


def _package(module: str) -> str:
    top = module.partition(".")[0]
    if top in ("textual", "rich"):
        return PACKAGES[0]
    if top.startswith("psycopg"):
        return PACKAGES[1]
    return PACKAGES[2] if top == "genie_tui" else PACKAGES[3]


def rows(samples: Samples) -> Iterator[Row]:
    """The starts beside hello's, then their parts in their order."""
    hello = median(samples[HELLO, FRAME])
    yield Row(
        figure="a bare Textual program: first frame",
        value=hello,
        p99=quantile(samples[HELLO, FRAME]),
    )
    for kind in (SEEN, RUNNING, STOPPED, NOTHING):
        for what in (FRAME, CARDS, LIVE):
            if values := samples.get((kind, what)):
                yield Row(
                    figure=f"{kind}: {what}",
                    value=median(values),
                    p99=quantile(values),
                    beside="hello's first frame",
                    other=hello,
                    bound=BOUNDS.get((kind, what)),
                )
    alone = samples[STOPPED, "the server alone"]
    yield Row(
        figure=f"{STOPPED}: of it, the server alone", value=median(alone), p99=quantile(alone)
    )
    for (kind, what), values in samples.items():
        if kind.startswith(f"{NOTHING}, of it"):
            yield Row(figure=kind, value=median(values), p99=quantile(values))
        elif kind.startswith("imports"):
            yield Row(figure=f"{kind}: {what}", value=median(values))
    marks = [(median(values), what) for (kind, what), values in samples.items() if kind == "at"]
    for at, what in sorted(marks):
        yield Row(figure=f"{RUNNING}, after so long: {what}", value=at)
    assert {what for _, what in marks} >= set(MARKS) - (
        {MARKS[1]} if os.cpu_count() == 1 else set()
    )


if __name__ == "__main__":
    sys.exit(main())
