"""Schedules and runs as a person looks at them: when they are due, and how they went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from genie_tui.domain import schedules
from genie_tui.domain.runs import ENDED
from genie_tui.errors import BadInput

__all__ = ["FAILED", "RunRow", "ScheduleRow", "due_within", "typical", "word"]

FAILED = frozenset({"failed", "timeout"})

AT_MOST = 300
"""So many times of one schedule are looked at; on any line they are one stroke by then."""


def word(status: str, exit_code: int | None, worker: str | None) -> str:
    """`completed`, `failed (1)`; of one whose worker is dead, that nobody knows."""
    if status == "running" and worker == "dead":
        return "ended, result unknown"
    return f"{status} ({exit_code})" if exit_code and status in ENDED else status


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run; `seconds` is how long it took, or takes by now. `output` is the end of it."""

    id: str
    trigger_id: str
    status: str
    due_at: datetime
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    seconds: float | None
    exit_code: int | None
    error: str
    worker_id: str
    worker: str | None
    trace_id: str
    output: str

    @property
    def word(self) -> str:
        """How it stands."""
        return word(self.status, self.exit_code, self.worker)

    @property
    def failed(self) -> bool:
        """Did it fail, or take too long?"""
        return self.status in FAILED

    @property
    def goes_on(self) -> bool:
        """May there be more to see of it soon?"""
        return self.status not in ENDED and self.worker != "dead"

    @property
    def reason(self) -> str:
        """Why it failed: what the daemon says, and the last thing that it wrote."""
        lines = self.output.strip().splitlines()
        return ": ".join(part for part in (self.error, lines[-1] if lines else "") if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """A schedule, when it is due next, and its newest run."""

    id: str
    name: str
    expression: str
    timezone: str
    command: str
    repo: str
    status: str
    next_due_at: datetime | None
    last: RunRow | None

    @property
    def failed(self) -> bool:
        """Did the newest run fail?"""
        return self.last is not None and self.last.failed

    @property
    def next_at(self) -> datetime | None:
        """When it fires next; None while it is paused."""
        return self.next_due_at if self.status == "active" else None

    def matches(self, text: str) -> bool:
        """Is every word of it in the name, command, expression, state or last result?"""
        last = self.last.word if self.last is not None else ""
        said = (self.name, self.command, self.expression, self.status, last)
        whole = " ".join(said).casefold()
        return all(each in whole for each in text.casefold().split())


def due_within(
    rows: Iterable[ScheduleRow], now: datetime, span: timedelta
) -> Mapping[str, Sequence[datetime]]:
    """When each active schedule is due from now on, within a span; what is late is due now."""
    found = {}
    for row in rows:
        if row.next_at is not None and row.next_at <= now + span:
            found[row.id] = [max(at, now) for at in _times(row, now + span)]
    return found


def typical(runs: Iterable[RunRow]) -> float | None:
    """How many seconds a run takes, in the middle of those that completed; None of none."""
    took = [run.seconds for run in runs if run.status == "completed" and run.seconds is not None]
    return median(took) if took else None


def _times(row: ScheduleRow, until: datetime) -> list[datetime]:
    at = row.next_at
    try:
        timing = schedules.parse(row.expression, row.timezone)
    except BadInput:
        timing = schedules.Once()
    times: list[datetime] = []
    while at is not None and at <= until and len(times) < AT_MOST:
        times.append(at)
        at = timing.after(at)
    return times
