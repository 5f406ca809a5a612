"""Undo and redo, for any actors and order: what is told is what is done, to all of it or to none.

The model keeps, of each actor, two stacks of what their changes led from and to. A step is a
transaction; some change several tasks at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.undo import Undo, told
from genie_tui.errors import Conflict, GenieError
from genie_tui.services import checkout, conversations, stages, tasks, undo
from tests.services.making import ADA, BOB, ENG, make, make_board, rows
from tests.services.replaying import contradictions

TASKS = 4

FACTS = """
    SELECT t.id, t.stage, t.column_id, t.status, t.priority, t.blocked_reason, t.checkout_run_id,
           t.execution_locked_at, t.checkout_timeout_ms, t.started_at, t.ended_at,
           ARRAY(SELECT g.tag_id FROM task_tags g WHERE g.task_id = t.id ORDER BY 1) AS tags,
           ARRAY(SELECT a.actor_id || '/' || a.role FROM task_actors a
                  WHERE a.task_id = t.id ORDER BY 1) AS people
      FROM tasks t
     ORDER BY t.id
"""

UNTOLD = """
    SELECT (SELECT count(*) FROM messages) AS messages,
           (SELECT count(*) FROM tui_approvals) AS approvals
"""

State = dict[str, dict[str, Any]]

actors = st.sampled_from([ADA, BOB, ENG])
some = st.sets(st.integers(0, TASKS - 1), min_size=1)
VERBS: dict[str, Callable[[AsyncConnection, str, Actor, int], Awaitable[object]]] = {
    "move": lambda conn, id_, by, n: stages.move_task(conn, id_, ("draft", "build", "qa")[n], by),
    "priority": lambda conn, id_, by, n: tasks.set_priority(
        conn, id_, ("low", "normal", "urgent")[n], by
    ),
    "tag": lambda conn, id_, by, n: tasks.tag(conn, id_, ("bug", "idea", "chore")[n], by),
    "untag": lambda conn, id_, by, n: tasks.untag(conn, id_, ("bug", "idea", "chore")[n], by),
    "assign": lambda conn, id_, by, n: tasks.assign(conn, id_, (ADA, BOB, ENG)[n], by=by),
    "unassign": lambda conn, id_, by, n: tasks.unassign(conn, id_, (ADA, BOB, ENG)[n], by=by),
    "checkout": lambda conn, id_, by, n: checkout.checkout_task(conn, id_, by, take_live=n == 1),
    "release": lambda conn, id_, by, _: checkout.release_task(conn, id_, by),
    "unlock": lambda conn, id_, by, _: checkout.unlock_task(conn, id_, by),
    "block": lambda conn, id_, by, n: tasks.block_task(conn, id_, f"reason {n}", by),
    "unblock": lambda conn, id_, by, _: tasks.unblock_task(conn, id_, by),
    "done": lambda conn, id_, by, _: tasks.done_task(conn, id_, by),
    "fail": lambda conn, id_, by, n: tasks.fail_task(conn, id_, f"reason {n}", by),
    "cancel": lambda conn, id_, by, _: tasks.cancel_task(conn, id_, by),
    "reopen": lambda conn, id_, by, _: tasks.reopen_task(conn, id_, by),
}
"""What can be undone, each in three ways."""


@dataclass(frozen=True)
class Did:
    """What a transaction changed: of each task, the facts before and after."""

    before: State
    after: State

    def back(self) -> Did:
        return Did(before=self.after, after=self.before)


class Undoing(RuleBasedStateMachine):
    """A few tasks, three actors."""

    dsn: str

    @initialize()
    def make(self) -> None:
        self.runner = asyncio.Runner()
        self.conn = self.run(AsyncConnection.connect(self.dsn))
        board = self.run(make_board(self.conn, name=f"Board {uuid4()}"))
        maker = Actor.human("maker", "desk")
        made = [self.run(make(self.conn, board, actor=maker)) for _ in range(TASKS)]
        self.names = {task.id: f"#{task.seq}" for task in made}
        self.tasks = [task.id for task in made]
        self.run(self.conn.commit())
        self.done: dict[Actor, list[Did]] = {ADA: [], BOB: [], ENG: []}
        self.undone: dict[Actor, list[Did]] = {ADA: [], BOB: [], ENG: []}

    def run(self, awaitable: Any) -> Any:
        return self.runner.run(_awaited(awaitable))

    def attempt(self, awaitable: Any) -> GenieError | None:
        try:
            self.run(awaitable)
        except GenieError as error:
            self.run(self.conn.rollback())
            return error
        self.run(self.conn.commit())
        return None

    def facts(self) -> State:
        return {row["id"]: _each(row) for row in self.run(rows(self.conn, FACTS))}

    def teardown(self) -> None:
        if hasattr(self, "conn"):
            self.run(self.conn.execute("DELETE FROM tasks"))
            self.run(self.conn.execute("DELETE FROM audit_events"))
            self.run(self.conn.commit())
            self.run(self.conn.close())
            self.runner.close()

    @rule(
        actor=actors,
        numbers=some,
        verb=st.sampled_from(sorted(VERBS)),
        way=st.integers(0, 2),
    )
    def change(self, actor: Actor, numbers: set[int], verb: str, way: int) -> None:
        before = self.facts()

        async def all_of_them() -> None:
            for number in sorted(numbers):
                await VERBS[verb](self.conn, self.tasks[number], actor, way)

        said = self.attempt(all_of_them())
        did = _between(before, self.facts())
        assert said is None or not did.before
        # A renewed lock is told by none.
        if did.before and not (verb == "checkout" and _renewed(did)):
            self.done[actor].append(did)
            self.undone[actor].clear()

    @rule(actor=actors, number=st.integers(0, TASKS - 1))
    def say(self, actor: Actor, number: int) -> None:
        self.run(conversations.comment(self.conn, self.tasks[number], "hello", actor))
        self.run(self.conn.commit())

    @rule(actor=actors)
    def take_back(self, actor: Actor) -> None:
        self.lead(actor, undo.last, undo.undo, self.done[actor], self.undone[actor])

    @rule(actor=actors)
    def make_again(self, actor: Actor) -> None:
        self.lead(actor, undo.last_undone, undo.redo, self.undone[actor], self.done[actor])

    @rule(actor=actors, times=st.integers(1, 3))
    def there_and_back(self, actor: Actor, times: int) -> None:
        for _ in range(times):
            self.take_back(actor)
        for _ in range(times):
            self.make_again(actor)

    def lead(self, actor: Actor, ask: Any, write: Any, of: list[Did], to: list[Did]) -> None:
        told_of: Undo | None = self.run(ask(self.conn, actor))
        self.run(self.conn.rollback())
        assert (told_of is None) == (not of), "there is something to take back, or there is not"
        if told_of is None:
            return
        wanted = of[-1].back()
        assert set(told_of.task_ids) == set(wanted.before)
        self.check_words(told_of)
        before, untold = self.facts(), self.run(rows(self.conn, UNTOLD))
        said = self.attempt(write(self.conn, actor, told_of))
        found = _between(before, self.facts())
        if said is not None:
            assert isinstance(said, Conflict)
            assert found == Did({}, {})
            assert self.has_moved_on(wanted, before), said
            return
        assert found == wanted
        assert self.run(rows(self.conn, UNTOLD))[0]["messages"] == untold[0]["messages"]
        to.append(of.pop().back())

    def has_moved_on(self, wanted: Did, present: State) -> bool:
        """Is one of them not as it was left, or would what is beside it not go together with it?"""
        for task_id, left in wanted.before.items():
            now = present[task_id]
            if any(now[key] != value for key, value in left.items()):
                return True
            then = now | wanted.after[task_id]
            locked = then["checkout_run_id"] is not None
            if locked != (then["status"] == "in_progress") and then["status"] != "blocked":
                return True
        return False

    def check_words(self, told_of: Undo) -> None:
        """Each thing that is to be done is said, with the name of each task it is done to."""
        for part in told_of.parts:
            assert told(part.then) in told_of.text
            assert self.names[part.task_id] == part.name
            assert part.name in told_of.text

    @invariant()
    def what_is_locked_is_worked_on(self) -> None:
        for task in self.facts().values() if hasattr(self, "conn") else ():
            locked = task["checkout_run_id"] is not None
            assert locked == (task["status"] == "in_progress") or task["status"] == "blocked"

    @invariant()
    def the_history_leads_here(self) -> None:
        if hasattr(self, "conn"):
            assert self.run(contradictions(self.conn, only=self.tasks)) == []


def _each(row: dict[str, Any]) -> dict[str, Any]:
    """Each tag and assignee a fact by itself, as others may have been put beside it."""
    tags, people = row.pop("tags"), row.pop("people")
    row |= {f"tag {tag}": tag in tags for tag in ("bug", "idea", "chore")}
    return row | {f"person {who.id}": f"{who.id}/assignee" in people for who in (ADA, BOB, ENG)}


def _between(before: State, after: State) -> Did:
    """What differs."""
    led: tuple[State, State] = ({}, {})
    for task_id, was in before.items():
        now = after[task_id]
        if differing := [key for key in was if was[key] != now[key]]:
            led[0][task_id] = {key: was[key] for key in differing}
            led[1][task_id] = {key: now[key] for key in differing}
    return Did(*led)


def _renewed(did: Did) -> bool:
    return all(set(was) == {"execution_locked_at"} for was in did.before.values())


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def test_what_is_told_is_what_is_done(dsn: str) -> None:
    machine = type("UndoingHere", (Undoing,), {"dsn": dsn})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
