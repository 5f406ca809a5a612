"""A task's history, replayed: what the audit log and the stage log say that it must be by now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.domain.boards import decoded

__all__ = ["PRESENT", "Replayed", "contradictions", "replay"]

EVENTS = """
    SELECT e.id, e.entity_id AS task_id, e.event_type AS event, e.details
      FROM audit_events e
     WHERE e.entity_type = 'task'
     ORDER BY e.id
"""

MOVES = """
    SELECT l.id, l.task_id, l.from_stage, l.to_stage
      FROM task_stage_log l
     ORDER BY l.id
"""

PRESENT = """
    SELECT t.id AS task_id, t.stage, t.status, t.priority, t.checkout_run_id AS holder
      FROM tasks t
"""

FACTS = {
    "stage": "stage",
    "status": "status",
    "priority": "priority",
    "checkout_run_id": "holder",
}
"""The columns that are replayed, and what they are called here."""


@dataclass(slots=True)
class Replayed:
    """What a task should be like after the events so far; `logged` by the stage log alone."""

    stage: str | None = None
    status: str | None = None
    priority: str | None = None
    holder: str | None = None
    logged: str | None = None
    wrong: list[str] = field(default_factory=list)

    def happen(self, number: int, event: str, details: Any) -> None:
        """Take in an event; what it says was before must be what the earlier ones led to."""
        told = decoded(details)
        before, after = told.get("before") or {}, told.get("after") or {}
        self._hold(number, event, told)
        for column, name in FACTS.items():
            if column not in after:
                continue
            was = getattr(self, name)
            if was is not None and before.get(column) != was:
                self.wrong.append(f"{number} {event}: {name} was {was}, not {before.get(column)}")
            setattr(self, name, after[column])

    def _hold(self, number: int, event: str, told: Mapping[str, Any]) -> None:
        """Nobody takes what another holds, nor gives back what they do not hold."""
        run = told.get("run")
        if event == "checkout" and self.holder is not None:
            self.wrong.append(f"{number} {event}: {self.holder} and {run} hold it")
        if event in {"released", "unlocked", "checkout_expired"} and self.holder != run:
            self.wrong.append(f"{number} {event}: {self.holder} held it, not {run}")

    def move(self, number: int, from_stage: str | None, to_stage: str) -> None:
        """Take in a row of the stage log; it begins where the one before it ended."""
        if self.logged is not None and from_stage != self.logged:
            self.wrong.append(f"move {number}: it was in {self.logged}, not {from_stage}")
        self.logged = to_stage


async def replay(conn: AsyncConnection) -> dict[str, Replayed]:
    """What every task of which anything is told should be like."""
    found: dict[str, Replayed] = defaultdict(Replayed)
    for row in await _rows(conn, EVENTS):
        found[row["task_id"]].happen(row["id"], row["event"], row["details"])
    for row in await _rows(conn, MOVES):
        found[row["task_id"]].move(row["id"], row["from_stage"], row["to_stage"])
    return found


async def contradictions(conn: AsyncConnection, only: Iterable[str] | None = None) -> list[str]:
    """Where the histories of tasks contradict themselves, or their rows; a line each.

    Call it in a transaction that sees one moment (REPEATABLE READ) while others write.
    """
    told = await replay(conn)
    wanted = set(only) if only is not None else None
    lines = []
    for row in await _rows(conn, PRESENT):
        task_id = row["task_id"]
        if wanted is not None and task_id not in wanted:
            continue
        then = told.get(task_id, Replayed())
        lines += [f"{task_id}: {wrong}" for wrong in then.wrong]
        for name in (*FACTS.values(), "logged"):
            said = getattr(then, name)
            present = row["stage" if name == "logged" else name]
            # Of what no event tells it is as it was made; nobody holds a task that is new.
            if said != present and (said is not None or name == "holder"):
                lines.append(f"{task_id}: {name} is {present}, its history says {said}")
    return lines


async def _rows(conn: AsyncConnection, query: str) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode())
        return await cursor.fetchall()
