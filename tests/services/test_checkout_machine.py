"""Locks, for any actors and order: never two holders, and the history tells who holds what.

The model knows nothing of the code: it is the rules of `behaviour.md` once more, on plain data.
Each step is a transaction of its own, as those of other processes are.
"""

from __future__ import annotations

import asyncio
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

from genie_tui.domain.actors import Actor, Kind
from genie_tui.errors import GenieError, LockLost, NothingReady, Refused
from genie_tui.services import checkout, dependencies, stages, tasks, undo
from tests.services.making import ADA, ENG, QA, expire, make, make_board, rows

TASKS = 3

actors = st.sampled_from([ADA, ENG, QA])
numbers = st.integers(0, TASKS - 1)


@dataclass
class Model:
    """What a task should be like."""

    id: str
    status: str = "ready"
    holder: str | None = None
    over: bool = False
    waits_for: int | None = None

    @property
    def closed(self) -> bool:
        return self.status in ("done", "cancelled")

    def free(self) -> None:
        self.holder, self.over = None, False
        if self.status == "in_progress":
            self.status = "ready"


class Locks(RuleBasedStateMachine):
    """A few tasks, and three actors who do to them what they like."""

    dsn: str

    @initialize()
    def make(self) -> None:
        self.runner = asyncio.Runner()
        self.conn = self.run(AsyncConnection.connect(self.dsn))
        board = self.run(make_board(self.conn, name=f"Board {uuid4()}"))
        self.board = board
        self.tasks = [Model(id=self.run(make(self.conn, board, "build")).id) for _ in range(TASKS)]
        self.run(self.conn.commit())

    def run(self, awaitable: Any) -> Any:
        return self.runner.run(_awaited(awaitable))

    def attempt(self, awaitable: Any) -> GenieError | None:
        """Do it in a transaction of its own; what did it say?"""
        try:
            self.run(awaitable)
        except GenieError as error:
            self.run(self.conn.rollback())
            return error
        self.run(self.conn.commit())
        return None

    def teardown(self) -> None:
        if hasattr(self, "conn"):
            self.run(self.conn.execute("DELETE FROM tasks"))
            self.run(self.conn.execute("DELETE FROM audit_events"))
            self.run(self.conn.commit())
            self.run(self.conn.close())
            self.runner.close()

    def waits(self, task: Model) -> bool:
        return task.waits_for is not None and not self.tasks[task.waits_for].closed

    # What can be done

    @rule(number=numbers, actor=actors, take=st.booleans())
    def check_out(self, number: int, actor: Actor, take: bool) -> None:
        task = self.tasks[number]
        said = self.attempt(checkout.checkout_task(self.conn, task.id, actor, take_live=take))
        takes = take and actor.kind is Kind.HUMAN
        mine = task.holder == actor.run_id
        allowed = not task.closed and (
            mine
            or (
                task.status != "blocked"
                and not self.waits(task)
                and (task.holder is None or task.over or takes)
            )
        )
        assert (said is None) == allowed
        if allowed:
            task.holder, task.over = actor.run_id, False
            task.status = "blocked" if task.status == "blocked" else "in_progress"

    @rule(actor=actors)
    def claim(self, actor: Actor) -> None:
        ready = [
            task
            for task in self.tasks
            if task.status == "ready" and task.holder is None and not self.waits(task)
        ]
        try:
            claimed = self.run(checkout.claim_next(self.conn, actor, board=self.board)).id
        except NothingReady:
            assert ready == []
        else:
            (task,) = [task for task in ready if task.id == claimed]
            task.holder, task.over, task.status = actor.run_id, False, "in_progress"
        self.run(self.conn.commit())

    @rule(number=numbers, actor=actors)
    def renew(self, number: int, actor: Actor) -> None:
        task = self.tasks[number]
        said = self.attempt(checkout.renew_lock(self.conn, task.id, actor))
        if task.holder == actor.run_id:
            assert said is None
            task.over = False
        else:
            assert isinstance(said, LockLost)

    @rule(number=numbers, actor=actors)
    def release(self, number: int, actor: Actor) -> None:
        task = self.tasks[number]
        said = self.attempt(checkout.release_task(self.conn, task.id, actor))
        if task.holder == actor.run_id:
            assert said is None
            task.free()
        else:
            assert isinstance(said, LockLost)

    @rule(number=numbers, actor=actors)
    def unlock(self, number: int, actor: Actor) -> None:
        task = self.tasks[number]
        assert self.attempt(checkout.unlock_task(self.conn, task.id, actor)) is None
        task.free()

    @rule(number=numbers)
    def time_passes(self, number: int) -> None:
        task = self.tasks[number]
        if task.holder is not None:
            self.attempt(expire(self.conn, task.id))
            task.over = True

    @rule(spared=st.none() | actors)
    def sweep(self, spared: Actor | None) -> None:
        spare = [spared.run_id] if spared else []
        assert self.attempt(checkout.sweep_expired(self.conn, spare=spare)) is None
        for task in self.tasks:
            if task.over and task.holder not in spare:
                task.free()

    @rule(number=numbers, actor=actors, verb=st.sampled_from(["done", "fail", "cancel"]))
    def end(self, number: int, actor: Actor, verb: str) -> None:
        task = self.tasks[number]
        how = {
            "done": tasks.done_task(self.conn, task.id, actor),
            "fail": tasks.fail_task(self.conn, task.id, "crashed", actor),
            "cancel": tasks.cancel_task(self.conn, task.id, actor),
        }
        status = {"done": "done", "fail": "failed", "cancel": "cancelled"}[verb]
        for other in how.keys() - {verb}:
            how[other].close()
        said = self.attempt(how[verb])
        others = task.holder not in (None, actor.run_id) and not task.over
        if task.closed and (task.status != status or verb == "fail"):
            assert isinstance(said, Refused)
        elif others and actor.kind is Kind.AGENT:
            assert isinstance(said, LockLost)
        elif not task.closed:
            assert said is None
            task.free()
            task.status = status

    @rule(number=numbers)
    def block_or_go_on(self, number: int) -> None:
        task = self.tasks[number]
        if task.status == "blocked":
            self.attempt(tasks.unblock_task(self.conn, task.id, ADA))
            task.status = "ready" if task.holder is None else "in_progress"
        elif task.closed or task.status == "failed":
            self.attempt(tasks.reopen_task(self.conn, task.id, ADA))
            task.free()
            task.status = "ready"
        else:
            self.attempt(tasks.block_task(self.conn, task.id, "why not", ADA))
            task.status = "blocked"

    @rule(number=numbers, actor=actors)
    def complete(self, number: int, actor: Actor) -> None:
        task = self.tasks[number]
        said = self.attempt(stages.complete_stage(self.conn, task.id, actor))
        if task.closed:
            assert isinstance(said, Refused)
        elif task.holder not in (None, actor.run_id) and not task.over:
            assert isinstance(said, LockLost)
        else:
            assert said is None
            task.free()
        self.attempt(stages.move_task(self.conn, task.id, "build", ADA))

    @rule(first=numbers, second=numbers)
    def wait(self, first: int, second: int) -> None:
        a, b = self.tasks[first], self.tasks[second]
        if a.waits_for is None and first > second:
            said = self.attempt(dependencies.add_dependency(self.conn, a.id, b.id, actor=ADA))
            assert said is None
            a.waits_for = second

    @rule(actor=actors)
    def take_back(self, actor: Actor) -> None:
        """Undo gives back a holder only where nobody has the task by now."""
        if (change := self.run(undo.last(self.conn, actor))) is None:
            return
        (part,) = change.parts
        (task,) = [task for task in self.tasks if task.id == part.task_id]
        said = self.attempt(undo.undo(self.conn, actor, change))
        if said is None:
            now = self.run(rows(self.conn, ROW, id=task.id))[0]
            if "checkout_run_id" in part.then:
                assert task.holder == part.now["checkout_run_id"]
                task.holder = now["checkout_run_id"]
                task.over = bool(now["over"])
            task.status = now["status"]

    # What must be true after each

    @invariant()
    def every_task_is_as_the_model_says(self) -> None:
        for task in getattr(self, "tasks", ()):
            (row,) = self.run(rows(self.conn, ROW, id=task.id))
            assert (row["checkout_run_id"], row["status"], bool(row["over"])) == (
                task.holder,
                task.status,
                task.over,
            )

    @invariant()
    def the_history_tells_who_holds_it(self) -> None:
        for task in getattr(self, "tasks", ()):
            holder = None
            for event in self.run(rows(self.conn, HISTORY, id=task.id)):
                holder = self.replay(event, holder)
            assert holder == task.holder

    def replay(self, event: dict[str, Any], holder: str | None) -> str | None:
        """Who holds a task after an event; nobody takes what another holds."""
        details = event["details"]
        match event["event_type"]:
            case "checkout":
                assert holder is None
                return str(details["run"])
            case "released" | "unlocked" | "checkout_expired":
                assert holder == details["run"]
                return None
        if "checkout_run_id" in details.get("after", {}):
            assert holder == details["before"]["checkout_run_id"]
            run: str | None = details["after"]["checkout_run_id"]
            return run
        return holder


ROW = """
    SELECT status, checkout_run_id, execution_locked_at + checkout_timeout_ms * interval '1 ms'
           < now() AS over
      FROM tasks WHERE id = %(id)s
"""

HISTORY = """
    SELECT event_type, details FROM audit_events WHERE entity_id = %(id)s ORDER BY id
"""


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def test_no_task_ever_has_two_holders(dsn: str) -> None:
    machine = type("LocksHere", (Locks,), {"dsn": dsn})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
