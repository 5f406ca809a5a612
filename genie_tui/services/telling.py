"""From what was found to what is told: events in order, each of them once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from genie_tui.domain.changes import Event, EventKind, Hint
from genie_tui.services.activity import (
    agent_event,
    event,
    letter_event,
    line,
    run_event,
    task_name,
)
from genie_tui.services.logs import LOGS, AuditRow, Row, StageRow, Unread
from genie_tui.services.sightings import Agent, Seen, Sightings, Wanted
from genie_tui.services.untold import Untold

__all__ = ["Teller", "Unlogged", "in_order", "position"]

EACH_UP_TO = 100
"""Changes without a log row that are told one by one; more in one go are told by number."""

RANKS = {log.table: log.rank for log in LOGS}


def position(told: Event) -> tuple[datetime, int, int]:
    """The place of an event among all: by time, at the same instant by log and id."""
    table, id_ = told.key
    return (told.at, RANKS[table], int(id_)) if table in RANKS else (told.at, len(RANKS), 0)


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events by their position, but those of one task in one log always by their ids.

    A row's time is when its transaction began, which may have waited for the one before.
    """
    latest: dict[tuple[int, str | None], datetime] = {}
    places = []
    for told in sorted(events, key=lambda told: position(told)[1:]):
        at, rank, id_ = position(told)
        if told.task_id is not None:
            at = latest[rank, told.task_id] = max(at, latest.get((rank, told.task_id), at))
        places.append(((at, rank, id_), told))
    return [told for _, told in sorted(places, key=lambda place: place[0])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlogged:
    """A hint of which no row has told; `at` is when it was heard, `number` the how manieth."""

    hint: Hint
    at: datetime
    number: int

    @property
    def task_ids(self) -> tuple[str, ...]:
        """The tasks it is about."""
        parts = self.hint.parts
        return (parts[0], parts[2]) if self.hint.channel == "genie_task_dep" else (parts[0],)


class Teller:
    """Makes events of rows, and of hints for which there is no row. Times are monotonic."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._untold: Untold[Unlogged | Event] = Untold()
        self._sightings = Sightings()
        self._numbers = count(1)

    @property
    def known(self) -> Sightings:
        """What was seen of agents, mail and runs."""
        return self._sightings

    @property
    def next(self) -> float:
        """When a hint has waited long enough for its row."""
        return self._untold.next

    def hear(self, hints: Iterable[Hint], now: float) -> None:
        """Changes that rows may or may not tell of."""
        for hint in hints:
            self._untold.heard(_hint_key(hint), self._unlogged(hint), now)

    def due(self, now: float) -> list[Unlogged | Event]:
        """Those whose row has not come."""
        return self._untold.due(now)

    def logged(self, unread: Iterable[Unread], now: float) -> list[Event]:
        """The events of rows."""
        events = []
        for log in unread:
            for row in log.rows:
                key = _row_key(row)
                if key is not None and not self._untold.told(key, now):
                    continue
                if (told := event(row)) is not None:
                    events.append(told)
            if log.skipped:
                events.append(self._skipped(log))
        return events

    def unlogged(self, due: Sequence[Unlogged | Event], seqs: Mapping[str, int]) -> list[Event]:
        """The events of changes without a row; very many at once are summed up."""
        changes = [change for change in due if isinstance(change, Unlogged)]
        ready = [change for change in due if isinstance(change, Event)]
        return ready + self._summed_up(changes, seqs)

    def _summed_up(self, changes: Sequence[Unlogged], seqs: Mapping[str, int]) -> list[Event]:
        if len(changes) <= EACH_UP_TO:
            return [_told(change, seqs) for change in changes]
        sums = Counter(_shape(change.hint) for change in changes)
        last = changes[-1]
        return [
            Event(
                key=(last.hint.channel, f"{last.number} {what}"),
                kind=_KINDS[last.hint.channel],
                at=last.at,
                text=f"{number:,} × {what}",
            )
            for what, number in sums.items()
        ]

    def sighted(self, seen: Seen, wanted: Wanted, hints: Iterable[Hint], now: float) -> list[Event]:
        """The events of agents, mail and runs; `hints` are the agents' changes of state.

        What was found by looking may be announced yet, so it waits like a hint does.
        """
        events = self._announced(seen, hints, now)
        new = self._sightings.take(seen, wanted)
        for agent in new.agents:
            told = agent_event(agent, agent.state, self._clock(), next(self._numbers))
            self._untold.heard((agent.id, agent.state), told, now)
        for run in new.runs:
            if (went_on := run_event(run, self._clock())) is not None:
                self._untold.heard((run.id, run.status), went_on, now)
        return events + [letter_event(letter) for letter in new.letters]

    def _announced(self, seen: Seen, hints: Iterable[Hint], now: float) -> list[Event]:
        agents = {agent.id: agent for agent in seen.agents}
        events = []
        for hint in hints:
            id_, _, state = hint.parts
            self._sightings.heard(id_, state)
            if self._untold.told((id_, state), now):
                agent = agents.get(id_) or Agent(id=id_, state=state, name=id_, task_id=None)
                events.append(agent_event(agent, state, self._clock(), next(self._numbers)))
        return events

    def raw(self, hints: Iterable[Hint]) -> list[Event]:
        """Notifications that do not parse, as they came."""
        changes = [self._unlogged(hint) for hint in hints]
        return [
            Event(
                key=(change.hint.channel, f"{change.number} {change.hint.payload}"),
                kind=EventKind.OTHER,
                at=change.at,
                text=line(f"{change.hint.channel} {change.hint.payload}"),
            )
            for change in changes
        ]

    def _unlogged(self, hint: Hint) -> Unlogged:
        return Unlogged(hint=hint, at=self._clock(), number=next(self._numbers))

    def _skipped(self, log: Unread) -> Event:
        first = log.rows[0]
        return Event(
            key=(f"{log.log.table} skipped", str(first.id)),
            kind=EventKind.OTHER,
            at=first.at,
            text=f"about {log.skipped:,} earlier rows of {log.log.table} are left out here",
        )


_KINDS = {"genie_task_stage": EventKind.STAGE, "genie_task_dep": EventKind.DEPENDENCY}


def _hint_key(hint: Hint) -> Hashable:
    """What a hint and the row that tells of the same have in common."""
    return hint.parts[:3] if hint.channel == "genie_task_dep" else (hint.parts[0], hint.parts[2])


def _row_key(row: Row) -> Hashable | None:
    """The same of a row; None where there is no hint for it."""
    if isinstance(row, StageRow):
        return row.task_id, row.to_stage
    if isinstance(row, AuditRow) and row.entity_type == "run":
        return row.entity_id, row.event_type
    if isinstance(row, AuditRow) and row.entity_type == "task":
        if row.event_type == "dependency_added":
            return row.entity_id, "added", row.other_id
        if row.event_type == "dependency_removed":
            return row.entity_id, "removed", row.other_id
    return None


def _told(change: Unlogged, seqs: Mapping[str, int]) -> Event:
    first, *others = change.task_ids
    parts = change.hint.parts
    names = [task_name(seqs.get(id_), id_) for id_ in change.task_ids]
    if others:
        text = f"dep {names[0]} → {names[1]} {parts[1]}"
    else:
        text = f"{names[0]} {parts[1] or '?'} → {parts[2]}"
    return Event(
        key=(change.hint.channel, f"{change.number} {change.hint.payload}"),
        kind=_KINDS[change.hint.channel],
        at=change.at,
        text=line(text),
        task_id=first,
        task_seq=seqs.get(first),
    )


def _shape(hint: Hint) -> str:
    """What many changes have in common."""
    if hint.channel == "genie_task_dep":
        return f"dependency {hint.parts[1]}"
    return line(f"{hint.parts[1] or '?'} → {hint.parts[2]}")
