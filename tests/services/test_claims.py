"""The next ready task, for whoever asks first."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.tasks import Priority, Status
from genie_tui.errors import NothingReady
from genie_tui.services import boards, checkout, dependencies, tasks
from tests.conftest import Connect
from tests.services.making import ADA, ENG, QA, events, expire, make, make_board, rows


class TestClaiming:
    async def test_takes_them_in_the_order_of_cards(self, conn: AsyncConnection) -> None:
        board = await make_board(conn)
        soon = datetime.now(UTC) + timedelta(days=1)
        for priority in (Priority.LOW, Priority.URGENT, Priority.NORMAL):
            for due in (None, soon + timedelta(days=1), soon):
                await make(conn, board, priority=priority, due=due)
        ids = [row["id"] for row in await rows(conn, "SELECT id FROM tasks")]
        expected = [card.id for card in sorted(await tasks.cards(conn, ids), key=lambda c: c.order)]
        claimed = [(await checkout.claim_next(conn, ENG)).id for _ in ids]
        assert claimed == expected

    async def test_gives_the_task_as_it_is_now(self, conn: AsyncConnection) -> None:
        await make(conn, title="the one")
        task = await checkout.claim_next(conn, ENG, timeout=timedelta(minutes=1))
        assert (task.title, task.status) == ("the one", Status.IN_PROGRESS)
        assert task.lock is not None
        assert (task.lock.run_id, task.lock.timeout) == ("agent-eng-1", timedelta(minutes=1))
        assert await events(conn, task.id) == ["checkout"]

    async def test_passes_what_is_locked_blocked_closed_or_waits(
        self, conn: AsyncConnection
    ) -> None:
        locked, blocked, closed, failed, waiting, held_up = [
            await make(conn, priority="urgent") for _ in range(6)
        ]
        ready = await make(conn, priority="low")
        await checkout.checkout_task(conn, locked.id, QA)
        await expire(conn, locked.id)
        await tasks.block_task(conn, blocked.id, "no budget", ADA)
        await tasks.done_task(conn, closed.id, ADA)
        await tasks.fail_task(conn, failed.id, "crashed", ADA)
        await dependencies.add_dependency(conn, waiting.id, blocked.id, actor=ADA)
        await dependencies.add_dependency(conn, failed.id, held_up.id, "blocks", actor=ADA)
        assert (await checkout.claim_next(conn, ENG)).id == ready.id
        with pytest.raises(NothingReady) as nothing:
            await checkout.claim_next(conn, ENG)
        assert nothing.value.exit_code == 3

    async def test_keeps_to_what_was_asked_for(self, conn: AsyncConnection) -> None:
        board, other = await make_board(conn), await make_board(conn, name="Other")
        wanted = await make(conn, board, "build", priority="low", tags=["bug"])
        project_id = wanted.project_id
        decoys: tuple[dict[str, Any], ...] = (
            {"board": other, "stage": "build", "priority": "low", "tags": ["bug"]},
            {"board": board, "stage": "qa", "priority": "low", "tags": ["bug"]},
            {"board": board, "stage": "build", "priority": "urgent", "tags": ["bug"]},
            {"board": board, "stage": "build", "priority": "low", "tags": ["chore"]},
            {"board": board, "stage": "build", "tags": ["bug"], "repo": "/src/else"},
        )
        for decoy in decoys:
            await make(conn, **decoy)
        asked: dict[str, Any] = {
            "board": board,
            "project_id": project_id,
            "stage": "build",
            "priority": "low",
            "tag": "bug",
        }
        assert (await checkout.claim_next(conn, ENG, **asked)).id == wanted.id
        with pytest.raises(NothingReady, match="stage build, priority low, tag bug"):
            await checkout.claim_next(conn, ENG, **asked)

    async def test_takes_from_the_made_up_board_of_a_type(self, conn: AsyncConnection) -> None:
        await make(conn, await make_board(conn), priority="urgent")
        loose = await make(conn)
        board = await boards.find_board(conn, "type:software")
        assert (await checkout.claim_next(conn, ENG, board=board)).id == loose.id

    async def test_at_once_by_many_gives_each_another_task(
        self, conn: AsyncConnection, connect: Connect
    ) -> None:
        made = {(await make(conn)).id for _ in range(40)}
        await conn.commit()
        agents = [(Actor.agent(f"eng-{n}"), await connect()) for n in range(8)]

        async def work(actor: Actor, session: AsyncConnection) -> list[str]:
            claimed = []
            while True:
                try:
                    claimed.append((await checkout.claim_next(session, actor)).id)
                except NothingReady:
                    return claimed
                finally:
                    await session.commit()

        claimed = await asyncio.gather(*(work(*agent) for agent in agents))
        together = [task_id for one in claimed for task_id in one]
        assert len(together) == len(set(together)) == len(made)
        told = await rows(conn, "SELECT entity_id FROM audit_events WHERE event_type = 'checkout'")
        assert sorted(row["entity_id"] for row in told) == sorted(made)

    async def test_does_not_wait_for_a_claim_under_way(
        self, conn: AsyncConnection, connect: Connect
    ) -> None:
        first, second = await make(conn, priority="high"), await make(conn)
        await conn.commit()
        other = await connect()
        assert (await checkout.claim_next(other, QA)).id == first.id
        assert (await checkout.claim_next(conn, ENG)).id == second.id
