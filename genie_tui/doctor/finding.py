"""What a check finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import psycopg

from genie_tui.db import finding
from genie_tui.db.endpoints import Endpoint
from genie_tui.db.status import Status, status
from genie_tui.errors import GenieError, NoDatabase
from genie_tui.settings import Settings

__all__ = [
    "Check",
    "Finding",
    "Level",
    "Patient",
    "Said",
    "examine",
    "fine",
    "warning",
    "wrong",
]


class Level(StrEnum):
    """How bad it is; only what is wrong keeps something from working."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line: what was looked at, how it is, and what to do where it is not as it should be."""

    check: str
    level: Level
    said: str
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class Patient:
    """What is examined: the settings, and the environment that tmux and terminals speak through.

    `mounts` and `shared` are where the kernel tells of mounts, and has shared memory. The server is
    looked for once: one that hangs would be waited for by each check.
    """

    settings: Settings
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: str = "/proc/self/mounts"
    # It is looked at; nothing is made there.
    shared: str = "/dev/shm"  # nosec B108

    @cached_property
    def status(self) -> Status | NoDatabase:
        """How the database is found, or why it cannot be."""
        try:
            return status(self.settings)
        except NoDatabase as error:
            return error

    @cached_property
    def endpoint(self) -> Endpoint | None:
        """The server that runs, and lets us in."""
        running = isinstance(self.status, Status) and self.status.applied is not None
        return finding.find(self.settings) if running else None


Said = tuple[Level, str, str]
Check = Callable[[Patient], Iterator[Said]]


def fine(said: str) -> Said:
    """As it should be."""
    return Level.OK, said, ""


def warning(said: str, advice: str) -> Said:
    """It works, but less well than it could."""
    return Level.WARNING, said, advice


def wrong(said: str, advice: str) -> Said:
    """It does not work, or others could get in."""
    return Level.WRONG, said, advice


def examine(name: str, check: Check, patient: Patient) -> Iterator[Finding]:
    """Run a check to its end, or to what keeps it from that; others go on all the same."""
    try:
        for level, said, advice in check(patient):
            yield Finding(check=name, level=level, said=said, advice=advice)
    except (GenieError, OSError, psycopg.Error) as error:
        said, _, advice = " ".join(str(error).split()).partition("; ")
        yield Finding(check=name, level=Level.WRONG, said=said, advice=advice)
    except Exception as error:
        said = f"the check itself failed ({type(error).__name__}: {error})"
        yield Finding(check=name, level=Level.WRONG, said=said, advice="please report it")
