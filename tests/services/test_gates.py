"""Whose word lets a task go on."""

from __future__ import annotations

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor, Kind
from genie_tui.errors import Refused
from genie_tui.services import stages
from tests.services.making import (
    ADA,
    BOB,
    ENG,
    QA,
    approvals,
    events,
    gates_passed,
    make,
    make_board,
)


class TestGates:
    async def test_a_person_opens_a_persons_gate(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn))
        advance = await stages.advance_task(conn, task.id, ADA)
        assert (advance.moved, advance.to_stage, advance.refused) == (True, "build", False)
        assert await gates_passed(conn, task.id) == [("draft", "build", "human")]

    async def test_an_agent_at_a_persons_gate_is_refused_and_its_wish_recorded(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn, await make_board(conn))
        advance = await stages.advance_task(conn, task.id, ENG)
        assert (advance.moved, advance.refused) == (False, True)
        assert advance.waits_for is Kind.HUMAN
        assert advance.message == f"#{task.seq} waits for a person at draft"
        assert await approvals(conn, task.id) == {("draft", "agent", "eng-1")}
        assert await events(conn, task.id) == ["approval"]

    async def test_an_agent_who_asks_twice_is_recorded_once(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn))
        await stages.advance_task(conn, task.id, ENG)
        again = await stages.advance_task(conn, task.id, QA)
        assert again.refused
        assert await approvals(conn, task.id) == {("draft", "agent", "eng-1")}
        assert await events(conn, task.id) == ["approval"]

    async def test_an_agent_cannot_override(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn))
        assert (await stages.advance_task(conn, task.id, ENG, override=True)).refused

    async def test_an_agent_opens_an_agents_gate(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "qa")
        assert (await stages.advance_task(conn, task.id, ENG)).to_stage == "ship"
        assert await gates_passed(conn, task.id) == [("qa", "ship", "agent")]

    async def test_a_person_opens_an_agents_gate_by_insisting(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "qa")
        with pytest.raises(Refused, match="agent") as refused:
            await stages.advance_task(conn, task.id, ADA)
        assert refused.value.override
        assert await events(conn, task.id) == []
        assert (await stages.advance_task(conn, task.id, ADA, override=True)).moved
        assert await gates_passed(conn, task.id) == [("qa", "ship", "agent:override")]

    async def test_a_person_goes_on_from_where_an_agent_has_given_its_word(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn, await make_board(conn), "qa")
        assert (await stages.complete_stage(conn, task.id, ENG)).waits_for is Kind.HUMAN
        assert (await stages.advance_task(conn, task.id, ADA)).moved
        assert await gates_passed(conn, task.id) == [("qa", "ship", "agent")]

    @pytest.mark.parametrize(
        ("first", "second", "missing"),
        [(ADA, ENG, Kind.AGENT), (ENG, ADA, Kind.HUMAN)],
        ids=["the person first", "the agent first"],
    )
    async def test_a_gate_of_both_opens_at_the_second_word(
        self, conn: AsyncConnection, first: Actor, second: Actor, missing: Kind
    ) -> None:
        task = await make(conn, await make_board(conn), "review")
        recorded = await stages.advance_task(conn, task.id, first)
        assert (recorded.moved, recorded.refused) == (False, False)
        assert recorded.waits_for is missing
        moved = await stages.advance_task(conn, task.id, second)
        assert moved.to_stage == "qa"
        assert await gates_passed(conn, task.id) == [("review", "qa", "human+agent")]
        assert await approvals(conn, task.id) == set()

    async def test_two_of_one_kind_do_not_open_a_gate_of_both(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "review")
        await stages.advance_task(conn, task.id, ADA)
        again = await stages.advance_task(conn, task.id, BOB, override=True)
        assert (again.moved, again.waits_for) == (False, Kind.AGENT)

    async def test_an_unknown_gate_is_a_persons(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "qa")
        await conn.execute(
            "UPDATE boards SET columns = jsonb_set(columns, '{3,gate}', '\"council\"')"
            " WHERE name = 'Flow'"
        )
        assert (await stages.advance_task(conn, task.id, ENG)).refused
        assert (await stages.advance_task(conn, task.id, ADA)).moved
