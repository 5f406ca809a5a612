"""The board as it was last seen, on the terminal before Textual is imported.

A picture of the screen is kept in the home when the dashboard is left. The next one that is opened
in the same place, in a terminal of the same size, shows it while everything else is still being
read; its head says `starting`. Nothing of it is anybody's work: what cannot be read or written is
done without.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import termios
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from genie_tui import __version__
from genie_tui.settings import Settings

__all__ = ["Glimpse"]

KEPT = 20
"""Pictures in a home."""
LARGEST = 1024 * 1024
"""Bytes of one that is shown."""

TERMINAL = ("TERM", "COLORTERM", "NO_COLOR", "TERM_PROGRAM")
"""Variables by which a terminal is drawn to otherwise."""

SHOW = "\x1b[?1049h\x1b[?25l\x1b[?7l"
HIDE = "\x1b[?7h\x1b[?1049l\x1b[?25h"


@dataclass(slots=True)
class Glimpse:
    """One place in one terminal, and the file that holds its picture; is it on the terminal?"""

    path: Path
    is_seen: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Glimpse | None:
        """That of the terminal there is; None where there is none, or no place to be in."""
        try:
            size = os.get_terminal_size(2)
            place = str(Path.cwd())
        except OSError:
            return None
        look = [os.environ.get(name) for name in TERMINAL]
        shown = (settings.project, settings.board, settings.dsn, settings.theme)
        flags = (settings.ascii, settings.color)
        key = repr((__version__, tuple(size), place, look, shown, flags))
        name = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        return cls(settings.home / "seen" / name)

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Show it; what is typed meanwhile is not echoed over it, and is there to be read.

        Whoever draws next finds the terminal's modes as they were. Where nobody does, as
        something goes wrong, the terminal is given back.
        """
        picture = self._read()
        if not picture:
            yield
            return
        with _unechoed():
            os.write(2, picture)
            self.is_seen = True
            try:
                yield
            except BaseException:
                os.write(2, HIDE.encode())
                raise

    def keep(self, lines: Sequence[str]) -> None:
        """Keep the lines of a screen, from the top, each with its own colours."""
        drawn = "".join(f"\x1b[{row};1H{line}" for row, line in enumerate(lines, 1))
        picture = f"{SHOW}{drawn}\x1b[0m\x1b[?7h".encode("utf-8", "replace")
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as to:
                to.write(picture)
            part.replace(self.path)
            self._forget()

    def _read(self) -> bytes:
        with contextlib.suppress(OSError), self.path.open("rb") as file:
            picture = file.read(LARGEST + 1)
            return picture if len(picture) <= LARGEST else b""
        return b""

    def _forget(self) -> None:
        """Of the places where nobody was for long."""
        every = [(path.stat().st_mtime, path) for path in self.path.parent.iterdir()]
        for _, path in sorted(every, reverse=True)[KEPT:]:
            path.unlink()


@contextlib.contextmanager
def _unechoed() -> Iterator[None]:
    try:
        modes = termios.tcgetattr(0)
    except termios.error:
        yield
        return
    quiet = [*modes]
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSANOW, modes)
