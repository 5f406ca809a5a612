"""Blocked, done, failed, cancelled, and open again."""

from __future__ import annotations

import pytest
from psycopg import AsyncConnection

from genie_tui.errors import BadInput, LockLost, NotFound, Refused
from genie_tui.services import checkout, stages, tasks
from tests.services.making import (
    ADA,
    ENG,
    QA,
    audited,
    events,
    expire,
    make,
    make_board,
    row_of,
    rows,
)


class TestBlocking:
    async def test_needs_a_reason_and_keeps_the_lock(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        with pytest.raises(BadInput, match="the reason is empty"):
            await tasks.block_task(conn, task.id, "  ", ENG)
        assert await tasks.block_task(conn, task.id, "no key", ENG)
        row = await row_of(conn, task.id)
        assert (row["status"], row["blocked_reason"]) == ("blocked", "no key")
        assert row["checkout_run_id"] == "agent-eng-1"
        assert (await audited(conn, task.id))[-1] == ("blocked", "eng-1", {"reason": "no key"})

    async def test_again_for_another_reason_says_that_one(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await tasks.block_task(conn, task.id, "no key", ENG)
        assert not await tasks.block_task(conn, task.id, "no key", ADA)
        assert await tasks.block_task(conn, task.id, "no budget", ADA)
        assert (await row_of(conn, task.id))["blocked_reason"] == "no budget"
        assert await events(conn, task.id) == ["blocked", "blocked"]

    async def test_ends_in_progress_where_it_is_locked_else_ready(
        self, conn: AsyncConnection
    ) -> None:
        locked, free = await make(conn), await make(conn)
        await checkout.checkout_task(conn, locked.id, ENG)
        for task, status in ((locked, "in_progress"), (free, "ready")):
            await tasks.block_task(conn, task.id, "no key", ADA)
            assert await tasks.unblock_task(conn, task.id, ADA)
            row = await row_of(conn, task.id)
            assert (row["status"], row["blocked_reason"]) == (status, None)
            assert not await tasks.unblock_task(conn, task.id, ADA)

    async def test_of_what_is_closed_is_refused(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await tasks.cancel_task(conn, task.id, ADA)
        with pytest.raises(Refused, match="is cancelled"):
            await tasks.block_task(conn, task.id, "no key", ADA)


class TestDone:
    async def test_ends_the_task_and_its_lock(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        assert await tasks.done_task(conn, task.id, ENG)
        row = await row_of(conn, task.id)
        assert (row["status"], row["checkout_run_id"], row["execution_locked_at"]) == (
            "done",
            None,
            None,
        )
        assert row["ended_at"] is not None
        assert not await tasks.done_task(conn, task.id, ENG)
        assert await events(conn, task.id) == ["checkout", "done"]

    async def test_asks_a_person_where_children_are_open(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        child = await make(conn, parent_id=task.id)
        ended = await make(conn, parent_id=task.id)
        await tasks.done_task(conn, ended.id, ADA)
        assert (await tasks.get_task(conn, task.id)).children_open == 1
        with pytest.raises(Refused, match=f"open children: #{child.seq};") as refused:
            await tasks.done_task(conn, task.id, ADA)
        assert refused.value.override
        with pytest.raises(Refused) as refused:
            await tasks.done_task(conn, task.id, ENG, override=True)
        assert not refused.value.override
        assert await tasks.done_task(conn, task.id, ADA, override=True)

    async def test_is_not_for_an_agent_to_say_of_anothers_work(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        for verb in (tasks.done_task, tasks.cancel_task):
            with pytest.raises(LockLost, match="locked by eng-1"):
                await verb(conn, task.id, QA)
        with pytest.raises(LockLost):
            await tasks.fail_task(conn, task.id, "crashed", QA)
        await expire(conn, task.id)
        assert await tasks.done_task(conn, task.id, QA)

    async def test_is_a_persons_to_say_of_anything(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        assert await tasks.done_task(conn, task.id, ADA)

    async def test_of_what_was_cancelled_is_refused(self, conn: AsyncConnection) -> None:
        done, cancelled = await make(conn), await make(conn)
        await tasks.done_task(conn, done.id, ADA)
        await tasks.cancel_task(conn, cancelled.id, ADA)
        with pytest.raises(Refused, match="is done"):
            await tasks.cancel_task(conn, done.id, ADA)
        with pytest.raises(Refused, match="is cancelled"):
            await tasks.done_task(conn, cancelled.id, ADA)
        with pytest.raises(Refused, match="is done"):
            await tasks.fail_task(conn, done.id, "too late", ADA)


async def test_what_failed_says_why_and_is_free(conn: AsyncConnection) -> None:
    task = await make(conn)
    await checkout.checkout_task(conn, task.id, ENG)
    assert await tasks.fail_task(conn, task.id, "tests crash", ENG)
    row = await row_of(conn, task.id)
    assert (row["status"], row["blocked_reason"]) == ("failed", "tests crash")
    assert (row["checkout_run_id"], row["ended_at"] is None) == (None, False)
    assert (await audited(conn, task.id))[-1] == ("failed", "eng-1", {"reason": "tests crash"})


async def test_what_is_reopened_is_ready_with_nobodys_word_given(conn: AsyncConnection) -> None:
    task = await make(conn, await make_board(conn), "review")
    await stages.advance_task(conn, task.id, ENG)
    assert not await tasks.reopen_task(conn, task.id, ADA)
    await tasks.done_task(conn, task.id, ADA)
    assert (await tasks.get_task(conn, task.id)).approvals == ()
    assert await tasks.reopen_task(conn, task.id, ADA)
    row = await row_of(conn, task.id)
    assert (row["status"], row["ended_at"]) == ("ready", None)
    assert await rows(conn, "SELECT * FROM tui_approvals") == []
    assert await events(conn, task.id) == ["approval", "done", "reopened"]


async def test_of_no_task_every_verb_says_so(conn: AsyncConnection) -> None:
    for verb in (
        tasks.unblock_task,
        tasks.done_task,
        tasks.cancel_task,
        tasks.reopen_task,
    ):
        with pytest.raises(NotFound, match="task-0"):
            await verb(conn, "task-0", ADA)
