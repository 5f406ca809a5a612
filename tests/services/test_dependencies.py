"""Which task waits for which, and never in a circle by our doing."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.tasks import Task
from genie_tui.errors import BadInput, Conflict, NotFound, NothingReady, Refused
from genie_tui.services import checkout, dependencies, tasks
from tests.conftest import Connect
from tests.services.making import ADA, ENG, audited, make, rows, waits

ADD = "INSERT INTO task_dependencies (task_id, depends_on_id, dep_type) VALUES (%s, %s, %s)"


async def several(conn: AsyncConnection, count: int) -> list[Task]:
    return [await make(conn) for _ in range(count)]


async def linked(conn: AsyncConnection) -> set[tuple[str, str, str]]:
    found = await rows(conn, "SELECT task_id, depends_on_id, dep_type FROM task_dependencies")
    return {(row["task_id"], row["depends_on_id"], row["dep_type"]) for row in found}


async def test_a_dependency_is_shown_on_both_cards(conn: AsyncConnection) -> None:
    a, b, c, d = await several(conn, 4)
    await dependencies.add_dependency(conn, a.id, b.id, actor=ADA)
    await dependencies.add_dependency(conn, c.id, a.id, "blocks", actor=ADA)
    await dependencies.add_dependency(conn, a.id, d.id, "relates_to", actor=ADA)
    first = await tasks.get_task(conn, a.id)
    assert [link.id for link in first.waits] == [b.id, c.id]
    assert first.holds == ()
    assert [link.id for link in (await tasks.get_task(conn, b.id)).holds] == [a.id]
    assert [link.id for link in (await tasks.get_task(conn, c.id)).holds] == [a.id]
    await tasks.done_task(conn, b.id, ADA)
    await tasks.cancel_task(conn, c.id, ADA)
    assert (await tasks.get_task(conn, a.id)).waits == ()


async def test_adding_is_audited_and_adding_again_does_nothing(conn: AsyncConnection) -> None:
    a, b = await several(conn, 2)
    assert await dependencies.add_dependency(conn, a.id, b.id, actor=ADA)
    assert not await dependencies.add_dependency(conn, a.id, b.id, actor=ADA)
    told = ("dependency_added", "ada", {"depends_on": b.id, "type": "depends_on"})
    assert (await audited(conn, a.id))[1:] == [told]


async def test_another_type_between_the_same_two_is_a_conflict(conn: AsyncConnection) -> None:
    a, b = await several(conn, 2)
    await dependencies.add_dependency(conn, a.id, b.id, "relates_to", actor=ADA)
    with pytest.raises(Conflict, match="relates_to"):
        await dependencies.add_dependency(conn, a.id, b.id, actor=ADA)


async def test_what_makes_no_sense_is_refused(conn: AsyncConnection) -> None:
    a, b = await several(conn, 2)
    with pytest.raises(Refused, match="itself"):
        await dependencies.add_dependency(conn, a.id, a.id, actor=ADA)
    with pytest.raises(NotFound, match="task-0"):
        await dependencies.add_dependency(conn, a.id, "task-0", actor=ADA)
    with pytest.raises(NotFound, match="task-0"):
        await dependencies.add_dependency(conn, "task-0", a.id, actor=ADA)
    with pytest.raises(BadInput, match="depends_on, blocks, relates_to"):
        await dependencies.add_dependency(conn, a.id, b.id, "needs", actor=ADA)
    assert await linked(conn) == set()


async def test_a_circle_of_any_length_and_kind_is_refused(conn: AsyncConnection) -> None:
    a, b, c, d = await several(conn, 4)
    await dependencies.add_dependency(conn, a.id, b.id, actor=ADA)
    await dependencies.add_dependency(conn, c.id, b.id, "blocks", actor=ADA)
    await dependencies.add_dependency(conn, c.id, d.id, actor=ADA)
    present = await linked(conn)
    for waiter, waited, kind in (
        (b, a, "depends_on"),
        (d, a, "depends_on"),
        (a, d, "blocks"),
        (b, d, "blocks"),
    ):
        with pytest.raises(Refused, match="already, so neither could begin"):
            await dependencies.add_dependency(conn, waiter.id, waited.id, kind, actor=ADA)
    assert await linked(conn) == present


async def test_a_link_makes_no_circle(conn: AsyncConnection) -> None:
    a, b = await several(conn, 2)
    await dependencies.add_dependency(conn, a.id, b.id, actor=ADA)
    assert await dependencies.add_dependency(conn, b.id, a.id, "relates_to", actor=ADA)


async def test_removing_lets_it_go_on(conn: AsyncConnection) -> None:
    a, b = await several(conn, 2)
    await dependencies.add_dependency(conn, a.id, b.id, actor=ADA)
    assert await dependencies.remove_dependency(conn, a.id, b.id, actor=ADA)
    assert not await dependencies.remove_dependency(conn, a.id, b.id, actor=ADA)
    assert (await audited(conn, a.id))[-1][0] == "dependency_removed"
    await checkout.checkout_task(conn, a.id, ENG)


async def test_circles_that_others_made_end_nothing_and_are_shown(conn: AsyncConnection) -> None:
    a, b, c, d = await several(conn, 4)
    for waiter, waited in ((a, b), (b, c), (c, a)):
        await conn.execute(ADD, (waiter.id, waited.id, "depends_on"))
    assert [link.id for link in (await tasks.get_task(conn, a.id)).waits] == [b.id]
    assert await dependencies.add_dependency(conn, d.id, a.id, actor=ADA)
    with pytest.raises(Refused):
        await dependencies.add_dependency(conn, b.id, d.id, actor=ADA)
    with pytest.raises(Refused):
        await dependencies.add_dependency(conn, a.id, c.id, actor=ADA)
    with pytest.raises(NothingReady):
        await checkout.claim_next(conn, ENG)


async def test_of_two_adds_at_once_that_would_close_a_circle_one_is_refused(
    conn: AsyncConnection, connect: Connect
) -> None:
    a, b = await several(conn, 2)
    await conn.commit()
    first, second = await connect(), await connect()
    await dependencies.add_dependency(first, a.id, b.id, actor=ADA)
    adding = asyncio.create_task(dependencies.add_dependency(second, b.id, a.id, actor=ENG))
    await waits(conn, second)
    await first.commit()
    with pytest.raises(Refused, match="already, so neither could begin"):
        await adding


async def test_an_add_that_is_rolled_back_refuses_nothing(
    conn: AsyncConnection, connect: Connect
) -> None:
    a, b = await several(conn, 2)
    await conn.commit()
    first, second = await connect(), await connect()
    await dependencies.add_dependency(first, a.id, b.id, actor=ADA)
    adding = asyncio.create_task(dependencies.add_dependency(second, b.id, a.id, actor=ENG))
    await waits(conn, second)
    await first.rollback()
    assert await adding


async def test_a_ring_of_adds_at_once_leaves_a_chain(
    conn: AsyncConnection, connect: Connect
) -> None:
    ring = await several(conn, 6)
    await conn.commit()

    async def add(waiter: Task, waited: Task) -> bool:
        session = await connect()
        try:
            added = await dependencies.add_dependency(session, waiter.id, waited.id, actor=ADA)
        except Refused:
            added = False
        await session.commit()
        return added

    added = await asyncio.gather(*(add(*pair) for pair in pairwise([*ring, ring[0]])))
    assert sum(added) == len(ring) - 1
    assert len(await linked(conn)) == len(ring) - 1
