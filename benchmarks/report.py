"""The form that every benchmark has: its options, its rows, a table of them, and JSON.

A figure is a median, and stands beside what it is compared with in the same run. The table is of
Markdown, so that it can be put into docs/performance.md as it came.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Row", "main", "median", "quantile", "table"]

HEAD = ("figure", "median", "p99", "beside", "its median", "ratio", "bound", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure.

    The bound is one of the ratio where there is something beside it, else of the value; with
    `least` it is a lower one. `p99` is of the same unit as the value, and bounded by `p99_bound`.
    """

    figure: str
    value: float
    unit: str = "ms"
    p99: float | None = None
    beside: str = ""
    other: float | None = None
    bound: float | None = None
    of_value: bool = False
    least: bool = False

    @property
    def ratio(self) -> float | None:
        """The value by what it is compared with."""
        return self.value / self.other if self.other else None

    @property
    def within(self) -> bool | None:
        """Is the bound kept? None where there is none."""
        if self.bound is None:
            return None
        bounded = self.value if self.of_value or self.ratio is None else self.ratio
        return bounded >= self.bound if self.least else bounded <= self.bound

    def json(self) -> dict[str, object]:
        """All of it, with what follows from it."""
        return asdict(self) | {"ratio": self.ratio, "within": self.within}

    def cells(self) -> tuple[str, ...]:
        """What the table shows."""
        bound = ""
        if self.bound is not None:
            unit = f" {self.unit}".rstrip() if self.of_value or self.ratio is None else ""
            bound = f"{'≥' if self.least else '≤'} {self.bound:.4g}{unit}"
        return (
            self.figure,
            f"{_number(self.value)} {self.unit}".rstrip(),
            "" if self.p99 is None else _number(self.p99),
            self.beside,
            "" if self.other is None else f"{_number(self.other)} {self.unit}".rstrip(),
            "" if self.ratio is None else f"{self.ratio:.2f}",
            bound,
            {True: "ok", False: "OVER", None: ""}[self.within]
            if not self.least
            else {True: "ok", False: "BELOW", None: ""}[self.within],
        )


def median(values: Sequence[float]) -> float:
    """The one in the middle."""
    return statistics.median(values)


def quantile(values: Sequence[float], part: float = 0.99) -> float:
    """The value below which that part of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def table(rows: Iterable[Row]) -> str:
    """A Markdown table, its columns aligned."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    head, *body = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    return "\n".join([head, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *body])


def main(
    text: str | None,
    measure: Callable[[argparse.Namespace], Iterable[Row]],
    **sizes: tuple[int, int],
) -> int:
    """Take the command line apart, measure, and print; 0, as what is measured is told, not judged.

    Of each size there are the usual one and the one of `--small`, by which a test sees that
    everything works.
    """
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, (usual, small) in sizes.items():
        parser.add_argument(
            f"--{name}", type=int, metavar="N", help=f"usually {usual:,}; small: {small:,}"
        )
    parser.add_argument("--small", action="store_true", help="see that it works; means nothing")
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="FILE", help="in place of the table; or into a file"
    )
    options = parser.parse_args()
    for name, (usual, small) in sizes.items():
        if getattr(options, name) is None:
            setattr(options, name, small if options.small else usual)
    # Whoever ends it, the servers and programs that it started are ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    begun = time.monotonic()
    rows = list(measure(options))
    taken = time.monotonic() - begun
    told = {name: getattr(options, name) for name in sizes}
    found = {
        "took": round(taken, 1),
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        **told,
        "rows": [row.json() for row in rows],
    }
    if options.json not in (None, "-"):
        Path(options.json).write_text(json.dumps(found, indent=1), encoding="utf-8")
    if options.json == "-":
        print(json.dumps(found, indent=1))
    else:
        how = ", ".join(f"{value:,} {name}" for name, value in told.items())
        print(f"{how}; {taken:.0f} s on {os.cpu_count()} cores, Python {found['python']}\n")
        print(table(rows))
    return 0


def _number(value: float) -> str:
    """With as many digits as tell something."""
    if value and abs(value) < 1:
        return f"{value:.3f}"
    return f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"
