"""What has been typed and not sent: kept in the home until it is, whatever becomes of the program.

It is written a moment after each key, so that a kill loses less than that. Several dashboards of
one home share the file: each puts in what it knows better, and leaves the rest.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["Draft", "Drafts"]

SOON = 0.3
"""Seconds after a key until what was typed is on the disk."""

TOLD = 3
KEPT = 100
LETTERS = 4_000_000
"""Of all drafts together; the oldest go first."""

SEEN = "was "
"""Begins the names of texts that one saw and did not type."""


class Draft(MutableMapping[str, str]):
    """The texts of one prompt, by the names of its fields; `title` says what they are."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.title = ""
        self.at = datetime.now(UTC)
        self._texts: dict[str, str] = {}
        self._changed = changed

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __setitem__(self, name: str, text: str) -> None:
        if self._texts.get(name) != text:
            self._texts[name] = text
            self._touch()

    def __delitem__(self, name: str) -> None:
        del self._texts[name]
        self._touch()

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def typed(self) -> bool:
        """Is there anything in it that somebody typed?"""
        return any(not name.startswith(SEEN) for name in self._texts)

    def _touch(self) -> None:
        self.at = datetime.now(UTC)
        self._changed()

    def stored(self) -> dict[str, Any]:
        """As it is written."""
        return {"title": self.title, "at": self.at.isoformat(), "texts": self._texts}

    def load(self, stored: Any) -> None:
        """As it was written; what cannot be understood is no draft."""
        with contextlib.suppress(TypeError, ValueError, KeyError, AttributeError):
            texts = {str(name): str(text) for name, text in stored["texts"].items()}
            self.at = datetime.fromisoformat(stored["at"])
            self.title, self._texts = str(stored["title"]), texts


class Drafts:
    """All drafts of a home; `later` calls something after so many seconds."""

    def __init__(self, home: Path, later: Callable[[float, Callable[[], None]], object]) -> None:
        self._path = home / "tui.drafts.json"
        self._later = later
        self._drafts: dict[str, Draft] = {}
        self._changed: set[str] = set()
        self._due = False

    def of(self, what: str, title: str = "") -> Draft:
        """What was typed of something and not sent, or an empty draft of it."""
        if what not in self._drafts:
            self._drafts[what] = draft = Draft(lambda: self._touch(what))
            draft.load(self._read().get(what))
        self._drafts[what].title = title or self._drafts[what].title
        return self._drafts[what]

    def told(self) -> str:
        """A sentence about what there is, the newest first; empty where nothing was left unsent."""
        found = [draft for draft in map(self.of, self._read()) if draft.typed]
        titles = [draft.title for draft in sorted(found, key=lambda one: one.at, reverse=True)]
        listed = ", ".join(titles[:TOLD])
        more = f" and {len(titles) - TOLD} more" if len(titles) > TOLD else ""
        return f"typed and not sent: {listed}{more}; find it where you wrote it" if titles else ""

    def write(self) -> None:
        """Have all that was typed on the disk, now; what fails is tried again at the next key."""
        self._due = False
        if not self._changed:
            return
        with contextlib.suppress(OSError), self._locked():
            stored = self._read()
            for what in self._changed:
                stored.pop(what, None)
                if (draft := self._drafts[what]).typed:
                    stored[what] = draft.stored()
            self._replace(_bounded(stored))
            self._changed.clear()

    def _touch(self, what: str) -> None:
        self._changed.add(what)
        if not self._due:
            self._due = True
            self._later(SOON, self.write)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _read(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError, RecursionError):
            found = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(found, dict) and isinstance(found.get("drafts"), dict):
                return dict(found["drafts"])
        return {}

    def _replace(self, stored: dict[str, Any]) -> None:
        """Under another name first, so that a kill leaves the one or the other, whole."""
        other = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        descriptor = os.open(other, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            json.dump({"drafts": stored}, file)
        other.replace(self._path)


def _bounded(stored: dict[str, Any]) -> dict[str, Any]:
    """The newest of them, as many as are kept; they are written with the newest last."""
    kept: dict[str, Any] = {}
    letters = 0
    for what, draft in reversed(stored.items()):
        letters += len(json.dumps(draft))
        if len(kept) == KEPT or (kept and letters > LETTERS):
            break
        kept[what] = draft
    return dict(reversed(kept.items()))
