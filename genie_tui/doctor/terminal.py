"""The terminal: its colours and mouse as terminfo knows them, and how wide it draws signs."""

from __future__ import annotations

import curses
import os
import re
import select
import sys
import termios
import time
import tty
from collections.abc import Iterator

from rich.cells import cell_len

from genie_tui.doctor.finding import Patient, Said, fine, warning, wrong

__all__ = ["colours", "encoding", "mouse", "widths"]

ANSWERS_WITHIN = 1.0
"""Seconds for the terminal to tell where its cursor is, all questions together."""
SIGNS = ("é", "─", "漢", "🧞", "e\u0301", "⧗", "‼")
"""What boards are drawn with and titles hold, of every width."""
WHERE = "\x1b[6n"
POSITION = re.compile(rb"\x1b\[(\d+);(\d+)R")
CLEAR_LINE = "\r\x1b[2K"
BARE = "no terminal to look at"


def _terminfo(patient: Patient) -> Said | None:
    """Why terminfo cannot be asked, where it cannot."""
    term = patient.environment.get("TERM", "")
    try:
        curses.setupterm(term or "unknown", 1)
    except curses.error:
        advice = "set TERM to what it is, such as xterm-256color (in tmux: tmux-256color)"
        return wrong(f"TERM={term!r} is unknown on this machine", advice)
    return None


def colours(patient: Patient) -> Iterator[Said]:
    """There are enough of them to tell things apart."""
    if not _is_there():
        yield fine(BARE)
        return
    environment = patient.environment
    if environment.get("NO_COLOR"):
        yield warning("turned off by NO_COLOR", "unset it")
        return
    if (unknown := _terminfo(patient)) is not None:
        yield unknown
        return
    count = curses.tigetnum("colors")
    if environment.get("COLORTERM") in ("truecolor", "24bit"):
        yield fine("16 million")
    elif count >= 256:
        yield fine(f"{count}")
    elif count >= 8:
        yield warning(f"{count}", "set TERM to xterm-256color, or in tmux to tmux-256color")
    else:
        term = environment.get("TERM", "")
        yield warning(f"none, says TERM={term}", "set TERM to what the terminal is")


def encoding(patient: Patient) -> Iterator[Said]:
    """Signs beyond ASCII are understood."""
    names = [name for name in ("LC_ALL", "LC_CTYPE", "LANG") if patient.environment.get(name)]
    chosen = f"{names[0]}={patient.environment[names[0]]}" if names else ""
    if re.search(r"utf-?8", chosen or sys.stdout.encoding, re.IGNORECASE):
        yield fine("UTF-8")
    else:
        yield warning(
            f"not UTF-8 ({chosen or 'no locale is set'})",
            "set LANG=C.UTF-8, or draw with --ascii",
        )


def mouse(patient: Patient) -> Iterator[Said]:
    """It is told of; everything can be done without."""
    if not _is_there():
        yield fine(BARE)
        return
    if (unknown := _terminfo(patient)) is not None:
        yield unknown
    elif curses.tigetstr("kmous"):
        yield fine("the terminal tells of it")
    else:
        term = patient.environment.get("TERM", "")
        yield warning(f"not told of by TERM={term}", "every key has what it does; '?' lists them")


def widths(_: Patient) -> Iterator[Said]:
    """The terminal draws signs as wide as the board reckons: asked where its cursor is."""
    if not _is_there():
        yield fine(BARE)
        return
    found = _measured()
    if found is None:
        yield warning(
            f"the terminal does not tell where its cursor is within {ANSWERS_WITHIN:.0f} s",
            "look whether the columns of a board are straight; if not, draw with --ascii",
        )
        return
    odd = [
        f"{sign!r} takes {width}, not {cell_len(sign)}"
        for sign, width in zip(SIGNS, found, strict=True)
        if width != cell_len(sign)
    ]
    if odd:
        yield warning(
            "; ".join(odd), "set a UTF-8 locale and a font with wide signs, or use --ascii"
        )
    else:
        yield fine("signs are as wide as they should be")


def _is_there() -> bool:
    """Is there a terminal, and this in front of it? One in the background would be stopped."""
    both = sys.stdin.isatty() and sys.stdout.isatty()
    return both and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()


def _measured() -> list[int] | None:
    """How many cells the terminal moved its cursor by for each sign; None where it does not say."""
    stdin, stdout = sys.stdin.fileno(), sys.stdout.fileno()
    sys.stdout.flush()
    before = termios.tcgetattr(stdin)
    try:
        tty.setcbreak(stdin)
        asked = "".join(f"\r{sign}{WHERE}" for sign in SIGNS)
        os.write(stdout, f"{asked}{CLEAR_LINE}".encode())
        answers = _answers(stdin, len(SIGNS))
    finally:
        # Flushed, so that an answer that comes late is nothing that was typed.
        termios.tcsetattr(stdin, termios.TCSAFLUSH, before)
    return [int(column) - 1 for _, column in answers] if len(answers) == len(SIGNS) else None


def _answers(stdin: int, count: int) -> list[tuple[bytes, bytes]]:
    deadline, got = time.monotonic() + ANSWERS_WITHIN, b""
    while len(found := POSITION.findall(got)) < count:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([stdin], [], [], left)[0]:
            break
        if not (read := os.read(stdin, 4096)):
            break
        got += read
    return found
