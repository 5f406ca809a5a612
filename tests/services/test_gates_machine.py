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
from genie_tui.errors import Refused
from genie_tui.services import stages, tasks
from tests.services.making import ADA, BOB, ENG, QA, column, make, make_board, row_of, rows

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


class Gates(RuleBasedStateMachine):
    """One task on a board of any columns, advanced, completed, sent back and moved by anybody."""

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
        self.at = 0
        self.words: set[Kind] = set()
        self.blocked = self.done = False
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
            self.at, self.words = to, set()

    def leave(self, actor: Actor) -> None:
        """Out of the column by its opened gate; the last one's leads to done."""
        overridden = self.here.gate == "agent" and Kind.AGENT not in {actor.kind, *self.words}
        gate = "agent:override" if overridden else str(self.here.gate)
        if (to := self.target()) is None:
            self.done = True
        else:
            self.go(to, gate)

    def opens(self, actor: Actor) -> bool:
        wanted = {Kind(kind) for kind in str(self.here.gate).split("+")}
        return wanted <= {*self.words, actor.kind}

    # What can be done

    @rule(actor=actors, override=st.booleans())
    def advance(self, actor: Actor, override: bool) -> None:
        person = actor.kind is Kind.HUMAN
        came = self.attempt(stages.advance_task, actor, override=override)
        if self.done or (self.blocked and not (override and person)):
            assert isinstance(came, Refused)
            assert came.override == (person and not self.done)
        elif self.opens(actor) or (person and override and self.here.gate == "agent"):
            stage = self.here.name
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
        if self.done:
            assert isinstance(came, Refused)
            return
        assert isinstance(came, Advance)
        agents = self.here.gate == "agent"
        looks = agents and actor.kind is Kind.AGENT
        goes_on = (agents and self.here.auto_advance) or (not looks and self.opens(actor))
        if self.blocked or not goes_on:
            if actor.kind is Kind.AGENT or self.here.gate == "human+agent":
                self.words.add(actor.kind)
            assert not came.moved
            assert came.refused == self.blocked
            return
        passed = set()
        while True:
            passed.add(self.at)
            self.leave(actor)
            column = self.here
            passes = column.gate == "agent" and column.auto_advance and not column.action
            if self.done or not passes or self.at in passed:
                break
        assert (came.done, came.refused) == (self.done, False)

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

    @rule()
    def block_or_unblock(self) -> None:
        if self.done:
            self.run(tasks.reopen_task(self.conn, self.task, ADA))
            self.done, self.blocked, self.words = False, False, set()
        elif self.blocked:
            self.run(tasks.unblock_task(self.conn, self.task, ADA))
            self.blocked = False
        else:
            self.run(tasks.block_task(self.conn, self.task, "why not", ADA))
            self.blocked = True

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
        status = "done" if self.done else "blocked" if self.blocked else "ready"
        assert (row["stage"], row["status"]) == (self.here.name, status)
        words = self.run(
            rows(self.conn, "SELECT * FROM tui_approvals WHERE task_id = %(t)s", t=self.task)
        )
        if not self.done:
            assert {Kind(word["kind"]) for word in words} == self.words
        assert {word["stage"] for word in words} <= {self.here.name}

    @invariant()
    def the_log_leads_here(self) -> None:
        if not hasattr(self, "conn"):
            return
        log = self.run(stages.stage_log(self.conn, self.task))
        assert [(m.from_stage, m.to_stage, m.gate_type) for m in log] == self.log


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def test_gates_open_as_the_rules_say(dsn: str) -> None:
    machine = type("GatesHere", (Gates,), {"dsn": dsn})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
