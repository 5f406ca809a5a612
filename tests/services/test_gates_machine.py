"""Gates, for any board, actors and order: what happens is what a model of the rules says.

The model knows nothing of the code: it is the rules of `behaviour.md` once more, on plain data.
"""

from __future__ import annotations

import asyncio
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
from genie_tui.domain.boards import Column
from genie_tui.domain.stages import Advance
from genie_tui.errors import Conflict, LockLost, Refused
from genie_tui.services import checkout, dependencies, stages, tasks
from tests.services.making import ADA, BOB, ENG, QA, column, make, make_board, row_of, rows
from tests.services.replaying import contradictions

GATES = ("human", "agent", "human+agent")
NAMES = ("a", "b", "c", "d")

columns = st.lists(
    st.tuples(
        st.sampled_from(GATES),
        st.booleans(),
        st.sampled_from(["/work", None]),
        st.sampled_from([None, *NAMES]),
        st.sampled_from([None, *NAMES]),
    ),
    min_size=1,
    max_size=len(NAMES),
)
actors = st.sampled_from([ADA, BOB, ENG, QA])

MOVE = "UPDATE tasks SET stage = %(to)s WHERE id = %(id)s"

MOVE_WHOLE = """
    UPDATE tasks t SET stage = %(to)s, column_id = (
        SELECT c ->> 'id' FROM boards b, jsonb_array_elements(b.columns) c
         WHERE b.id = t.board_id AND c ->> 'name' = %(to)s)
     WHERE t.id = %(id)s
"""


class Gates(RuleBasedStateMachine):
    """One task on a board of any columns, advanced, completed, sent back and moved by anybody.

    It may be locked, blocked, wait for another or have an open part; other clients move it too.
    """

    dsn: str

    @initialize(drawn=columns)
    def make(self, drawn: list[tuple[str, bool, str | None, str | None, str | None]]) -> None:
        self.runner = asyncio.Runner()
        self.conn = self.run(AsyncConnection.connect(self.dsn))
        self.columns = [
            column(name, gate, auto=auto, action=action, on_fail=fail, advance_to=to)
            for name, (gate, auto, action, fail, to) in zip(NAMES, drawn, strict=False)
        ]
        board = self.run(make_board(self.conn, *self.columns, name=f"Board {uuid4()}"))
        self.task = self.run(make(self.conn, board)).id
        self.other = self.run(make(self.conn, board)).id
        self.child = self.run(make(self.conn, board, parent_id=self.task)).id
        self.run(tasks.done_task(self.conn, self.child, ADA))
        self.ids = [column.id for column in board.columns]
        self.at = 0
        self.stage = self.here.name
        self.words: set[Kind] = set()
        self.blocked = self.done = self.linked = self.awaited = self.untold = False
        self.parted = False
        self.holder: str | None = None
        self.log: list[tuple[str, str, str]] = []

    def run(self, awaitable: Any) -> Any:
        return self.runner.run(_awaited(awaitable))

    def teardown(self) -> None:
        if hasattr(self, "conn"):
            self.run(self.conn.rollback())
            self.run(self.conn.close())
            self.runner.close()

    # The rules, once more

    @property
    def here(self) -> Column:
        return self.columns[self.at]

    def target(self) -> int | None:
        names = [column.name for column in self.columns]
        for transition in self.here.transitions:
            if transition.target in names and transition.target != self.here.name:
                return names.index(transition.target)
        return self.at + 1 if self.at + 1 < len(self.columns) else None

    def go(self, to: int, gate: str) -> None:
        if to != self.at:
            self.log.append((self.here.name, self.columns[to].name, gate))
            self.stand(to)
            # Also where another client had given it the stage of the column that it comes to.
            self.words = set()

    def stand(self, at: int, stage: str | None = None) -> None:
        """A word given is about the stage in which it was given."""
        self.at, present = at, self.stage
        self.stage = stage or self.here.name
        if self.stage != present:
            self.words = set()

    def end(self) -> None:
        self.done, self.blocked, self.holder = True, False, None

    @property
    def status(self) -> str:
        if self.done:
            return "done"
        return "blocked" if self.blocked else "in_progress" if self.holder else "ready"

    @property
    def stopped(self) -> bool:
        return self.blocked or (self.linked and self.awaited)

    def leave(self, actor: Actor) -> None:
        """Out of the column by its opened gate; the last one's leads to done."""
        overridden = self.here.gate == "agent" and Kind.AGENT not in {actor.kind, *self.words}
        gate = "agent:override" if overridden else str(self.here.gate)
        if (to := self.target()) is None:
            self.end()
        else:
            self.go(to, gate)

    def opens(self, actor: Actor) -> bool:
        wanted = {Kind(kind) for kind in str(self.here.gate).split("+")}
        return wanted <= {*self.words, actor.kind}

    # What can be done

    @rule(actor=actors, override=st.booleans(), seen=st.sampled_from([None, True, False]))
    def advance(self, actor: Actor, override: bool, seen: bool | None) -> None:
        person = actor.kind is Kind.HUMAN
        looked = None if seen is None else self.stage if seen else "elsewhere"
        came = self.attempt(stages.advance_task, actor, override=override, seen=looked)
        insists = override and person
        opens = self.opens(actor) or (insists and self.here.gate == "agent")
        if seen is False:
            assert isinstance(came, Conflict)
        elif self.done or (self.stopped and not insists):
            assert isinstance(came, Refused)
            assert came.override == (person and not self.done)
        elif opens and self.target() is None and self.parted and not insists:
            assert isinstance(came, Refused)
            assert came.override == person
        elif opens:
            stage = self.stage
            self.leave(actor)
            assert isinstance(came, Advance)
            assert (came.from_stage, came.done, came.refused) == (stage, self.done, False)
            assert came.to_stage == (self.here.name if came.moved else None)
        elif person and self.here.gate == "agent":
            assert isinstance(came, Refused)
            assert came.override
        else:
            self.words.add(actor.kind)
            assert isinstance(came, Advance)
            assert (came.moved, came.done) == (False, False)
            assert came.refused == (self.here.gate == "human")
            assert came.waits_for is (Kind.AGENT if person else Kind.HUMAN)

    @rule(actor=actors)
    def complete(self, actor: Actor) -> None:
        came = self.attempt(stages.complete_stage, actor)
        if self.done or self.holder not in (None, actor.run_id):
            assert isinstance(came, Refused if self.done else LockLost)
            return
        self.holder = None
        assert isinstance(came, Advance)
        agents = self.here.gate == "agent"
        looks = agents and actor.kind is Kind.AGENT
        goes_on = (agents and self.here.auto_advance) or (not looks and self.opens(actor))
        if self.stopped or not goes_on:
            self.say(actor)
            assert not came.moved
            assert came.refused == self.stopped
            return
        passed, begun = set(), self.stage
        while True:
            passed.add(self.at)
            if self.target() is None and self.parted:
                self.say(actor)
                assert (came.done, came.refused) == (False, True)
                assert (came.from_stage, came.moved) == (begun, begun != self.stage)
                return
            self.leave(actor)
            column = self.here
            passes = column.gate == "agent" and column.auto_advance and not column.action
            if self.done or not passes or self.at in passed:
                break
        assert (came.done, came.refused) == (self.done, False)

    def say(self, actor: Actor) -> None:
        """The word of who cannot go on is kept, where somebody waits for it."""
        if actor.kind is Kind.AGENT or self.here.gate == "human+agent":
            self.words.add(actor.kind)

    @rule(actor=actors)
    def send_back(self, actor: Actor) -> None:
        came = self.attempt(stages.send_back, actor)
        names = [column.name for column in self.columns]
        elsewhere = self.here.on_fail in names and self.here.on_fail != self.here.name
        to = names.index(str(self.here.on_fail)) if elsewhere else self.at - 1
        if self.done or to < 0:
            assert isinstance(came, Refused)
        else:
            self.go(to, str(self.here.gate))

    @rule(actor=actors, to=st.integers(0, len(NAMES) - 1))
    def move(self, actor: Actor, to: int) -> None:
        to %= len(self.columns)
        self.run(stages.move_task(self.conn, self.task, self.columns[to].name, actor))
        self.go(to, str(self.here.gate))

    @rule(to=st.integers(0, len(NAMES) - 1), whole=st.booleans())
    def another_client_moves(self, to: int, whole: bool) -> None:
        """By a plain update, which tells nothing; with its column's id, or with the stage alone."""
        to %= len(self.columns)
        stage = self.columns[to].name
        self.run(self.conn.execute(MOVE_WHOLE if whole else MOVE, {"id": self.task, "to": stage}))
        self.untold = self.untold or stage != self.stage
        self.stand(to if whole else self.at, stage)

    @rule()
    def block_or_unblock(self) -> None:
        if self.done:
            self.run(tasks.reopen_task(self.conn, self.task, ADA))
            self.done, self.words = False, set()
        elif self.blocked:
            self.run(tasks.unblock_task(self.conn, self.task, ADA))
            self.blocked = False
        else:
            self.run(tasks.block_task(self.conn, self.task, "why not", ADA))
            self.blocked = True

    @rule(actor=actors)
    def lock_or_unlock(self, actor: Actor) -> None:
        if self.holder is not None:
            self.run(checkout.unlock_task(self.conn, self.task, actor))
            self.holder = None
        elif not (self.done or self.stopped):
            self.run(checkout.checkout_task(self.conn, self.task, actor))
            self.holder = actor.run_id

    @rule()
    def wait_or_go_on(self) -> None:
        """For another task, which is open at first."""
        if not self.linked:
            self.run(dependencies.add_dependency(self.conn, self.task, self.other, actor=ADA))
            self.linked = self.awaited = True
        elif self.awaited:
            self.run(tasks.done_task(self.conn, self.other, ADA))
            self.awaited = False
        else:
            self.run(tasks.reopen_task(self.conn, self.other, ADA))
            self.awaited = True

    @rule()
    def open_or_end_a_part(self) -> None:
        verb = tasks.done_task if self.parted else tasks.reopen_task
        self.run(verb(self.conn, self.child, ADA))
        self.parted = not self.parted

    def attempt(self, verb: Any, actor: Actor, **how: Any) -> Advance | Refused:
        try:
            advance: Advance = self.run(verb(self.conn, self.task, actor, **how))
        except Refused as refused:
            return refused
        return advance

    # What must be true after each

    @invariant()
    def stands_where_the_model_says(self) -> None:
        if not hasattr(self, "conn"):
            return
        row = self.run(row_of(self.conn, self.task))
        assert (row["stage"], row["status"]) == (self.stage, self.status)
        assert row["column_id"] == self.ids[self.at]
        assert row["checkout_run_id"] == self.holder
        words = self.run(
            rows(self.conn, "SELECT * FROM tui_approvals WHERE task_id = %(t)s", t=self.task)
        )
        if not self.done:
            assert {Kind(word["kind"]) for word in words} == self.words
        assert {word["stage"] for word in words} <= {self.stage}

    @invariant()
    def the_log_leads_here(self) -> None:
        if not hasattr(self, "conn"):
            return
        log = self.run(stages.stage_log(self.conn, self.task))
        assert [(m.from_stage, m.to_stage, m.gate_type) for m in log] == self.log
        if not self.untold:
            assert self.run(contradictions(self.conn, only=[self.task])) == []


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def test_gates_open_as_the_rules_say(dsn: str) -> None:
    machine = type("GatesHere", (Gates,), {"dsn": dsn})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
