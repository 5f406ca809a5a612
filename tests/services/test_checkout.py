"""One run at a time works on a task."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.tasks import Lock
from genie_tui.errors import BadInput, Conflict, LockLost, NotFound, Refused
from genie_tui.services import checkout, dependencies, tasks
from tests.conftest import Connect
from tests.services.making import (
    ADA,
    BOB,
    ENG,
    QA,
    audited,
    events,
    expire,
    make,
    row_of,
    waits,
)

TEN_MINUTES = timedelta(minutes=10)


class TestCheckingOut:
    async def test_takes_a_free_task(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        lock = await checkout.checkout_task(conn, task.id, ENG)
        row = await row_of(conn, task.id)
        assert lock == Lock(
            run_id="agent-eng-1", since=row["execution_locked_at"], timeout=TEN_MINUTES
        )
        assert (row["status"], row["checkout_run_id"]) == ("in_progress", "agent-eng-1")
        assert row["started_at"] is not None
        assert (await audited(conn, task.id))[-1] == ("checkout", "eng-1", {"run": "agent-eng-1"})

    async def test_keeps_when_it_was_started_first(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await conn.execute("UPDATE tasks SET started_at = '2026-01-01Z'")
        await checkout.checkout_task(conn, task.id, ENG)
        assert (await row_of(conn, task.id))["started_at"] == datetime(2026, 1, 1, tzinfo=UTC)

    async def test_of_ones_own_lock_renews_it_without_a_word(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        await expire(conn, task.id)
        lock = await checkout.checkout_task(conn, task.id, ENG, timeout=timedelta(hours=1))
        assert lock.left(datetime.now(UTC)) > timedelta(minutes=59)
        assert await events(conn, task.id) == ["checkout"]

    async def test_of_anothers_lock_says_who_holds_it_and_for_how_long(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        with pytest.raises(Refused, match="eng-1 has it locked for 10:00 more") as refused:
            await checkout.checkout_task(conn, task.id, QA)
        assert not refused.value.override
        assert (await row_of(conn, task.id))["checkout_run_id"] == "agent-eng-1"

    async def test_takes_over_an_expired_lock_and_tells_both(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        since = (await checkout.checkout_task(conn, task.id, ENG)).since
        await expire(conn, task.id)
        await checkout.checkout_task(conn, task.id, QA)
        (_, first, expired, second) = await audited(conn, task.id)
        assert first == ("checkout", "eng-1", {"run": "agent-eng-1"})
        assert expired[:2] == ("checkout_expired", "qa-1")
        assert expired[2]["run"] == "agent-eng-1"
        assert datetime.fromisoformat(expired[2]["since"]) < since
        assert second == ("checkout", "qa-1", {"run": "agent-qa-1"})

    async def test_takes_a_live_lock_only_for_a_person_who_insists(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        with pytest.raises(Refused) as refused:
            await checkout.checkout_task(conn, task.id, ADA)
        assert refused.value.override
        with pytest.raises(Refused):
            await checkout.checkout_task(conn, task.id, QA, take_live=True)
        await checkout.checkout_task(conn, task.id, ADA, take_live=True)
        assert (await row_of(conn, task.id))["checkout_run_id"] == "tui-ada@desk"
        assert await events(conn, task.id) == ["checkout", "unlocked", "checkout"]

    async def test_of_what_is_closed_blocked_or_waits_is_refused_to_all(
        self, conn: AsyncConnection
    ) -> None:
        done, blocked, waiting = [await make(conn) for _ in range(3)]
        await tasks.done_task(conn, done.id, ADA)
        await tasks.block_task(conn, blocked.id, "no budget", ADA)
        await dependencies.add_dependency(conn, waiting.id, blocked.id, actor=ADA)
        why = {
            done.id: "it is done; reopen it first",
            blocked.id: "it is blocked; unblock it first",
            waiting.id: f"it waits for #{blocked.seq}",
        }
        for task_id, reason in why.items():
            for actor in (ADA, ENG):
                with pytest.raises(Refused, match=reason) as refused:
                    await checkout.checkout_task(conn, task_id, actor, take_live=True)
                assert not refused.value.override
            assert (await row_of(conn, task_id))["checkout_run_id"] is None

    async def test_renews_ones_own_lock_on_what_was_blocked_meanwhile(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        await tasks.block_task(conn, task.id, "no budget", ADA)
        await checkout.checkout_task(conn, task.id, ENG)
        assert (await row_of(conn, task.id))["status"] == "blocked"

    async def test_takes_what_failed_to_try_again(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await tasks.fail_task(conn, task.id, "crashed", ENG)
        await checkout.checkout_task(conn, task.id, ENG)
        assert (await row_of(conn, task.id))["status"] == "in_progress"

    @pytest.mark.parametrize("missing", ["execution_locked_at", "checkout_timeout_ms"])
    async def test_of_a_lock_without_expiry_is_refused_however_old_it_is(
        self, conn: AsyncConnection, missing: str
    ) -> None:
        task = await make(conn)
        await conn.execute(
            "UPDATE tasks SET checkout_run_id = 'other', updated_at = '2001-01-01',"
            " execution_locked_at = '2001-01-01'"
        )
        await conn.execute(f"UPDATE tasks SET {missing} = null".encode())
        with pytest.raises(Refused, match="other has it locked without expiry"):
            await checkout.checkout_task(conn, task.id, ENG)
        assert await checkout.expired_locks(conn) == ()
        assert await checkout.sweep_expired(conn) == ()
        await checkout.checkout_task(conn, task.id, ADA, take_live=True)

    async def test_is_never_over_at_once_whatever_length_another_client_left(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn)
        await conn.execute("UPDATE tasks SET checkout_timeout_ms = 0")
        lock = await checkout.checkout_task(conn, task.id, ENG)
        assert lock.timeout == timedelta(minutes=10)

    async def test_lasts_as_long_as_asked(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        lock = await checkout.checkout_task(conn, task.id, ENG, timeout=timedelta(seconds=90))
        assert lock.timeout == timedelta(seconds=90)
        assert (await row_of(conn, task.id))["checkout_timeout_ms"] == 90_000

    @pytest.mark.parametrize("length", [timedelta(0), timedelta(seconds=-1), timedelta(days=25)])
    async def test_lasts_no_time_that_cannot_be_stored(
        self, conn: AsyncConnection, length: timedelta
    ) -> None:
        task = await make(conn)
        with pytest.raises(BadInput):
            await checkout.checkout_task(conn, task.id, ENG, timeout=length)

    async def test_of_no_task_says_so(self, conn: AsyncConnection) -> None:
        with pytest.raises(NotFound):
            await checkout.checkout_task(conn, "task-00000000", ENG)


class TestRenewing:
    async def test_begins_the_time_anew(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        await expire(conn, task.id)
        lock = await checkout.renew_lock(conn, task.id, ENG)
        assert lock.left(datetime.now(UTC)) > timedelta(minutes=9)
        assert lock.timeout == TEN_MINUTES
        assert await events(conn, task.id) == ["checkout"]

    async def test_of_a_lost_lock_says_who_has_it(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        with pytest.raises(LockLost, match="not locked any more"):
            await checkout.renew_lock(conn, task.id, ENG)
        await checkout.checkout_task(conn, task.id, QA)
        with pytest.raises(LockLost, match="locked by qa-1 now"):
            await checkout.renew_lock(conn, task.id, ENG)
        with pytest.raises(NotFound):
            await checkout.renew_lock(conn, "task-00000000", ENG)


class TestReleasing:
    async def test_makes_it_ready_again(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        await checkout.release_task(conn, task.id, ENG)
        row = await row_of(conn, task.id)
        assert (row["status"], row["checkout_run_id"], row["execution_locked_at"]) == (
            "ready",
            None,
            None,
        )
        assert (await audited(conn, task.id))[-1] == ("released", "eng-1", {"run": "agent-eng-1"})

    async def test_leaves_what_is_blocked_so(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        await tasks.block_task(conn, task.id, "no budget", ENG)
        await checkout.release_task(conn, task.id, ENG)
        assert (await row_of(conn, task.id))["status"] == "blocked"

    async def test_is_its_owners_alone(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        with pytest.raises(LockLost):
            await checkout.release_task(conn, task.id, ADA)
        assert (await row_of(conn, task.id))["checkout_run_id"] == "agent-eng-1"

    async def test_by_force_is_anyones_and_told(self, conn: AsyncConnection) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        assert await checkout.unlock_task(conn, task.id, ADA)
        assert not await checkout.unlock_task(conn, task.id, ADA)
        assert (await row_of(conn, task.id))["status"] == "ready"
        assert (await audited(conn, task.id))[-1] == ("unlocked", "ada", {"run": "agent-eng-1"})


class TestSweeping:
    async def test_clears_what_is_over_but_not_whose_owner_lives(
        self, conn: AsyncConnection
    ) -> None:
        dead, living, fresh = [await make(conn) for _ in range(3)]
        await checkout.checkout_task(conn, dead.id, ENG)
        await checkout.checkout_task(conn, living.id, QA)
        await checkout.checkout_task(conn, fresh.id, ENG)
        for task in (dead, living):
            await expire(conn, task.id)
        assert {lock.id for lock in await checkout.expired_locks(conn)} == {dead.id, living.id}
        (swept,) = await checkout.sweep_expired(conn, spare=[QA.run_id])
        assert (swept.id, swept.run_id) == (dead.id, "agent-eng-1")
        row = await row_of(conn, dead.id)
        assert (row["status"], row["checkout_run_id"]) == ("ready", None)
        event, actor, details = (await audited(conn, dead.id))[-1]
        assert (event, actor, details["run"]) == ("checkout_expired", None, "agent-eng-1")
        assert (await row_of(conn, living.id))["checkout_run_id"] == "agent-qa-1"
        assert await checkout.sweep_expired(conn, spare=[QA.run_id]) == ()

    async def test_spares_what_is_renewed_meanwhile(
        self, conn: AsyncConnection, connect: Connect
    ) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        await expire(conn, task.id)
        await conn.commit()
        owner = await connect()
        await checkout.renew_lock(owner, task.id, ENG)
        assert await checkout.sweep_expired(conn) == ()
        await owner.commit()
        assert await checkout.sweep_expired(conn) == ()


class TestContention:
    async def test_of_many_who_check_out_at_once_one_gets_it(
        self, conn: AsyncConnection, connect: Connect
    ) -> None:
        task = await make(conn)
        await conn.commit()
        sessions = [(Actor.agent(f"eng-{n}"), await connect()) for n in range(8)]

        async def take(actor: Actor, session: AsyncConnection) -> Lock:
            try:
                return await checkout.checkout_task(session, task.id, actor)
            finally:
                await session.commit()

        outcomes = await asyncio.gather(
            *(take(*session) for session in sessions), return_exceptions=True
        )
        (lock,) = [outcome for outcome in outcomes if isinstance(outcome, Lock)]
        assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 7
        assert (await row_of(conn, task.id))["checkout_run_id"] == lock.run_id
        assert await events(conn, task.id) == ["checkout"]

    async def test_who_waits_for_the_row_decides_on_what_it_has_become(
        self, conn: AsyncConnection, connect: Connect
    ) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        await expire(conn, task.id)
        await conn.commit()
        owner, taker = await connect(), await connect()
        await checkout.renew_lock(owner, task.id, ENG)
        taking = asyncio.create_task(checkout.checkout_task(taker, task.id, QA))
        await waits(conn, taker)
        await owner.commit()
        with pytest.raises(Refused, match="eng-1 has it locked"):
            await taking
        assert await events(conn, task.id) == ["checkout"]

    async def test_who_waits_gets_what_is_released(
        self, conn: AsyncConnection, connect: Connect
    ) -> None:
        task = await make(conn)
        await checkout.checkout_task(conn, task.id, ENG)
        await conn.commit()
        owner, taker = await connect(), await connect()
        await checkout.release_task(owner, task.id, ENG)
        taking = asyncio.create_task(checkout.checkout_task(taker, task.id, QA))
        await waits(conn, taker)
        await owner.commit()
        assert (await taking).run_id == "agent-qa-1"
        await taker.commit()
        assert await events(conn, task.id) == ["checkout", "released", "checkout"]

    async def test_a_conflict_exits_as_refused(self) -> None:
        assert LockLost("").exit_code == Conflict("").exit_code == Refused("").exit_code == 4


async def test_a_holder_is_named_as_people_know_them(conn: AsyncConnection) -> None:
    task = await make(conn)
    await checkout.checkout_task(conn, task.id, BOB)
    with pytest.raises(Refused, match="bob has it locked"):
        await checkout.checkout_task(conn, task.id, ENG)
