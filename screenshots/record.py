"""Write the recording of the README: the demo in a terminal, driven by keys.

    python -m screenshots.record

A demo with simulated agents runs in a pseudo-terminal, and a script presses keys. What is on its
screen becomes an SVG that moves by itself, without scripts or fonts of its own: each line that was
ever shown is drawn once, and a frame is made of those.
"""

from __future__ import annotations

import html
import os
import sys
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from pyte.screens import Char

from tests.terminal import Terminal

FILE = Path(__file__).with_name("demo.svg")
COLUMNS, ROWS = 120, 34
FRAME = 0.4
"""Seconds between two looks at the screen."""

SCRIPT: tuple[tuple[str, float], ...] = (
    # What is pressed, and for how many seconds it is looked at.
    ("", 2.4),
    *((key, 0.4) for key in "lllljj"),
    ("", 1.2),
    ("enter", 3.2),
    ("escape", 0.8),
    ("i", 2.8),
    ("down", 1.6),
    ("x", 0.8),
    *((key, 0.4) for key in "graph"),
    ("enter", 3.2),
    ("x", 0.4),
    *((key, 0.2) for key in "board"),
    ("enter", 1.2),
    ("/", 0.4),
    *((key, 0.4) for key in "token"),
    ("", 1.6),
    ("escape", 2.0),
)

WIDTH, HEIGHT = 8.4, 18
"""Of a cell, in pixels."""
FOREGROUND, BACKGROUND = "#d8dee9", "#10141b"

Row = tuple[Char, ...]


def main() -> None:
    """Record, and draw."""
    frames = list(recorded())
    FILE.write_text(drawn(frames), encoding="utf-8")
    print(f"{FILE}: {len(frames)} frames, {FILE.stat().st_size:,} bytes")


def recorded() -> Iterator[tuple[float, tuple[Row, ...]]]:
    """What is on the screen while the script is played, and for how many seconds."""
    command = [sys.executable, "-m", "genie_tui", "demo", "--seed", "12", "--pace", "0.4"]
    with Terminal(command, os.environ, columns=COLUMNS, rows=ROWS) as terminal:
        terminal.wait_for("live", seconds=60)
        terminal.wait_for("⚿", seconds=60)
        for key, seconds in SCRIPT:
            if key:
                terminal.send(key)
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                end = time.monotonic() + min(FRAME, left)
                while (wait := end - time.monotonic()) > 0:
                    terminal.read(wait)
                yield min(FRAME, left), look(terminal)
        terminal.send("ctrl+q")
        terminal.wait_for_end(seconds=60)


def look(terminal: Terminal) -> tuple[Row, ...]:
    """The cells of the screen."""
    buffer = terminal.screen.buffer
    return tuple(tuple(buffer[y][x] for x in range(COLUMNS)) for y in range(ROWS))


def drawn(frames: list[tuple[float, tuple[Row, ...]]]) -> str:
    """The picture."""
    lines: dict[Row, int] = {}
    whole, at = sum(seconds for seconds, _ in frames), 0.0
    keys, shown = [], []
    for n, (seconds, rows) in enumerate(frames):
        uses = "".join(
            f'<use href="#l{lines.setdefault(row, len(lines))}" y="{y * HEIGHT}"/>'
            for y, row in enumerate(rows)
        )
        shown.append(f'<g transform="translate({n * COLUMNS * WIDTH:.0f} 0)">{uses}</g>')
        move = -n * COLUMNS * WIDTH
        keys.append(f"{at / whole * 100:.2f}%{{transform:translateX({move:.0f}px)}}")
        at += seconds
    defined = "".join(f'<g id="l{number}">{_line(row)}</g>' for row, number in lines.items())
    width, height = COLUMNS * WIDTH, ROWS * HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}"'
        f' width="{width:.0f}" height="{height}"><title>The demo of genie-tui</title><style>'
        f"@keyframes play{{{''.join(keys)}}}"
        f".play{{animation:play {whole:.1f}s steps(1,end) infinite}}"
        "text{font:14px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}"
        f"</style><defs>{defined}</defs>"
        f'<rect width="100%" height="100%" fill="{BACKGROUND}"/>'
        f'<g class="play">{"".join(shown)}</g></svg>\n'
    )


def _line(row: Row) -> str:
    """A row: its backgrounds, and its texts, each fitted to its cells."""
    parts, x = [], 0
    for (front, back, bold), cells in groupby(row, _look):
        run = list(cells)
        text = "".join(cell.data for cell in run)
        left, room = x * WIDTH, len(run) * WIDTH
        if back != BACKGROUND:
            box = f'x="{left:.1f}" width="{room:.1f}" height="{HEIGHT}"'
            parts.append(f'<rect {box} fill="{back}"/>')
        if text.strip():
            said = html.escape(text).replace(" ", "\u00a0")
            weight = ' font-weight="bold"' if bold else ""
            parts.append(
                f'<text x="{left:.1f}" y="{HEIGHT - 5}" fill="{front}" textLength="{room:.1f}"'
                f' lengthAdjust="spacingAndGlyphs"{weight}>{said}</text>'
            )
        x += len(run)
    return "".join(parts)


def _look(cell: Char) -> tuple[str, str, bool]:
    front = FOREGROUND if cell.fg == "default" else f"#{cell.fg}"
    back = BACKGROUND if cell.bg == "default" else f"#{cell.bg}"
    return (back, front, cell.bold) if cell.reverse else (front, back, cell.bold)


if __name__ == "__main__":
    main()
