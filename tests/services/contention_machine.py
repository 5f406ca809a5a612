"""Locks under contention: open transactions of several sessions, interleaved in any way.

The model is the rules of `behaviour.md` on plain data, with what each open transaction has written
beside what is committed: who waits for whom, what each sees, and what is lost when a session is
killed follow from it. The rows must agree with it after every step, and so must the history.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor, Kind
from genie_tui.errors import LockLost, NothingReady, Refused
from genie_tui.services import checkout, dependencies, tasks
from tests.services.making import ADA, ENG, EXPIRE, QA, make, make_board, rows
from tests.services.replaying import contradictions
from tests.services.sittings import (
    GONE,
    Facts,
    Sitting,
    Verdict,
    awaited,
    begun,
    first_done,
    given_up,
    until,
    until_blocked,
)

TASKS = 3
SESSIONS = 3
BY = (ADA, ENG, QA)
"""Whose each session is."""

ROW = """
    SELECT id, status, checkout_run_id AS holder,
           coalesce(execution_locked_at + checkout_timeout_ms * interval '1 ms' < now(), false)
           AS over
      FROM tasks
"""

numbers = st.integers(0, TASKS - 1)
who = st.integers(0, SESSIONS - 1)


class Contention(RuleBasedStateMachine):
    """A few tasks, and three sessions whose transactions overlap."""

    dsn: str

    @initialize()
    def make(self) -> None:
        self.runner = asyncio.Runner()
        self.watcher = self.run(AsyncConnection.connect(self.dsn, autocommit=True))
        self.board = self.run(make_board(self.watcher, name=f"Board {uuid4()}"))
        self.ids = [self.run(make(self.watcher, self.board)).id for _ in range(TASKS)]
        self.committed = [Facts() for _ in range(TASKS)]
        self.waits: dict[int, int] = {}
        self.sittings = [
            Sitting(conn=self.run(AsyncConnection.connect(self.dsn)), actor=actor) for actor in BY
        ]

    def run(self, awaitable: Any) -> Any:
        return self.runner.run(awaited(awaitable))

    def teardown(self) -> None:
        if not hasattr(self, "sittings"):
            return
        for sitting in self.sittings:
            self.kill(sitting)
        self.nothing_is_lost()
        self.run(self.watcher.execute("DELETE FROM tasks"))
        self.run(self.watcher.execute("DELETE FROM audit_events"))
        for sitting in self.sittings:
            self.run(sitting.conn.close())
        self.run(self.watcher.close())
        self.runner.close()

    # What a session sees, and who is in its way

    def seen(self, sitting: Sitting, number: int) -> Facts:
        return sitting.wrote.get(number, self.committed[number])

    def is_waiting(self, sitting: Sitting, number: int) -> bool:
        return number in self.waits and not self.seen(sitting, self.waits[number]).closed

    def owner(self, number: int) -> Sitting | None:
        return next((s for s in self.sittings if number in s.held), None)

    def would_lock_out(self, sitting: Sitting, number: int) -> bool:
        """Would waiting for that task close a circle of sessions?"""
        at = self.owner(number)
        while at is not None and at is not sitting:
            at = self.owner(at.wants) if at.wants is not None else None
        return at is sitting and number not in sitting.held

    def attempt(
        self,
        sitting: Sitting,
        number: int,
        work: Callable[[], Awaitable[Any]],
        settle: Callable[[Facts], Verdict],
    ) -> None:
        """Let a verb begin; it is over at once, or waits for the session that holds the task."""
        if sitting.pending is not None or self.would_lock_out(sitting, number):
            return
        sitting.pending = self.run(begun(work()))
        sitting.wants, sitting.settle = number, settle
        if self.owner(number) in (None, sitting):
            self.finish(sitting)
        else:
            self.run(until_blocked(self.watcher, sitting))

    def finish(self, sitting: Sitting) -> None:
        """Judge what came of a verb by what the task is like now; an error ends a transaction."""
        assert sitting.pending is not None
        assert sitting.settle is not None
        assert sitting.wants is not None
        number = sitting.wants
        expected = sitting.settle(self.seen(sitting, number))
        (came,) = self.run(
            asyncio.wait_for(asyncio.gather(sitting.pending, return_exceptions=True), 10)
        )
        sitting.pending = sitting.wants = sitting.settle = None
        if isinstance(expected, Facts):
            assert not isinstance(came, BaseException), came
            sitting.held.add(number)
            sitting.wrote[number] = expected
        else:
            assert type(came) is expected, came
            self.end(sitting, commit=False)

    def end(self, sitting: Sitting, *, commit: bool) -> None:
        """End a transaction; one of those who waited for it goes on with each task."""
        self.run(sitting.conn.commit() if commit else sitting.conn.rollback())
        self.let_go(sitting, commit=commit)

    def let_go(self, sitting: Sitting, *, commit: bool) -> None:
        if commit:
            for number, facts in sitting.wrote.items():
                self.committed[number] = facts
        freed = set(sitting.held)
        sitting.wrote, sitting.held = {}, set()
        for number in freed:
            if queue := [s for s in self.sittings if s.wants == number and s.pending]:
                first = self.run(first_done(self.watcher, queue))
                first.held.add(number)
                self.finish(first)

    def kill(self, sitting: Sitting) -> None:
        """Its connection is ended, whatever it is doing; another one takes its place."""
        pid = sitting.conn.info.backend_pid
        self.run(self.watcher.execute("SELECT pg_terminate_backend(%s)", (pid,)))
        if sitting.pending is not None:
            self.run(given_up(sitting.pending))
        sitting.pending = sitting.wants = sitting.settle = None
        self.run(until(self.watcher, GONE, pid=pid))
        self.run(sitting.conn.close())
        sitting.conn = self.run(AsyncConnection.connect(self.dsn))
        self.let_go(sitting, commit=False)

    # What can be done

    @rule(who=who, number=numbers, take=st.booleans())
    def check_out(self, who: int, number: int, take: bool) -> None:
        sitting = self.sittings[who]
        actor = sitting.actor
        # Whether it waits for another task is asked as the statement begins.
        waiting = self.is_waiting(sitting, number)

        def settle(task: Facts) -> Verdict:
            mine = task.holder == actor.run_id
            free = task.holder is None or task.over or (take and actor.kind is Kind.HUMAN)
            if task.closed or not (mine or (task.status != "blocked" and not waiting and free)):
                return Refused
            status = "blocked" if task.status == "blocked" else "in_progress"
            return Facts(status=status, holder=actor.run_id)

        self.attempt(
            sitting,
            number,
            lambda: checkout.checkout_task(sitting.conn, self.ids[number], actor, take_live=take),
            settle,
        )

    @rule(who=who)
    def claim(self, who: int) -> None:
        """It waits for nobody: it passes what others hold, and finds all that is left."""
        sitting = self.sittings[who]
        if sitting.pending is not None:
            return
        ready = [number for number in range(TASKS) if self.is_ready(sitting, number)]
        try:
            claimed = self.run(
                asyncio.wait_for(
                    checkout.claim_next(sitting.conn, sitting.actor, board=self.board), 10
                )
            )
        except NothingReady:
            assert ready == []
            self.end(sitting, commit=False)
        else:
            number = self.ids.index(claimed.id)
            assert number == ready[0]
            sitting.held.add(number)
            sitting.wrote[number] = Facts(status="in_progress", holder=sitting.actor.run_id)

    def is_ready(self, sitting: Sitting, number: int) -> bool:
        task = self.seen(sitting, number)
        free = self.owner(number) in (None, sitting)
        ready = task.status == "ready" and task.holder is None
        return ready and free and not self.is_waiting(sitting, number)

    @rule(who=who, number=numbers, verb=st.sampled_from(["renew", "release"]))
    def own(self, who: int, number: int, verb: str) -> None:
        sitting = self.sittings[who]
        run = sitting.actor.run_id
        how: Callable[[AsyncConnection, str, Actor], Awaitable[object]] = (
            checkout.renew_lock if verb == "renew" else checkout.release_task
        )

        def settle(task: Facts) -> Verdict:
            if task.holder != run:
                return LockLost
            return replace(task, over=False) if verb == "renew" else task.free()

        self.attempt(
            sitting, number, lambda: how(sitting.conn, self.ids[number], sitting.actor), settle
        )

    @rule(who=who, number=numbers)
    def unlock(self, who: int, number: int) -> None:
        sitting = self.sittings[who]
        self.attempt(
            sitting,
            number,
            lambda: checkout.unlock_task(sitting.conn, self.ids[number], sitting.actor),
            lambda task: task if task.holder is None else task.free(),
        )

    @rule(who=who, number=numbers)
    def done(self, who: int, number: int) -> None:
        sitting = self.sittings[who]
        actor = sitting.actor

        def settle(task: Facts) -> Verdict:
            others = task.holder not in (None, actor.run_id) and not task.over
            if others and actor.kind is Kind.AGENT:
                return LockLost
            return task if task.status == "done" else Facts(status="done")

        self.attempt(
            sitting,
            number,
            lambda: tasks.done_task(sitting.conn, self.ids[number], actor),
            settle,
        )

    @rule(who=who, number=numbers)
    def block_or_go_on(self, who: int, number: int) -> None:
        sitting = self.sittings[who]
        actor = sitting.actor
        present = self.seen(sitting, number).status

        def settle(task: Facts) -> Verdict:
            match present:
                case "blocked" if task.status == "blocked":
                    return replace(task, status="in_progress" if task.holder else "ready")
                case "done" if task.status == "done":
                    return Facts()
                case "blocked" | "done":
                    return task
            return Refused if task.closed else replace(task, status="blocked")

        async def work() -> None:
            match present:
                case "blocked":
                    await tasks.unblock_task(sitting.conn, self.ids[number], actor)
                case "done":
                    await tasks.reopen_task(sitting.conn, self.ids[number], actor)
                case _:
                    await tasks.block_task(sitting.conn, self.ids[number], "why not", actor)

        self.attempt(sitting, number, work, settle)

    @rule(who=who)
    def sweep(self, who: int) -> None:
        """It waits for nobody either."""
        sitting = self.sittings[who]
        if sitting.pending is not None:
            return
        swept = self.run(asyncio.wait_for(checkout.sweep_expired(sitting.conn), 10))
        found = {self.ids.index(task.id) for task in swept}
        expected = {
            number
            for number in range(TASKS)
            if self.seen(sitting, number).over and self.owner(number) in (None, sitting)
        }
        assert found == expected
        for number in found:
            sitting.wrote[number] = self.seen(sitting, number).free()
            sitting.held.add(number)

    @rule(number=numbers)
    def time_passes(self, number: int) -> None:
        if self.owner(number) is None and self.committed[number].holder is not None:
            self.run(self.watcher.execute(EXPIRE, {"id": self.ids[number]}))
            self.committed[number] = replace(self.committed[number], over=True)

    @rule(first=numbers, second=numbers)
    def wait(self, first: int, second: int) -> None:
        if first > second and first not in self.waits:
            added = dependencies.add_dependency(
                self.watcher, self.ids[first], self.ids[second], actor=ADA
            )
            assert self.run(added)
            self.waits[first] = second

    @rule(who=who, commit=st.booleans())
    def over(self, who: int, commit: bool) -> None:
        if self.sittings[who].pending is None:
            self.end(self.sittings[who], commit=commit)

    @rule(who=who)
    def commit(self, who: int) -> None:
        self.over(who, commit=True)

    @rule(who=who)
    def killed(self, who: int) -> None:
        """No precondition: which of two who wait is first is for the server to say."""
        if self.sittings[who].held or self.sittings[who].pending:
            self.kill(self.sittings[who])

    # What must be true after each

    @invariant()
    def what_is_committed_is_what_the_model_says(self) -> None:
        if hasattr(self, "sittings"):
            found = {row.pop("id"): Facts(**row) for row in self.run(rows(self.watcher, ROW))}
            assert [found[task_id] for task_id in self.ids] == self.committed

    @invariant()
    def the_history_leads_here(self) -> None:
        if hasattr(self, "sittings"):
            assert self.run(contradictions(self.watcher)) == []

    def nothing_is_lost(self) -> None:
        """Whatever is ready can be claimed, now that nobody holds a row."""
        sitting = self.sittings[0]
        ready = [number for number in range(TASKS) if self.is_ready(sitting, number)]
        claimed: list[int] = []
        while len(claimed) < len(ready):
            task = self.run(checkout.claim_next(sitting.conn, sitting.actor, board=self.board))
            claimed.append(self.ids.index(task.id))
        assert claimed == ready
        self.run(sitting.conn.rollback())
