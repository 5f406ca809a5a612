"""Columns of any board edited in any order, with tasks in them: as a plain model says.

The model is a list of columns with what the contract says of them, and of each task the column in
which it stands; it knows nothing of ids, positions or slots.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

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

from genie_tui.domain.columns import Where
from genie_tui.errors import BadInput, Conflict, GenieError, Refused
from genie_tui.services import boards, columns, reconciling, stages
from tests.services.making import ADA, ENG, approvals, column, make, make_board, rows

NAMES = ("a", "b", "c", "d", "e", "B")

at = st.integers(0, 5)
name = st.sampled_from(NAMES)


@dataclass
class Modelled:
    """A column: what it is called, leads to and may hold; `mark` is a key of another client's."""

    name: str
    mark: int
    on_fail: str | None = None
    advance: str | None = None
    limit: int | None = None


@dataclass
class Card:
    """A task: where it stands, how often it moved, and what was said of it there."""

    id: str
    stands: str
    moves: list[tuple[str, str]] = field(default_factory=list)
    word: bool = False


class Columns(RuleBasedStateMachine):
    """One board of two columns to begin with, and tasks that come as it goes."""

    dsn: str

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.conn = self.run(AsyncConnection.connect(self.dsn))
        self.board = self.run(
            make_board(
                self.conn,
                column("a", "human+agent"),
                column("b", "human+agent"),
                name=f"Board {id(self)}",
            )
        )
        self.columns = [Modelled("a", 0), Modelled("b", 1)]
        self.cards: list[Card] = []
        self.marks = 2
        for number in range(2):
            self.mark(number, number)

    def run(self, awaitable: Any) -> Any:
        return self.runner.run(_awaited(awaitable))

    def teardown(self) -> None:
        if hasattr(self, "conn"):
            self.run(self.conn.rollback())
            self.run(self.conn.close())
            self.runner.close()

    def mark(self, number: int, mark: int) -> None:
        """Let another client put a key of its own into a column."""
        self.run(
            self.conn.execute(
                "UPDATE boards SET columns = jsonb_set(columns, %s, %s::jsonb) WHERE id = %s",
                ([str(number), "mark"], str(mark), self.board.id),
            )
        )

    # The model's own words

    def pick(self, number: int) -> Modelled:
        return self.columns[number % len(self.columns)]

    def taken(self, wanted: str, but: Modelled | None = None) -> bool:
        return any(c.name.lower() == wanted.lower() for c in self.columns if c is not but)

    def lead(self, old: str, new: str | None) -> None:
        for each in self.columns:
            target = new if each.name != new else None
            each.on_fail = target if each.on_fail == old else each.on_fail
            each.advance = target if each.advance == old else each.advance

    # What can be done

    @rule(number=at, odd=st.sampled_from(["", "null", "gone", "moved"]))
    def make_a_task(self, number: int, odd: str) -> None:
        """Some of which another client names no column, a gone one, or another stage."""
        stage = self.pick(number).name
        task = self.run(make(self.conn, self.run(self.now()), stage))
        if odd in ("null", "gone"):
            self.put("column_id", None if odd == "null" else "gone", task.id)
        elif odd == "moved":
            self.put("stage", self.pick(number + 1).name, task.id)
        self.cards.append(Card(id=task.id, stands=stage))

    def put(self, key: str, value: str | None, task_id: str) -> None:
        self.run(self.conn.execute(f"UPDATE tasks SET {key} = %s WHERE id = %s", (value, task_id)))

    @rule(which=st.integers(0, 20), number=at)
    def move_a_task(self, which: int, number: int) -> None:
        if self.cards:
            card = self.cards[which % len(self.cards)]
            self.run(stages.move_task(self.conn, card.id, self.pick(number).name, ADA))
            self.go(card, self.pick(number).name)

    def go(self, card: Card, to: str) -> None:
        if card.stands != to:
            card.moves.append((card.stands, to))
            card.stands, card.word = to, False

    @rule(which=st.integers(0, 20))
    def say_a_word(self, which: int) -> None:
        if self.cards:
            card = self.cards[which % len(self.cards)]
            gate = self.run(self.now()).column(card.stands).gate
            if gate == "human+agent":
                self.run(stages.advance_task(self.conn, card.id, ENG))
                card.word = True

    @rule(wanted=name, number=at, side=st.sampled_from(["after", "before", "first", "last"]))
    def add(self, wanted: str, number: int, side: str) -> None:
        beside = self.pick(number)
        where = {
            "after": Where(after=beside.name),
            "before": Where(before=beside.name),
            "first": Where(first=True),
            "last": Where(),
        }[side]
        came = self.attempt(columns.add_column, wanted, where=where, gate="human+agent")
        if self.taken(wanted):
            assert isinstance(came, Conflict)
            return
        assert isinstance(came, columns.Changed)
        index = self.columns.index(beside)
        place = {"after": index + 1, "before": index, "first": 0, "last": len(self.columns)}[side]
        self.columns.insert(place, Modelled(wanted, self.marks))
        self.mark(place, self.marks)
        self.marks += 1

    @rule(number=at, wanted=name)
    def rename(self, number: int, wanted: str) -> None:
        old = self.pick(number)
        came = self.attempt(columns.edit_column, old.name, name=wanted)
        if self.taken(wanted, but=old):
            assert isinstance(came, Conflict)
            return
        assert isinstance(came, columns.Changed)
        before, old.name = old.name, wanted
        for each in self.columns:
            each.on_fail = wanted if each.on_fail == before else each.on_fail
            each.advance = wanted if each.advance == before else each.advance
        for card in self.cards:
            card.stands = wanted if card.stands == before else card.stands

    @rule(
        number=at,
        to=at,
        limit=st.none() | st.integers(1, 9),
        key=st.sampled_from(["fail", "adv", "lim"]),
    )
    def change(self, number: int, to: int, limit: int | None, key: str) -> None:
        changed, target = self.pick(number), self.pick(to)
        if key == "lim":
            self.attempt(columns.edit_column, changed.name, limit=limit)
            changed.limit = limit
            return
        how: Any = {"on_fail": target.name}
        if key == "adv":
            how = {"transitions": {"advance": target.name}}
        came = self.attempt(columns.edit_column, changed.name, **how)
        if target is changed:
            assert isinstance(came, BadInput)
        elif key == "fail":
            changed.on_fail = target.name
        else:
            changed.advance = target.name

    @rule(number=at, to=at, side=st.sampled_from(["after", "before"]))
    def move(self, number: int, to: int, side: str) -> None:
        moved, beside = self.pick(number), self.pick(to)
        where = Where(after=beside.name) if side == "after" else Where(before=beside.name)
        came = self.attempt(columns.move_column, moved.name, where)
        if moved is beside:
            assert isinstance(came, BadInput)
            return
        self.columns.remove(moved)
        self.columns.insert(self.columns.index(beside) + (side == "after"), moved)

    @rule(number=at, to=st.none() | at)
    def remove(self, number: int, to: int | None) -> None:
        left, target = self.pick(number), None if to is None else self.pick(to)
        named = self.run(self.named(left.name))
        came = self.attempt(columns.remove_column, left.name, to=target.name if target else None)
        standing = [card for card in self.cards if card.stands == left.name]
        if target is left:
            assert isinstance(came, BadInput)
            return
        if len(self.columns) == 1 or (target is None and (standing or named)):
            assert isinstance(came, Refused)
            return
        assert isinstance(came, columns.Changed)
        self.columns.remove(left)
        self.lead(left.name, target.name if target else None)
        for card in self.cards:
            if target is not None and card in standing:
                self.go(card, target.name)
            elif card.id in named:
                # It stood elsewhere, under this stage's name: its words were said of that name.
                card.moves.append((left.name, card.stands))
                card.word = False

    @rule()
    def reconcile(self) -> None:
        done = self.run(reconciling.reconcile(self.conn, self.board, ADA))
        assert done.orphaned == ()
        again = self.run(reconciling.reconcile(self.conn, self.board, ADA))
        assert again.repaired == ()

    def attempt(self, verb: Any, *given: Any, **how: Any) -> columns.Changed | GenieError:
        try:
            changed: columns.Changed = self.run(
                verb(self.conn, self.board, *given, actor=ADA, **how)
            )
        except GenieError as error:
            return error
        return changed

    async def now(self) -> Any:
        return await boards.find_board(self.conn, self.board.key)

    async def named(self, stage: str) -> set[str]:
        """The tasks whose stage is that, wherever they stand."""
        query = "SELECT id FROM tasks WHERE board_id = %(b)s AND stage = %(s)s"
        return {row["id"] for row in await rows(self.conn, query, b=self.board.id, s=stage)}

    # What must be true after each

    @invariant()
    def the_board_is_as_the_model_says(self) -> None:
        if not hasattr(self, "conn"):
            return
        board = self.run(self.now())
        limits = {c.name: c.limit for c in self.columns if c.limit is not None}
        assert board.wip == limits
        assert [
            (
                c.name,
                c.extra["mark"],
                c.on_fail,
                next((t.target for t in c.transitions if t.event == "advance"), None),
            )
            for c in board.columns
        ] == [(c.name, c.mark, c.on_fail, c.advance) for c in self.columns]

    @invariant()
    def every_task_stands_where_the_model_says(self) -> None:
        if not hasattr(self, "conn"):
            return
        board = self.run(self.now())
        query = "SELECT id, column_id, stage FROM tasks WHERE board_id = %(b)s"
        found = {row["id"]: row for row in self.run(rows(self.conn, query, b=self.board.id))}
        for card in self.cards:
            row = found[card.id]
            column = board.place(row["column_id"], row["stage"])
            assert column is not None
            assert column.name == card.stands
            assert board.column(row["stage"]) is not None

    @invariant()
    def words_and_moves_are_kept(self) -> None:
        if not hasattr(self, "conn"):
            return
        for card in self.cards:
            assert bool(self.run(approvals(self.conn, card.id))) == card.word
            log = self.run(stages.stage_log(self.conn, card.id))
            assert [(move.from_stage, move.to_stage) for move in log] == card.moves


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def test_columns_are_edited_as_the_model_says(dsn: str) -> None:
    machine = type("ColumnsHere", (Columns,), {"dsn": dsn})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
