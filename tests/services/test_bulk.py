"""Acting on many tasks: on all or on none, with every reason, and never against another."""

from __future__ import annotations

import asyncio
import random
from itertools import permutations

import psycopg
import pytest
from psycopg import AsyncConnection, errors

from genie_tui.domain.stages import Advance
from genie_tui.errors import BadInput, Conflict, NotFound, Refused
from genie_tui.services import bulk, stages, statuses, tags
from genie_tui.services.bulk import Seen
from genie_tui.services.task_rows import stage_errors
from tests.conftest import Connect
from tests.services.making import ADA, ENG, events, make, make_board, row_of, waits


async def _made(conn: AsyncConnection, count: int) -> tuple[str, ...]:
    board = await make_board(conn)
    ids = [(await make(conn, board, "build")).id for _ in range(count)]
    await conn.commit()
    return tuple(ids)


async def _stages(conn: AsyncConnection, ids: tuple[str, ...]) -> list[str]:
    return [(await row_of(conn, task_id))["stage"] for task_id in ids]


async def test_all_are_acted_on_and_what_came_of_each_is_told_in_order(
    conn: AsyncConnection,
) -> None:
    ids = await _made(conn, 3)
    held = await bulk.hold_all(conn, ids[::-1])

    async def move(task: Seen) -> Advance:
        return await stages.move_task(conn, task.id, "qa", ADA)

    came = await bulk.act(conn, held, move)
    assert [advance.message for advance in came] == [f"#{n} build → qa" for n in (3, 2, 1)]
    assert await _stages(conn, ids) == ["qa"] * 3


async def test_where_some_refuse_nothing_is_written_and_each_reason_is_told(
    conn: AsyncConnection,
) -> None:
    ids = await _made(conn, 4)
    await statuses.cancel_task(conn, ids[1], ADA)
    await statuses.cancel_task(conn, ids[3], ADA)
    await conn.commit()
    held = await bulk.hold_all(conn, ids)

    async def done(task: Seen) -> bool:
        return await statuses.done_task(conn, task.id, ADA)

    with pytest.raises(Refused) as refused:
        await bulk.act(conn, held, done)
    await conn.commit()
    assert str(refused.value) == (
        "2 of 4 tasks refuse; nothing was done:\n"
        "  #2 is cancelled; reopen it first\n"
        "  #4 is cancelled; reopen it first"
    )
    assert len(refused.value.reasons) == 2
    assert await events(conn, ids[0]) == []
    assert (await row_of(conn, ids[0]))["status"] == "ready"


async def test_the_one_task_there_is_refuses_with_its_own_error(conn: AsyncConnection) -> None:
    ids = await _made(conn, 1)
    await statuses.cancel_task(conn, ids[0], ADA)
    held = await bulk.hold_all(conn, ids)
    with pytest.raises(Refused, match=r"^#1 is cancelled; reopen it first$"):
        await bulk.act(conn, held, lambda task: statuses.done_task(conn, task.id, ADA))


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_task_its_child_and_grandchild_are_done_together_in_any_order(
    conn: AsyncConnection, order: tuple[int, ...]
) -> None:
    top = await make(conn)
    middle = await make(conn, parent_id=top.id)
    bottom = await make(conn, parent_id=middle.id)
    family = (top.id, middle.id, bottom.id)
    held = await bulk.hold_all(conn, [family[place] for place in order])
    await bulk.act(conn, held, lambda task: statuses.done_task(conn, task.id, ENG))
    await conn.commit()
    assert [(await row_of(conn, task_id))["status"] for task_id in family] == ["done"] * 3
    assert await events(conn, top.id) == ["done"]


@pytest.mark.parametrize("seed", range(20))
async def test_of_any_families_all_are_done_or_just_those_refuse_that_have_a_reason(
    conn: AsyncConnection, seed: int
) -> None:
    chance = random.Random(seed)
    parents: dict[str, str | None] = {}
    for _ in range(chance.randint(2, 10)):
        parent = chance.choice([None, *parents])
        parents[(await make(conn, parent_id=parent)).id] = parent
    cancelled = {task_id for task_id in parents if chance.random() < 0.1}
    for task_id in cancelled:
        await statuses.cancel_task(conn, task_id, ADA)
    chosen = chance.sample(list(parents), chance.randint(1, len(parents)))
    stay = set(parents) - set(chosen) - cancelled  # open, and so whatever they are parts of
    while new := {parents[part] for part in stay} & set(chosen) - cancelled - stay:
        stay |= {task_id for task_id in new if task_id}
    refusing = (stay | cancelled) & set(chosen)
    await conn.commit()
    held = await bulk.hold_all(conn, chosen)
    try:
        await bulk.act(conn, held, lambda task: statuses.done_task(conn, task.id, ENG))
        told = 0
    except Refused as refused:
        told = 1 if len(chosen) == 1 else len(refused.reasons)
    await conn.commit()
    assert told == len(refusing)
    is_done = {t for t in chosen if (await row_of(conn, t))["status"] == "done"}
    assert is_done == (set() if refusing else set(chosen))


async def test_what_the_database_refuses_in_the_midst_is_told_of_the_right_task(
    conn: AsyncConnection,
) -> None:
    ids = await _made(conn, 5)
    held = await bulk.hold_all(conn, ids)

    async def put(task: Seen) -> None:
        with stage_errors():
            await conn.execute(
                "UPDATE tasks SET stage = %s, column_id = NULL WHERE id = %s",
                ("nowhere" if task.seq == 3 else "qa", task.id),
            )

    with pytest.raises(Conflict) as refused:
        await bulk.act(conn, held, put)
    await conn.commit()
    lines = str(refused.value).splitlines()
    assert lines[0] == "1 of 5 tasks refuse; nothing was done:"
    assert lines[1].startswith("  #3: ")
    assert len(lines) == 2
    assert await _stages(conn, ids) == ["build"] * 5


async def test_an_error_of_the_database_that_nobody_expected_comes_as_it_is(
    conn: AsyncConnection,
) -> None:
    held = await bulk.hold_all(conn, await _made(conn, 3))

    async def wrong(_task: Seen) -> None:
        await conn.execute("SELECT 1 / 0")

    with pytest.raises(errors.DivisionByZero):
        await bulk.act(conn, held, wrong)


async def test_input_that_is_wrong_for_all_is_told_once(conn: AsyncConnection) -> None:
    held = await bulk.hold_all(conn, await _made(conn, 3))
    with pytest.raises(BadInput, match=r"^the reason is empty; write something$"):
        await bulk.act(conn, held, lambda task: statuses.block_task(conn, task.id, " ", ADA))


async def test_reasons_that_are_the_same_are_told_once_with_all_their_tasks(
    conn: AsyncConnection,
) -> None:
    held = await bulk.hold_all(conn, await _made(conn, 3))
    with pytest.raises(NotFound) as refused:
        await bulk.act(conn, held, lambda task: tags.tag(conn, task.id, "no such", ADA))
    assert "\n  #1, #2, #3: no tag 'no such'" in str(refused.value)


async def test_a_person_may_insist_only_where_they_may_at_every_task(
    conn: AsyncConnection,
) -> None:
    ids = await _made(conn, 2)
    await stages.move_task(conn, ids[0], "qa", ADA)
    held = await bulk.hold_all(conn, ids)

    async def advance(task: Seen) -> Advance:
        return await stages.advance_task(conn, task.id, ADA)

    with pytest.raises(Refused) as refused:
        await bulk.act(conn, held, advance)
    assert refused.value.override
    await statuses.cancel_task(conn, ids[1], ADA)
    with pytest.raises(Refused) as refused:
        await bulk.act(conn, held, advance)
    assert not refused.value.override


async def test_rows_are_held_in_one_order_whatever_the_order_they_are_named_in(
    conn: AsyncConnection, connect: Connect
) -> None:
    first, second = sorted(await _made(conn, 2))
    other, watcher = await connect(), await connect()
    await bulk.hold_all(conn, [first])
    holding = asyncio.create_task(bulk.hold_all(other, [second, first]))
    await waits(watcher, other)
    await conn.execute(
        "SELECT FROM tasks WHERE id = %s FOR NO KEY UPDATE NOWAIT", (second,)
    )  # The other one waits for the first before it takes the second.
    await conn.commit()
    assert [task.id for task in await holding] == [second, first]


async def test_two_who_act_on_the_same_tasks_at_once_wait_for_each_other(
    conn: AsyncConnection, connect: Connect
) -> None:
    ids = await _made(conn, 20)

    async def move_all(session: AsyncConnection, order: tuple[str, ...], stage: str) -> None:
        held = await bulk.hold_all(session, order)
        await bulk.act(session, held, lambda task: stages.move_task(session, task.id, stage, ADA))
        await session.commit()

    sessions = [await connect() for _ in range(4)]
    orders = [ids, ids[::-1], ids[10:] + ids[:10], ids[::2] + ids[1::2]]
    goals = ["qa", "review", "qa", "ship"]
    await asyncio.gather(*map(move_all, sessions, orders, goals))
    assert len(set(await _stages(conn, ids))) == 1


async def test_what_is_gone_changed_or_does_not_match_any_more_is_told(
    conn: AsyncConnection,
) -> None:
    ids = await _made(conn, 4)
    seen = await bulk.see(conn, ids)
    await stages.move_task(conn, ids[0], "qa", ADA)
    await statuses.block_task(conn, ids[0], "no", ADA)
    await conn.execute("DELETE FROM tasks WHERE id = %s", (ids[1],))
    now = await bulk.see(conn, ids)
    assert bulk.changed_since(seen, now) == (
        "#1 was changed (stage, status)",
        "#2 is gone",
    )
    assert bulk.changed_since(seen, now, {ids[0], ids[2]})[-1] == "#4 does not match any more"
    assert bulk.changed_since(now, now) == ()


async def test_a_deadlock_of_other_making_is_not_taken_for_a_refusal(
    conn: AsyncConnection,
) -> None:
    held = await bulk.hold_all(conn, await _made(conn, 3))
    asked = 0

    async def locked_out(_task: Seen) -> None:
        nonlocal asked
        asked += 1
        raise errors.DeadlockDetected

    with pytest.raises(psycopg.OperationalError):
        await bulk.act(conn, held, locked_out)
    assert asked == 1


async def test_tasks_of_several_projects_are_told_apart(conn: AsyncConnection) -> None:
    one, other = await make(conn), await make(conn, repo="/src/other")
    seen = await bulk.see(conn, [one.id, other.id])
    assert list(bulk.names(seen).values()) == ["acme#1", "other#1"]
    assert list(bulk.names(seen[:1]).values()) == ["#1"]
