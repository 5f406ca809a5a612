"""Runs of schedules: what they are to do, who may begin one now, and what became of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from genie_tui.domain.boards import decoded
from genie_tui.domain.schedules import Every, Timing

__all__ = [
    "ALL_MISSED",
    "AT_ONCE",
    "ENDED",
    "Caps",
    "Due",
    "Fate",
    "Leased",
    "RunSpec",
    "Spread",
    "fate",
    "next_due",
    "run_spec",
    "startable",
]

ENDED = frozenset({"completed", "failed", "timeout", "cancelled"})
"""Statuses that a run does not leave."""

AT_ONCE = 3
"""So many triggers that are due together begin together; more are spread."""

ALL_MISSED = "all"
"""What `catch_up` says in a schedule's metadata where each missed time is made up for."""

LEASE = timedelta(minutes=5)
"""What a run may take that does not say otherwise: the contract's default."""
LONGEST_LEASE = timedelta(days=20)
"""What a column of whole milliseconds holds, and a little less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """How the command of a schedule is run; of the keys that others write, those that we heed.

    Runs of one `concurrency_class` keep each other waiting: `concurrency_limit` of them run at
    once, one where it says nothing. A command that takes longer than `timeout` is ended.
    """

    command: str = ""
    repo: str | None = None
    concurrency_class: str | None = None
    concurrency_limit: int = 1
    timeout: timedelta = LEASE


def run_spec(value: Any, command: str | None = None) -> RunSpec:
    """`schedules.run_spec` as any client wrote it; `command` is the schedule's own."""
    spec = decoded(value)
    spec = spec if isinstance(spec, Mapping) else {}

    def text(*keys: str) -> str | None:
        found = (spec.get(key) for key in keys)
        return next((one for one in found if isinstance(one, str) and one.strip()), None)

    def whole(key: str, default: int) -> int:
        found = spec.get(key)
        return found if type(found) is int and found > 0 else default

    milliseconds = whole("lease_timeout_ms", int(LEASE / timedelta(milliseconds=1)))
    longest = int(LONGEST_LEASE / timedelta(milliseconds=1))
    return RunSpec(
        command=command or text("command") or "",
        repo=text("repo_path", "repo", "cwd"),
        concurrency_class=text("concurrency_class"),
        concurrency_limit=whole("concurrency_limit", 1),
        timeout=timedelta(milliseconds=min(milliseconds, longest)),
    )


def next_due(timing: Timing, due: datetime, now: datetime, *, all_missed: bool) -> datetime | None:
    """When a schedule is due after `due`; None if never again.

    What was missed meanwhile is made up for by one run, or by one for each time (`all_missed`).
    """
    following = timing.after(due)
    if all_missed or following is None or following > now:
        return following
    if isinstance(timing, Every):
        return due + timing.length * ((now - due) // timing.length + 1)
    return timing.after(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A trigger whose time has come, and what it belongs to.

    `asked` is what a person asked for, which is not spread.
    """

    id: str
    schedule_id: str
    name: str
    due_at: datetime
    spec: RunSpec
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many runs there may be at once; `classes` overrides what the run specs say."""

    total: int = 5
    classes: Mapping[str, int] = field(default_factory=dict)

    def of(self, spec: RunSpec) -> int:
        """How many of the class of a spec; no more than in all."""
        if spec.concurrency_class is None:
            return self.total
        return min(self.classes.get(spec.concurrency_class, spec.concurrency_limit), self.total)

    def has_room(self, spec: RunSpec, running: Iterable[RunSpec]) -> bool:
        """Is there room for one more of its class?"""
        if (name := spec.concurrency_class) is None:
            return True
        return sum(one.concurrency_class == name for one in running) < self.of(spec)


def startable(due: Iterable[Due], running: Iterable[RunSpec], caps: Caps) -> list[Due]:
    """Of what is due, in that order, what there is room for beside what runs."""
    going = list(running)
    chosen: list[Due] = []
    for one in due:
        if len(going) >= caps.total:
            break
        if caps.has_room(one.spec, going):
            going.append(one.spec)
            chosen.append(one)
    return chosen


class Spread:
    """Delays for triggers that are due together, so that they do not all begin at once.

    Each has one of its own, up to `longest` seconds, drawn by `draw` from 0 to 1 when it is first
    seen among more than `AT_ONCE`. `clock` is any that goes forwards, in seconds.
    """

    def __init__(
        self, longest: float, draw: Callable[[], float], clock: Callable[[], float]
    ) -> None:
        self._longest = longest
        self._draw = draw
        self._clock = clock
        self._until: dict[str, float] = {}

    def ready(self, due: Iterable[Due]) -> list[Due]:
        """Those that need not wait, in their order; of others that are not due any more, forget."""
        due = list(due)
        now = self._clock()
        crowd = sum(not one.asked for one in due) > AT_ONCE
        self._until = {
            one.id: self._until.get(one.id, now + self._delay(crowd))
            for one in due
            if not one.asked
        }
        return [one for one in due if one.asked or self._until[one.id] <= now]

    def wait(self) -> float | None:
        """Seconds until the next of them need not wait any more; None if none waits."""
        now = self._clock()
        left = [until - now for until in self._until.values() if until > now]
        return min(left, default=None)

    def _delay(self, crowd: bool) -> float:
        return self._draw() * self._longest if crowd else 0.0


class Fate(Enum):
    """What is done with a trigger that is being executed, by whoever looks after it."""

    LEAVE = "somebody has it, or nobody can tell"
    AGAIN = "its command was never begun: it is pending again"
    ADOPT = "its command goes on without a daemon, and gets another"
    SETTLE = "its command has ended, and its run has not"
    CLOSE = "its run has ended, and it has not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A trigger that is being executed, with its newest run.

    `lost` if its lease is over, or who holds it is known to be dead; `lives` whether its command's
    process does, None where that cannot be known. `run_status` is None where there is no run.
    """

    run_status: str | None
    lost: bool
    lives: bool | None
    ours: bool


def fate(leased: Leased) -> Fate:
    """What is to be done; a command that may have been begun is never begun again."""
    if not leased.lost:
        return Fate.LEAVE
    if leased.run_status in ENDED:
        return Fate.CLOSE
    if leased.run_status in {None, "pending", "leased"}:
        return Fate.AGAIN
    if leased.lives is None:
        return Fate.LEAVE
    if leased.lives:
        return Fate.ADOPT if leased.ours else Fate.LEAVE
    return Fate.SETTLE
