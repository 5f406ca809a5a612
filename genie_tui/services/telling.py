"""From what was found to what is told: events in order, each of them once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from genie_tui.domain.changes import Event, EventKind, Hint
from genie_tui.services.activity import (
    agent_event,
    event,
    letter_event,
    line,
    run_event,
    task_name,
)
from genie_tui.services.board_lines import renamed
from genie_tui.services.logs import LOGS, AuditRow, Row, StageRow, Unread
from genie_tui.services.sightings import Agent, Seen, Sightings, Wanted
from genie_tui.services.untold import AHEAD, Untold

__all__ = ["Teller", "in_order", "position"]

EACH_UP_TO = 100
"""Changes without a log row that are told one by one; more in one go are told by number."""

REMEMBERED = 20_000
"""Stages and dependencies that are known from hints alone."""

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


class Unlogged(NamedTuple):
    """A hint of which no row has told, and when it was heard."""

    hint: Hint
    at: datetime


def _task_ids(hint: Hint) -> tuple[str, ...]:
    """The tasks that a change is about."""
    parts = hint.parts
    return (parts[0], parts[2]) if hint.channel == "genie_task_dep" else (parts[0],)


class Teller:
    """Makes events of rows, and of hints for which there is no row. Times are monotonic."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._untold: Untold[Hint | Event] = Untold(_shown_as)
        self._sightings = Sightings()
        self._facts: dict[Hashable, str] = {}
        self._numbers = count(1)
        self._renamed: dict[tuple[str, str], float] = {}

    @property
    def known(self) -> Sightings:
        """What was seen of agents, mail and runs."""
        return self._sightings

    @property
    def next(self) -> float:
        """When a hint has waited long enough for its row."""
        return self._untold.next

    def hear(self, hints: Iterable[Hint], now: float) -> None:
        """What was announced; of some changes rows may or may not tell."""
        known = [hint for hint in hints if hint.channel in _KINDS and hint.parts]
        if self._renamed:
            self._renamed = {names: until for names, until in self._renamed.items() if until > now}
            followed = [hint for hint in known if self._follows(hint)]
            self._take_as_known(followed)
            known = [hint for hint in known if not self._follows(hint)]
        self._untold.heard([(_hint_key(hint), hint) for hint in known], now)

    def _rename(self, row: AuditRow, now: float) -> None:
        """The stages of tasks that follow the new name of their column are no changes to tell of.

        The board's own row tells of all; some of the hints may be heard later.
        """
        if (names := renamed(row)) is not None:
            self._renamed[names] = now + AHEAD
            dropped = self._untold.forget(
                lambda what: isinstance(what, Hint) and self._follows(what)
            )
            self._take_as_known(what for what in dropped if isinstance(what, Hint))

    def _follows(self, hint: Hint) -> bool:
        """Does a stage follow its column's name?"""
        stages = (hint.parts[1], hint.parts[2])
        return hint.channel == "genie_task_stage" and stages in self._renamed

    def _take_as_known(self, hints: Iterable[Hint]) -> None:
        for hint in hints:
            about, is_so = _fact(hint)
            if about in self._facts:
                self._facts[about] = is_so

    def guess(self, missed: Iterable[Hint], now: float) -> None:
        """What was not announced, but is so; the logs may know less of it than was told here."""
        for hint in missed:
            about, is_so = _fact(hint)
            was = self._facts.get(about)
            if was == is_so:
                continue
            if was is not None and hint.channel == "genie_task_stage":
                hint = Hint(hint.channel, hint.payload, (hint.parts[0], was, is_so))
            self._untold.guessed(_hint_key(hint), hint, now)

    def overdue(self, now: float) -> tuple[str, ...]:
        """The tasks whose numbers are wanted, to tell of them what no row has told so far."""
        changes = [what for what, _ in self._untold.overdue(now) if isinstance(what, Hint)]
        if len(changes) > EACH_UP_TO:
            return ()
        return tuple({id_ for hint in changes for id_ in _task_ids(hint)})

    def logged(self, unread: Iterable[Unread], now: float) -> list[Event]:
        """The events of rows."""
        events = []
        for log in unread:
            for row in log.rows:
                key = _row_key(row)
                shown_as = _row_shown_as(row)
                if key is not None and not self._untold.told(key, now, shown_as=shown_as):
                    continue
                if isinstance(row, StageRow):
                    self._facts.pop(row.task_id, None)
                elif isinstance(row, AuditRow):
                    self._rename(row, now)
                if (told := event(row)) is not None:
                    events.append(told)
            if log.skipped:
                events.append(self._skipped(log))
        return events

    def unlogged(self, seqs: Mapping[str, int], now: float) -> list[Event]:
        """The events of what no row has told; very many at once are summed up."""
        overdue = self._untold.overdue(now)
        self._untold.shown(now)
        clock = self._clock()
        ready = [what for what, _ in overdue if isinstance(what, Event)]
        at = {came: clock - timedelta(seconds=now - came) for _, came in overdue}
        changes = [Unlogged(what, at[came]) for what, came in overdue if isinstance(what, Hint)]
        for change in changes:
            self._remember(change.hint)
        return ready + self._summed_up(changes, seqs)

    def _remember(self, hint: Hint) -> None:
        """No log may ever tell of this."""
        about, is_so = _fact(hint)
        self._facts.pop(about, None)
        self._facts[about] = is_so
        if len(self._facts) > REMEMBERED:
            del self._facts[next(iter(self._facts))]

    def _summed_up(self, changes: Sequence[Unlogged], seqs: Mapping[str, int]) -> list[Event]:
        if len(changes) <= EACH_UP_TO:
            return [_told(change, seqs, next(self._numbers)) for change in changes]
        sums = Counter(_shape(change.hint) for change in changes)
        at = changes[-1].at
        return [
            Event(
                key=(channel, f"{next(self._numbers)} × {number}"),
                kind=_KINDS[channel],
                at=at,
                text=line(f"{number:,} × {_worded(channel, *shape)}"),
            )
            for (channel, *shape), number in sums.items()
        ]

    def sighted(self, seen: Seen, wanted: Wanted, hints: Iterable[Hint], now: float) -> list[Event]:
        """The events of agents, mail and runs; `hints` are the agents' changes of state.

        What was found by looking may be announced yet, so it waits like a hint does.
        """
        events = self._announced(seen, hints, now)
        new = self._sightings.take(seen, wanted)
        for agent in new.agents:
            told = agent_event(agent, agent.state, self._clock(), next(self._numbers))
            self._untold.heard([((agent.id, agent.state), told)], now)
        for run in new.runs:
            if (went_on := run_event(run, self._clock())) is not None:
                self._untold.heard([((run.id, run.status), went_on)], now)
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
        return [
            Event(
                key=(hint.channel, f"{next(self._numbers)} {hint.payload}"),
                kind=EventKind.OTHER,
                at=self._clock(),
                text=line(f"{hint.channel} {hint.payload}"),
            )
            for hint in hints
        ]

    def _skipped(self, log: Unread) -> Event:
        first = log.rows[0]
        return Event(
            key=(f"{log.log.table} skipped", str(first.id)),
            kind=EventKind.OTHER,
            at=first.at,
            text=f"about {log.skipped:,} earlier rows of {log.log.table} are left out here",
        )

    def replaced(self) -> Event:
        """The database is another one now."""
        return Event(
            key=("database", str(next(self._numbers))),
            kind=EventKind.OTHER,
            at=self._clock(),
            text="another database was put in use; what was told before is of the old one",
        )


_KINDS = {"genie_task_stage": EventKind.STAGE, "genie_task_dep": EventKind.DEPENDENCY}


def _fact(hint: Hint) -> tuple[Hashable, str]:
    """What a change is about, and how that is now."""
    if hint.channel == "genie_task_dep":
        return (hint.parts[0], hint.parts[2]), hint.parts[1]
    return hint.parts[0], hint.parts[2]


def _hint_key(hint: Hint) -> Hashable:
    """What a hint and the row that tells of the same have in common."""
    return hint.parts[:3] if hint.channel == "genie_task_dep" else (hint.parts[0], hint.parts[2])


def _shown_as(key: Hashable, what: Hint | Event) -> Hashable:
    """A task may come to the same stage again; where it came from is a part of what was told."""
    if isinstance(what, Hint) and what.channel == "genie_task_stage":
        return what.parts
    return key


def _row_shown_as(row: Row) -> Hashable | None:
    """The same of a row; None where its key is enough."""
    if isinstance(row, StageRow):
        return row.task_id, row.from_stage or "", row.to_stage
    return None


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


def _told(change: Unlogged, seqs: Mapping[str, int], number: int) -> Event:
    hint = change.hint
    first, *others = (task_name(seqs.get(id_), id_) for id_ in _task_ids(hint))
    if others:
        text = f"dep {first} → {others[0]} {hint.parts[1]}"
    else:
        text = f"{first} {_worded(*_shape(hint))}"
    return Event(
        key=(hint.channel, f"{number} {hint.payload}"),
        kind=_KINDS[hint.channel],
        at=change.at,
        text=line(text),
        task_id=hint.parts[0],
        task_seq=seqs.get(hint.parts[0]),
    )


def _shape(hint: Hint) -> tuple[str, str, str]:
    """What many changes have in common."""
    if hint.channel == "genie_task_dep":
        return hint.channel, hint.parts[1], ""
    return hint.channel, hint.parts[1], hint.parts[2]


def _worded(channel: str, old: str, new: str) -> str:
    return f"dep {old}" if channel == "genie_task_dep" else f"{old or '?'} → {new}"
