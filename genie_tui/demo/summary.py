"""What happened in a demo: counted from the tables, and held against what everybody says they did.

The logs are replayed from the state in which the demo began: each task must end in the stage and
under the lock that its row has, and no lock may ever have been taken from a living holder.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

__all__ = ["Beginning", "Deed", "Summary", "begin", "read_journals", "summarize"]

MARKS = """
    SELECT (SELECT coalesce(max(id), 0) FROM audit_events) AS audit,
           (SELECT coalesce(max(id), 0) FROM task_stage_log) AS moves,
           (SELECT coalesce(max(id), 0) FROM messages) AS messages
"""

STANDING = """
    SELECT id, stage, checkout_run_id AS holder,
           coalesce(checkout_timeout_ms, 600000) * interval '1 ms' AS lock_time
      FROM tasks
"""

AUDIT = """
    SELECT entity_id AS task_id, event_type AS event, coalesce(actor, '') AS actor, details,
           created_at AS at
      FROM audit_events
     WHERE id > %(mark)s AND entity_type = 'task'
     ORDER BY id
"""

MOVES = """
    SELECT task_id, from_stage AS source, to_stage AS target, coalesce(actor_id, '') AS actor
      FROM task_stage_log
     WHERE id > %(mark)s
     ORDER BY id
"""

COMMENTS = "SELECT sender_id, count(*) FROM messages WHERE id > %(mark)s GROUP BY sender_id"

RECORDED = {"checkout": "claim", "done": "done"}
"""Audit rows that somebody tells of, and what they call it."""
COUNTED = {*RECORDED.values(), "move", "comment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a task stands, who holds it, and for how long its locks last."""

    id: str
    stage: str
    holder: str | None
    lock_time: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Where the logs ended when the demo began, and how the tasks stood."""

    audit: int
    moves: int
    messages: int
    tasks: Mapping[str, Standing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An audit row of a task."""

    task_id: str
    event: str
    actor: str
    details: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A row of the stage log."""

    task_id: str
    source: str | None
    target: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What an agent or the colleague says to have done, and how many times."""

    actor: str
    what: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts of what happened, and each thing that does not fit; without any, all is well.

    `claims` are locks taken, `completions` tasks done, `approvals` words for going on that were
    recorded at a gate, and `expirations` locks that ended before their holder did.
    """

    moves: int
    claims: int
    completions: int
    comments: int
    expirations: int
    approvals: int
    double_checkouts: int
    by_actor: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    disagreements: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The counts under their names."""
        return asdict(self)


async def begin(conn: AsyncConnection) -> Beginning:
    """The state from which a summary counts."""
    row = await (await conn.cursor(row_factory=tuple_row).execute(MARKS)).fetchone()
    audit, moves, messages = row or (0, 0, 0)
    return Beginning(audit=audit, moves=moves, messages=messages, tasks=await _standing(conn))


def read_journals(paths: Iterable[Path]) -> tuple[Deed, ...]:
    """What the processes of a demo have written of themselves; lines of JSON."""
    # Whoever was killed may have left half a line.
    lines = (line for path in paths for line in path.read_text().splitlines(keepends=True))
    told = (json.loads(line) for line in lines if line.endswith("\n"))
    return tuple(Deed(actor=one["by"], what=one["did"], times=one.get("times", 1)) for one in told)


async def summarize(conn: AsyncConnection, since: Beginning, deeds: Iterable[Deed]) -> Summary:
    """Count what happened since the beginning, and compare it with what was told."""
    async with conn.cursor(row_factory=class_row(Event)) as cursor:
        events = await (await cursor.execute(AUDIT, {"mark": since.audit})).fetchall()
    async with conn.cursor(row_factory=class_row(Move)) as cursor:
        moves = await (await cursor.execute(MOVES, {"mark": since.moves})).fetchall()
    async with conn.cursor(row_factory=tuple_row) as cursor:
        rows = await (await cursor.execute(COMMENTS, {"mark": since.messages})).fetchall()
    comments: Counter[str] = Counter(dict(rows))
    now = await _standing(conn)
    locks = _Locks(since.tasks)
    for event in events:
        locks.replay(event)
    found = _counted(events, moves, comments)
    return Summary(
        moves=len(moves),
        claims=sum(event.event == "checkout" for event in events),
        completions=sum(event.event == "done" for event in events),
        comments=comments.total(),
        expirations=sum(event.event == "checkout_expired" for event in events),
        approvals=sum(event.event == "approval" for event in events),
        double_checkouts=locks.doubles,
        by_actor=found,
        disagreements=(
            *locks.faults,
            *_misplaced(since.tasks, moves, now),
            *_mislocked(locks.holders, now),
            *_differing(found, deeds),
        ),
    )


async def _standing(conn: AsyncConnection) -> dict[str, Standing]:
    async with conn.cursor(row_factory=class_row(Standing)) as cursor:
        return {row.id: row for row in await (await cursor.execute(STANDING)).fetchall()}


class _Locks:
    """Who holds what, as the audit log tells it."""

    def __init__(self, tasks: Mapping[str, Standing]) -> None:
        self.tasks = tasks
        self.holders = {task.id: task.holder for task in tasks.values()}
        self.doubles = 0
        self.faults: list[str] = []

    def replay(self, event: Event) -> None:
        holder = self.holders.get(event.task_id)
        match event.event:
            case "checkout":
                if holder not in (None, event.details["run"]):
                    self.doubles += 1
                    said = f"{event.details['run']} took {event.task_id}, which {holder} held"
                    self.faults.append(said)
                self.holders[event.task_id] = event.details["run"]
            case "checkout_expired":
                self._expire(event)
                self.holders[event.task_id] = None
            case _:
                after = event.details.get("after") or {}
                if "checkout_run_id" in after:
                    self.holders[event.task_id] = after["checkout_run_id"]

    def _expire(self, event: Event) -> None:
        task = self.tasks.get(event.task_id)
        since = event.details.get("since")
        if task and since and event.at < datetime.fromisoformat(since) + task.lock_time:
            self.faults.append(f"the lock on {event.task_id} was taken at {event.at}, too early")


def _counted(
    events: Iterable[Event], moves: Iterable[Move], comments: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    """How often each did what can be counted, by the names that the journals use."""
    counts = Counter(
        (event.actor, RECORDED[event.event]) for event in events if event.event in RECORDED
    )
    counts.update((move.actor, "move") for move in moves)
    counts.update({(actor, "comment"): number for actor, number in comments.items()})
    actors: dict[str, dict[str, int]] = {}
    for (actor, what), number in sorted(counts.items()):
        actors.setdefault(actor, {})[what] = number
    return actors


def _differing(found: Mapping[str, Mapping[str, int]], deeds: Iterable[Deed]) -> Iterable[str]:
    """Where somebody tells otherwise than the tables.

    Who lost the server in the middle of something does not know whether that was done.
    """
    told: Counter[tuple[str, str]] = Counter()
    unsure: Counter[str] = Counter()
    for deed in deeds:
        told[deed.actor, deed.what] += deed.times
        unsure[deed.actor] += deed.what == "waited"
    written = Counter({(a, what): n for a, counts in found.items() for what, n in counts.items()})
    for actor, what in sorted(told.keys() | written.keys()):
        told_of, there = told[actor, what], written[actor, what]
        if what in COUNTED and abs(told_of - there) > unsure[actor]:
            yield f"{actor} tells of {told_of} × {what}, the tables of {there}"


def _misplaced(
    before: Mapping[str, Standing], moves: Iterable[Move], now: Mapping[str, Standing]
) -> Iterable[str]:
    """Tasks whose moves do not lead from where they stood to where they stand."""
    stages = {task.id: task.stage for task in before.values()}
    for move in moves:
        stood = stages.setdefault(move.task_id, move.source or move.target)
        if stood != move.source:
            yield f"{move.task_id} left {move.source}, but stood in {stood}"
        stages[move.task_id] = move.target
    for task in now.values():
        if stages.get(task.id, task.stage) != task.stage:
            yield f"{task.id} stands in {task.stage}, but had come to {stages[task.id]}"


def _mislocked(holders: Mapping[str, str | None], now: Mapping[str, Standing]) -> Iterable[str]:
    """Tasks that another run holds than the one that took them."""
    for task in now.values():
        if holders.get(task.id) != task.holder:
            yield f"{task.id} is held by {task.holder}, but was taken by {holders.get(task.id)}"
