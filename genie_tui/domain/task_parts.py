"""What hangs on a task and is shown on its own screen alone: people, parts, stages, sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from genie_tui.domain.tasks import Link

__all__ = [
    "Family",
    "Person",
    "Session",
    "Stay",
    "Story",
    "Tagging",
    "Transcript",
    "Turn",
    "Value",
    "totals",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who has to do with a task; `permissions` is what another client stored."""

    type: str
    id: str
    role: str
    permissions: Any = None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagging:
    """A tag on a task, and who put it there; None where nobody says."""

    name: str
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What a task is part of, and its own parts, open ones first; `more` were not read."""

    parent: Link | None = None
    children: tuple[Link, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A time in a stage: `by`, `gate` and `run` are of the move that ended it.

    `entered` and `length` are None where a client moved the task without saying so; `left` is None
    where it still is there.
    """

    stage: str
    entered: datetime | None
    left: datetime | None = None
    length: timedelta | None
    by: str | None = None
    gate: str | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The stages through which a task went, the present one last; `earlier` moves were not read."""

    stays: tuple[Stay, ...]
    earlier: int = 0


def totals(stays: Iterable[Stay]) -> Mapping[str, timedelta]:
    """The time in each stage, in the order in which they were first entered."""
    found: defaultdict[str, timedelta] = defaultdict(timedelta)
    for stay in stays:
        found[stay.stage] += stay.length or timedelta(0)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An agent's session at work on a task; `turns` are those of which something is stored."""

    id: str
    agent: str | None
    role: str | None
    status: str
    started_at: datetime
    ended_at: datetime | None = None
    turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A turn of a session: `text` is its beginning, and `letters` is how many the whole has."""

    index: int
    role: str
    tool: str | None = None
    text: str
    letters: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Turns that follow each other; `before` and `after` count those that were not read."""

    turns: tuple[Turn, ...] = ()
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A column of a row as text; `text` is None where it is null, `letters` is of the whole."""

    column: str
    type: str
    text: str | None
    letters: int = 0
