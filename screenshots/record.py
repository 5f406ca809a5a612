"""Write the recording of the README: the demo in a terminal, driven by keys.

    python -m screenshots.record [--cast FILE]

A demo with simulated agents runs in a pseudo-terminal, and a script presses keys. What it writes
becomes an SVG that moves by itself, without scripts or fonts of its own, and, with `--cast`, an
asciinema recording (v2). Each line that was ever shown is drawn once; a frame is made of those.
(Of the same recording svg-term-cli 2 makes 3.5 MB, termtosvg 1.1 MB, and this 0.9 MB.)
"""

from __future__ import annotations

import argparse
import codecs
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

import pyte
from pyte.screens import Char

from tests.terminal import Terminal

FILE = Path(__file__).with_name("demo.svg")
COLUMNS, ROWS = 120, 34
FRAME = 0.3
"""Seconds between two looks at the screen."""

SCRIPT: tuple[tuple[str, float], ...] = (
    # What is pressed, and for how many seconds its result is looked at: the board, live; a task
    # that waits goes on; the task; the queue and a verdict; what waits for what; the board again.
    ("", 3.0),
    ("l", 0.5),
    ("j", 0.5),
    ("j", 1.5),
    ("L", 3.0),
    ("enter", 3.5),
    ("escape", 1.5),
    ("i", 3.0),
    ("L", 2.5),
    ("escape", 1.2),
    ("x", 0.6),
    *((key, 0.2) for key in "graph"),
    ("enter", 1.8),
    ("j", 1.2),
    ("l", 1.2),
    ("escape", 2.4),
)

WIDTH, HEIGHT, BASE = 8.4, 18, 13
"""Of a cell, in pixels, and where in it letters stand."""
FOREGROUND, BACKGROUND = "#d8dee9", "#10141b"
NAMED = {"black": "#10141b", "red": "#e06c75", "green": "#7ec699", "brown": "#e0af68"}
CORNERS = "┌rd ┐ld └ru ┘lu ├udr ┤udl ┬lrd ┴lru ┼lrud ╭rd ╮ld ╯lu ╰ru ┏RD ┓LD ┗RU ┛LU ┣UDR ┫UDL"
ARMS = {one[0]: one[1:] for one in f"─lr │ud ━LR ┃UD {CORNERS}".split()}
"""Lines are drawn, not written, as a font's would not meet: its arms, the strong ones capital."""

Row = tuple[Char, ...]
Event = tuple[float, bytes]
"""Seconds since the beginning, and what was written then."""


def main() -> None:
    """Record, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cast", type=Path, metavar="FILE", help="write what was recorded, too")
    options = parser.parse_args()
    events = recorded()
    if options.cast:
        options.cast.write_text("".join(cast(events)), encoding="utf-8")
    frames = list(replayed(events))
    FILE.write_text(drawn(frames), encoding="utf-8")
    print(f"{FILE}: {len(frames)} frames, {FILE.stat().st_size:,} bytes")


def recorded() -> list[Event]:
    """What is written while the script is played; the first is what was there before."""
    command = [sys.executable, "-m", "genie_tui", "demo", "--seed", "12", "--pace", "0.4"]
    with Terminal(command, os.environ, columns=COLUMNS, rows=ROWS) as terminal:
        terminal.wait_for("live", seconds=60)
        terminal.wait_for("⚿", seconds=60)
        begun = time.monotonic()
        events = [(0.0, bytes(terminal.raw))]
        for key, seconds in SCRIPT:
            terminal.send(*[key] * bool(key))
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                if data := terminal.read(left):
                    events.append((time.monotonic() - begun, data))
        events.append((time.monotonic() - begun, b""))
        terminal.send("q")
        terminal.wait_for_end(seconds=60)
        return events


def cast(events: Sequence[Event]) -> Iterator[str]:
    """The lines of an asciinema recording, version 2."""
    yield json.dumps({"version": 2, "width": COLUMNS, "height": ROWS, "title": "genie-tui"}) + "\n"
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for at, data in events:
        yield json.dumps([round(at, 3), "o", decoder.decode(data)], ensure_ascii=False) + "\n"


def replayed(events: Sequence[Event]) -> Iterator[tuple[float, tuple[Row, ...]]]:
    """What is on the screen, and for how many seconds, without frames that are the same."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    since, shown = 0.0, None
    for end, written in groupby(events, lambda event: -(-event[0] // FRAME) * FRAME):
        for _, data in written:
            stream.feed(data)
        now = tuple(tuple(screen.buffer[y][x] for x in range(COLUMNS)) for y in range(ROWS))
        if shown is not None and now != shown:
            yield end - since, shown
            since = end
        shown = now
    if shown is not None:
        yield max(events[-1][0] - since, FRAME), shown


def drawn(frames: list[tuple[float, tuple[Row, ...]]]) -> str:
    """The picture."""
    lines: dict[Row, int] = {}
    colours: dict[str, str] = {}
    whole, at = sum(seconds for seconds, _ in frames), 0.0
    keys, shown = [], []
    for n, (seconds, rows) in enumerate(frames):
        uses = "".join(
            f'<use href="#l{lines.setdefault(row, len(lines))}" y="{y * HEIGHT + BASE}"/>'
            for y, row in enumerate(rows)
            if any(cell.data.strip() or _look(cell)[1] != BACKGROUND for cell in row)
        )
        move = n * (COLUMNS + 2) * WIDTH  # Apart, so that none is seen beside another.
        shown.append(f'<g transform="translate({move:.0f})">{uses}</g>')
        keys.append(f"{at / whole * 100:.2f}%{{transform:translateX({-move:.0f}px)}}")
        at += seconds
    defined = "".join(f'<g id="l{n}">{_line(row, colours)}</g>' for row, n in lines.items())
    styles = "".join(f".{name}{{fill:{colour}}}" for colour, name in colours.items())
    width, height = COLUMNS * WIDTH, ROWS * HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}"'
        f' width="{width:.0f}" height="{height}"><title>The demo of genie-tui</title><style>'
        f"@keyframes play{{{''.join(keys)}}}"
        f".play{{animation:play {whole:.1f}s steps(1,end) infinite}}"
        "@media(prefers-reduced-motion:reduce){.play{animation:none}}"
        "text{font:14px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}"
        f".b{{font-weight:bold}}{styles}</style><defs>{defined}</defs>"
        f'<rect width="100%" height="100%" rx="6" fill="{BACKGROUND}"/>'
        f'<g class="play">{"".join(shown)}</g></svg>\n'
    )


def _line(row: Row, colours: dict[str, str]) -> str:
    """A row: its backgrounds, its lines, and its texts, each where its cells are."""
    behind: list[str] = []
    lines: list[str] = []
    texts: list[str] = []
    x = 0
    for (front, back, bold), cells in groupby(row, _look):
        run = [cell.data for cell in cells]
        if back != BACKGROUND:
            place = f'x="{x * WIDTH:.1f}" y="-{BASE}" width="{len(run) * WIDTH:.1f}"'
            behind.append(f'<rect class="{_name(colours, back)}" {place} height="{HEIGHT}"/>')
        if any(data in ARMS for data in run):
            name = _name(colours, front)
            lines.append(f'<path class="{name}" d="{"".join(_strokes(run, x))}"/>')
        if any(data.strip() and data not in ARMS for data in run):
            name = _name(colours, front) + " b" * bold
            texts.extend(_texts(run, x, name))
        x += len(run)
    return "".join((*behind, *lines, *texts))


def _strokes(run: list[str], x: int) -> Iterator[str]:
    """The lines of some cells as the steps of a path, from a column on."""
    for data, cells in groupby(run):
        n = len(list(cells))
        if data in ("─", "━"):  # As one.
            strong = 2 if data == "━" else 1
            yield f"M{x * WIDTH:.1f} {-4 - strong / 2}h{n * WIDTH:.1f}v{strong}h-{n * WIDTH:.1f}z"
        elif data in ARMS:
            for column in range(x, x + n):
                yield from (_arm(arm, (column + 0.5) * WIDTH) for arm in ARMS[data])
        x += n


def _arm(arm: str, x: float) -> str:
    """From the middle of a cell to one of its sides."""
    strong, half = (2, 1.0) if arm.isupper() else (1, 0.5)
    if arm in "lLrR":
        left = x - WIDTH / 2 if arm in "lL" else x - half
        long = WIDTH / 2 + half
        return f"M{left:.1f} {-4 - half}h{long:.1f}v{strong}h-{long:.1f}z"
    top, tall = (-BASE, BASE - 4 + half) if arm in "uU" else (-4 - half, HEIGHT - BASE + 4 + half)
    return f"M{x - half:.1f} {top}h{strong}v{tall}h-{strong}z"


def _texts(run: list[str], x: int, name: str) -> Iterator[str]:
    """The words of some cells, from a column on; whatever a font may draw wider stands alone."""
    text = "".join((data or "\0") if data not in ARMS else "\0" for data in run)
    for found in re.finditer(r"[!-~]+(?: [!-~]+)*|[^ -~\0]", text):
        words = found[0]
        fitted = f' textLength="{len(words) * WIDTH:.1f}"' if len(words) > 1 else ""
        left = (x + found.start()) * WIDTH
        yield f'<text class="{name}" x="{left:.1f}"{fitted}>{escape(words, quote=False)}</text>'


def _name(colours: dict[str, str], colour: str) -> str:
    return colours.setdefault(colour, f"c{len(colours)}")


def _look(cell: Char) -> tuple[str, str, bool]:
    """The colours of a cell, and whether it is bold."""
    front, back = _colour(cell.fg, FOREGROUND), _colour(cell.bg, BACKGROUND)
    return (back, front, cell.bold) if cell.reverse else (front, back, cell.bold)


def _colour(name: str, otherwise: str) -> str:
    return f"#{name}" if re.fullmatch("[0-9a-f]{6}", name) else NAMED.get(name, otherwise)


if __name__ == "__main__":
    main()
