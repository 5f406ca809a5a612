"""How tasks go through their boards."""

from __future__ import annotations

import asyncio

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Kind
from genie_tui.errors import Conflict, LockLost, NotFound, Refused
from genie_tui.services import checkout, conversations, dependencies, stages, tasks
from tests.conftest import Connect
from tests.services.making import (
    ADA,
    BOB,
    ENG,
    QA,
    approvals,
    audited,
    column,
    events,
    expire,
    gates_passed,
    make,
    make_board,
    row_of,
    waits,
)


class TestMoving:
    async def test_writes_stage_column_log_and_audit(self, conn: AsyncConnection) -> None:
        board = await make_board(conn)
        task = await make(conn, board)
        moved = await stages.move_task(conn, task.id, "qa", ADA)
        row = await row_of(conn, task.id)
        qa = board.column("qa")
        assert qa is not None
        assert (row["stage"], row["column_id"]) == ("qa", qa.id)
        assert moved.moved
        assert moved.message == f"#{task.seq} draft → qa"
        (log,) = await stages.stage_log(conn, task.id)
        assert (log.from_stage, log.to_stage, log.gate_type) == ("draft", "qa", "human")
        assert (log.actor_type, log.actor_id, log.run_id) == ("local", "ada", "tui-ada@desk")
        assert (await audited(conn, task.id))[-1] == (
            "stage_change",
            "ada",
            {"from": "draft", "to": "qa"},
        )

    async def test_to_where_it_stands_does_nothing(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "qa")
        moved = await stages.move_task(conn, task.id, "qa", ADA)
        assert not moved.moved
        assert await events(conn, task.id) == []
        assert await stages.stage_log(conn, task.id) == ()

    async def test_passes_any_gate_even_for_an_agent(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "review")
        assert (await stages.move_task(conn, task.id, "ship", ENG)).to_stage == "ship"

    async def test_takes_a_name_or_label_in_any_case(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn))
        assert (await stages.move_task(conn, task.id, "QA", ADA)).to_stage == "qa"

    async def test_to_a_stage_that_the_board_has_not_lists_those_it_has(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn, await make_board(conn))
        with pytest.raises(NotFound, match="draft, build, review, qa, ship"):
            await stages.move_task(conn, task.id, "shipped", ADA)

    async def test_on_a_made_up_board_leaves_the_column_null(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await stages.move_task(conn, task.id, "build", ADA)
        row = await row_of(conn, task.id)
        assert (row["stage"], row["column_id"], row["board_id"]) == ("build", None, None)

    async def test_clears_the_approvals_of_the_stage_left(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "review")
        await stages.advance_task(conn, task.id, ENG)
        await stages.move_task(conn, task.id, "build", ADA)
        await stages.move_task(conn, task.id, "review", ADA)
        assert await approvals(conn, task.id) == set()

    async def test_brings_an_orphan_back_onto_its_board(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "qa")
        await conn.execute("UPDATE boards SET columns = columns - 3 WHERE name = 'Flow'")
        moved = await stages.move_task(conn, task.id, "ship", ADA)
        assert moved.moved
        (log,) = await stages.stage_log(conn, task.id)
        assert (log.from_stage, log.gate_type) == ("qa", None)

    async def test_of_no_task_says_so(self, conn: AsyncConnection) -> None:
        with pytest.raises(NotFound, match="task-00000000"):
            await stages.move_task(conn, "task-00000000", "qa", ADA)


class TestAdvancing:
    async def test_follows_a_transition_to_another_target(self, conn: AsyncConnection) -> None:
        board = await make_board(conn, column("a", advance_to="c"), column("b"), column("c"))
        task = await make(conn, board)
        assert (await stages.advance_task(conn, task.id, ADA)).to_stage == "c"

    async def test_past_the_last_column_makes_it_done(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "ship")
        advance = await stages.advance_task(conn, task.id, ADA)
        assert (advance.done, advance.moved, advance.to_stage) == (True, False, None)
        row = await row_of(conn, task.id)
        assert (row["status"], row["stage"]) == ("done", "ship")
        assert row["ended_at"] is not None
        assert await events(conn, task.id) == ["done"]

    async def test_of_what_is_done_or_cancelled_is_refused(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn))
        await tasks.done_task(conn, task.id, ADA)
        with pytest.raises(Refused, match="is done; reopen it first") as refused:
            await stages.advance_task(conn, task.id, ADA, override=True)
        assert not refused.value.override

    async def test_of_what_is_blocked_and_waits_says_every_reason(
        self, conn: AsyncConnection
    ) -> None:
        board = await make_board(conn)
        task, other = await make(conn, board), await make(conn, board)
        await dependencies.add_dependency(conn, task.id, other.id, actor=ADA)
        await tasks.block_task(conn, task.id, "no budget", ADA)
        with pytest.raises(Refused) as refused:
            await stages.advance_task(conn, task.id, ADA)
        assert refused.value.reasons == (
            f"#{task.seq} is blocked: no budget",
            f"#{task.seq} waits for #{other.seq}",
        )
        assert refused.value.override
        assert (await stages.advance_task(conn, task.id, ADA, override=True)).moved

    async def test_of_what_waits_is_refused_to_an_agent_for_good(
        self, conn: AsyncConnection
    ) -> None:
        board = await make_board(conn)
        task, other = await make(conn, board, "qa"), await make(conn, board)
        await dependencies.add_dependency(conn, other.id, task.id, "blocks", actor=ADA)
        with pytest.raises(Refused) as refused:
            await stages.advance_task(conn, task.id, ENG, override=True)
        assert not refused.value.override
        await tasks.done_task(conn, other.id, ADA)
        assert (await stages.advance_task(conn, task.id, ENG)).moved

    async def test_of_an_orphan_says_to_move_it(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "qa")
        await conn.execute("UPDATE boards SET columns = columns - 3 WHERE name = 'Flow'")
        with pytest.raises(Refused, match="move it to a stage it has"):
            await stages.advance_task(conn, task.id, ADA, override=True)

    async def test_past_the_end_asks_where_children_are_open(self, conn: AsyncConnection) -> None:
        board = await make_board(conn)
        task = await make(conn, board, "ship")
        child = await make(conn, board, parent_id=task.id)
        with pytest.raises(Refused, match=f"open children: #{child.seq}") as refused:
            await stages.advance_task(conn, task.id, ADA)
        assert refused.value.override
        assert (await stages.advance_task(conn, task.id, ADA, override=True)).done

    async def test_from_a_stage_seen_that_it_has_left_is_a_conflict(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn, await make_board(conn))
        await stages.advance_task(conn, task.id, ADA, seen="draft")
        with pytest.raises(Conflict, match="is in build by now, not in draft"):
            await stages.advance_task(conn, task.id, ADA, seen="draft")

    async def test_on_a_made_up_board_follows_the_stages_of_the_type(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn)
        passed = [await stages.advance_task(conn, task.id, ADA)]
        passed.append(await stages.advance_task(conn, task.id, ENG))
        passed.append(await stages.advance_task(conn, task.id, ADA))
        assert [advance.to_stage for advance in passed] == ["brainstorm", None, "wish"]


class TestSendingBack:
    async def test_goes_to_the_previous_column(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "qa")
        assert (await stages.send_back(conn, task.id, ENG)).to_stage == "review"
        assert await gates_passed(conn, task.id) == [("qa", "review", "agent")]

    async def test_goes_where_on_fail_says_with_the_reason_as_a_comment(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn, await make_board(conn), "review")
        await stages.advance_task(conn, task.id, ENG)
        back = await stages.send_back(conn, task.id, ADA, "tests are missing")
        assert back.to_stage == "build"
        assert await approvals(conn, task.id) == set()
        (said,) = await conversations.comments(conn, task.id)
        assert (said.sender_id, said.body) == ("ada", "tests are missing")

    async def test_from_the_first_column_is_refused(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn))
        with pytest.raises(Refused, match="the first stage"):
            await stages.send_back(conn, task.id, ADA, "nowhere to go")
        assert await conversations.comments(conn, task.id) == ()


class TestCompleting:
    async def test_releases_and_goes_on_through_auto_advance(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "build")
        await checkout.checkout_task(conn, task.id, ENG)
        advance = await stages.complete_stage(conn, task.id, ENG)
        assert (advance.moved, advance.to_stage) == (True, "review")
        row = await row_of(conn, task.id)
        assert (row["status"], row["checkout_run_id"]) == ("ready", None)
        assert await events(conn, task.id) == ["checkout", "released", "stage_change"]

    async def test_without_auto_advance_waits_for_somebody_to_look(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn, await make_board(conn), "qa")
        advance = await stages.complete_stage(conn, task.id, ENG)
        assert (advance.moved, advance.refused) == (False, False)
        assert advance.waits_for is Kind.HUMAN
        assert await approvals(conn, task.id) == {("qa", "agent", "eng-1")}

    async def test_at_a_persons_gate_records_the_agents_word(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn))
        advance = await stages.complete_stage(conn, task.id, ENG)
        assert (advance.moved, advance.waits_for) == (False, Kind.HUMAN)
        assert await approvals(conn, task.id) == {("draft", "agent", "eng-1")}

    async def test_goes_on_where_only_the_agents_word_was_missing(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn, await make_board(conn), "review")
        await stages.advance_task(conn, task.id, ADA)
        assert (await stages.complete_stage(conn, task.id, ENG)).to_stage == "qa"

    async def test_passes_columns_in_which_nothing_is_to_be_done(
        self, conn: AsyncConnection
    ) -> None:
        board = await make_board(
            conn,
            column("build", "agent", auto=True),
            column("tag", "agent", auto=True, action=None),
            column("notify", "agent", auto=True, action=None),
            column("test", "agent", auto=True),
            column("ship", "agent", auto=True, action=None),
        )
        task = await make(conn, board)
        advance = await stages.complete_stage(conn, task.id, ENG)
        assert (advance.from_stage, advance.to_stage, advance.done) == ("build", "test", False)
        assert await gates_passed(conn, task.id) == [
            ("build", "tag", "agent"),
            ("tag", "notify", "agent"),
            ("notify", "test", "agent"),
        ]
        advance = await stages.complete_stage(conn, task.id, ENG)
        assert (advance.to_stage, advance.done) == ("ship", True)

    @pytest.mark.parametrize("gate", ["human", "human+agent"])
    async def test_never_passes_a_gate_that_wants_a_person(
        self, conn: AsyncConnection, gate: str
    ) -> None:
        board = await make_board(
            conn,
            column("build", "agent", auto=True),
            column("look", gate, auto=True, action=None),
            column("ship"),
        )
        task = await make(conn, board)
        assert (await stages.complete_stage(conn, task.id, ENG)).to_stage == "look"

    async def test_ends_where_columns_lead_in_a_circle(self, conn: AsyncConnection) -> None:
        board = await make_board(
            conn,
            column("a", "agent", auto=True, action=None),
            column("b", "agent", auto=True, action=None),
            column("c", "agent", auto=True, action=None, advance_to="a"),
        )
        task = await make(conn, board)
        assert not (await stages.complete_stage(conn, task.id, ENG)).done
        assert len(await stages.stage_log(conn, task.id)) == 3

    async def test_of_a_blocked_task_releases_it_and_says_why_it_stays(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn, await make_board(conn), "build")
        await checkout.checkout_task(conn, task.id, ENG)
        await tasks.block_task(conn, task.id, "no budget", ADA)
        advance = await stages.complete_stage(conn, task.id, ENG)
        assert (advance.moved, advance.refused) == (False, True)
        assert "is blocked: no budget" in advance.message
        row = await row_of(conn, task.id)
        assert (row["status"], row["stage"], row["checkout_run_id"]) == ("blocked", "build", None)
        assert await approvals(conn, task.id) == {("build", "agent", "eng-1")}

    async def test_stops_before_done_where_children_are_open(self, conn: AsyncConnection) -> None:
        board = await make_board(conn, column("only", "agent", auto=True))
        task = await make(conn, board)
        child = await make(conn, board, parent_id=task.id)
        advance = await stages.complete_stage(conn, task.id, ENG)
        assert (advance.done, advance.refused, advance.waits_for) == (False, True, Kind.HUMAN)
        assert f"open children: #{child.seq}" in advance.message
        await tasks.done_task(conn, child.id, ADA)
        assert (await stages.complete_stage(conn, task.id, ENG)).done

    async def test_of_what_another_works_on_is_refused(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "build")
        await checkout.checkout_task(conn, task.id, ENG)
        for other in (QA, ADA):
            with pytest.raises(LockLost, match="eng-1"):
                await stages.complete_stage(conn, task.id, other)

    async def test_ends_anothers_lock_that_is_over(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn), "build")
        await checkout.checkout_task(conn, task.id, ENG)
        await expire(conn, task.id)
        assert (await stages.complete_stage(conn, task.id, QA)).moved
        assert await events(conn, task.id) == ["checkout", "checkout_expired", "stage_change"]

    async def test_by_a_person_opens_a_persons_gate(self, conn: AsyncConnection) -> None:
        task = await make(conn, await make_board(conn))
        assert (await stages.complete_stage(conn, task.id, ADA)).to_stage == "build"
        assert (await stages.complete_stage(conn, task.id, ADA)).to_stage == "review"
        assert (await stages.complete_stage(conn, task.id, ADA)).waits_for is Kind.AGENT
        assert await gates_passed(conn, task.id) == [
            ("draft", "build", "human"),
            ("build", "review", "agent:override"),
        ]


async def test_two_who_advance_what_they_saw_move_it_once(
    connect: Connect, conn: AsyncConnection
) -> None:
    task = await make(conn, await make_board(conn, column("a"), column("b"), column("c")))
    await conn.commit()
    first, second = await connect(), await connect()
    await stages.advance_task(first, task.id, ADA, seen="a")
    waiting = asyncio.create_task(stages.advance_task(second, task.id, BOB, seen="a"))
    await waits(conn, second)
    await first.commit()
    with pytest.raises(Conflict):
        await waiting
