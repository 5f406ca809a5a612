"""Undo and redo of one's own last change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from genie_tui.domain.actors import Actor
from genie_tui.domain.undo import Undo
from genie_tui.errors import Conflict, NotFound
from genie_tui.services import checkout, conversations, stages, tasks, undo
from tests.conftest import Connect
from tests.services.making import ADA, BOB, ENG, audited, expire, make, make_board, row_of, rows

COLUMNS = (
    "stage",
    "column_id",
    "status",
    "priority",
    "blocked_reason",
    "checkout_run_id",
    "execution_locked_at",
    "checkout_timeout_ms",
    "started_at",
    "ended_at",
)

Verb = Callable[[AsyncConnection, str], Awaitable[object]]

VERBS: dict[str, Verb] = {
    "to qa": lambda conn, id_: stages.move_task(conn, id_, "qa", ADA),
    "to review": lambda conn, id_: stages.advance_task(conn, id_, ADA, override=True),
    "to draft": lambda conn, id_: stages.send_back(conn, id_, ADA, "no"),
    "locked by ada, in progress": lambda conn, id_: checkout.checkout_task(conn, id_, ADA),
    "blocked": lambda conn, id_: tasks.block_task(conn, id_, "no key", ADA),
    "done": lambda conn, id_: tasks.done_task(conn, id_, ADA),
    "failed": lambda conn, id_: tasks.fail_task(conn, id_, "crashed", ADA),
    "cancelled": lambda conn, id_: tasks.cancel_task(conn, id_, ADA),
    "priority urgent": lambda conn, id_: tasks.set_priority(conn, id_, "urgent", ADA),
    "tag bug on": lambda conn, id_: tasks.tag(conn, id_, "bug", ADA),
    "tag idea off": lambda conn, id_: tasks.untag(conn, id_, "idea", ADA),
    "bob assignee": lambda conn, id_: tasks.assign(conn, id_, BOB, by=ADA),
    "eng-1 not assignee": lambda conn, id_: tasks.unassign(conn, id_, ENG, by=ADA),
}
"""Each verb that can be undone, by what redoing it says."""


async def state(conn: AsyncConnection, task_id: str) -> dict[str, object]:
    """All of a task that undo gives back."""
    row = await row_of(conn, task_id)
    beside = {
        "tags": await rows(conn, "SELECT tag_id FROM task_tags ORDER BY tag_id"),
        "people": await rows(
            conn, "SELECT actor_type, actor_id, role FROM task_actors ORDER BY actor_id, role"
        ),
    }
    return {name: row[name] for name in COLUMNS} | beside


async def last(conn: AsyncConnection, actor: Actor = ADA) -> Undo:
    found = await undo.last(conn, actor)
    assert found is not None
    return found


async def last_undone(conn: AsyncConnection, actor: Actor = ADA) -> Undo:
    found = await undo.last_undone(conn, actor)
    assert found is not None
    return found


async def begun(conn: AsyncConnection) -> str:
    """A task in the middle of its board that was made in a transaction before."""
    task = await make(
        conn, await make_board(conn), "build", actor=BOB, tags=["idea"], assignees=[ENG]
    )
    await conn.commit()
    return task.id


@pytest.mark.parametrize("name", list(VERBS))
async def test_undo_gives_back_what_was_and_redo_what_was_done(
    conn: AsyncConnection, name: str
) -> None:
    task_id = await begun(conn)
    before = await state(conn, task_id)
    await VERBS[name](conn, task_id)
    after = await state(conn, task_id)
    await conn.commit()
    assert before != after
    await undo.undo(conn, ADA, await last(conn))
    await conn.commit()
    assert await state(conn, task_id) == before
    assert await undo.last(conn, ADA) is None
    again = await last_undone(conn)
    assert again.text == f"#1 a task: {name}"
    await undo.redo(conn, ADA, again)
    await conn.commit()
    assert await state(conn, task_id) == after
    assert await undo.last_undone(conn, ADA) is None
    await undo.undo(conn, ADA, await last(conn))
    assert await state(conn, task_id) == before


async def test_it_says_what_it_would_do(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await checkout.checkout_task(conn, task_id, ADA)
    await conn.commit()
    assert (await last(conn)).text == "#1 a task: not locked, ready"
    await checkout.release_task(conn, task_id, ADA)
    await conn.commit()
    assert (await last(conn)).text == "#1 a task: locked by ada, in progress"


async def test_it_goes_back_step_by_step_and_forth_again(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    states = [await state(conn, task_id)]
    for name in ("priority urgent", "to review", "locked by ada, in progress", "blocked"):
        await VERBS[name](conn, task_id)
        await conn.commit()
        states.append(await state(conn, task_id))
    for expected in states[-2::-1]:
        await undo.undo(conn, ADA, await last(conn))
        await conn.commit()
        assert await state(conn, task_id) == expected
    assert await undo.last(conn, ADA) is None
    for expected in states[1:]:
        await undo.redo(conn, ADA, await last_undone(conn))
        await conn.commit()
        assert await state(conn, task_id) == expected
    assert await undo.last_undone(conn, ADA) is None


async def test_nothing_is_redone_once_something_else_was_changed(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await tasks.set_priority(conn, task_id, "urgent", ADA)
    await conn.commit()
    await undo.undo(conn, ADA, await last(conn))
    await conn.commit()
    again = await last_undone(conn)
    await tasks.tag(conn, task_id, "bug", ADA)
    await conn.commit()
    assert await undo.last_undone(conn, ADA) is None
    with pytest.raises(Conflict, match="what you undid last"):
        await undo.redo(conn, ADA, again)


async def test_what_one_transaction_did_to_a_task_is_one_change(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    before = await state(conn, task_id)
    await checkout.checkout_task(conn, task_id, ENG)
    await conn.commit()
    locked = await state(conn, task_id)
    await stages.complete_stage(conn, task_id, ENG)
    await conn.commit()
    change = await last(conn, ENG)
    assert change.text == "#1 a task: to build, locked by eng-1, in progress"
    await undo.undo(conn, ENG, change)
    await conn.commit()
    assert await state(conn, task_id) == locked
    await undo.undo(conn, ENG, await last(conn, ENG))
    assert await state(conn, task_id) == before


async def test_it_is_told_in_the_audit_and_the_stage_log(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await VERBS["to review"](conn, task_id)
    await conn.commit()
    change = await last(conn)
    await undo.undo(conn, ADA, change)
    await conn.commit()
    await undo.redo(conn, ADA, await last_undone(conn))
    undone, redone = (await audited(conn, task_id))[-2:]
    assert undone == ("undo", "ada", {"events": list(change.parts[0].events)})
    assert redone[:2] == ("redo", "ada")
    log = await stages.stage_log(conn, task_id)
    assert [(move.from_stage, move.to_stage, move.gate_type) for move in log] == [
        ("build", "review", "agent:override"),
        ("review", "build", "undo"),
        ("build", "review", "redo"),
    ]


async def test_it_is_refused_when_the_task_has_changed_since(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await VERBS["to review"](conn, task_id)
    await conn.commit()
    change = await last(conn)
    await stages.move_task(conn, task_id, "qa", BOB)
    await conn.commit()
    with pytest.raises(Conflict, match=r"#1 was changed since \(stage, column_id\)"):
        await undo.undo(conn, ADA, change)
    await conn.rollback()
    await stages.move_task(conn, task_id, "review", BOB)
    await conn.commit()
    await undo.undo(conn, ADA, change)


async def test_what_others_changed_beside_it_stays(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await VERBS["to review"](conn, task_id)
    await conn.commit()
    await tasks.set_priority(conn, task_id, "urgent", BOB)
    await tasks.tag(conn, task_id, "bug", BOB)
    await conn.commit()
    await undo.undo(conn, ADA, await last(conn))
    row = await row_of(conn, task_id)
    assert (row["stage"], row["priority"]) == ("build", "urgent")


async def test_a_renewed_lock_is_not_as_it_was_left(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await checkout.checkout_task(conn, task_id, ADA)
    await conn.commit()
    await expire(conn, task_id)
    with pytest.raises(Conflict, match="execution_locked_at"):
        await undo.undo(conn, ADA, await last(conn))


async def test_a_lock_that_was_taken_over_comes_back_to_its_owner(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await checkout.checkout_task(conn, task_id, ENG)
    await conn.commit()
    await checkout.checkout_task(conn, task_id, ADA, take_live=True)
    await conn.commit()
    change = await last(conn)
    assert change.text == "#1 a task: locked by eng-1, in progress"
    await undo.undo(conn, ADA, change)
    assert (await row_of(conn, task_id))["checkout_run_id"] == "agent-eng-1"


async def test_only_ones_own_changes_are_undone(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await tasks.set_priority(conn, task_id, "urgent", BOB)
    await conversations.comment(conn, task_id, "said is said", ADA)
    await conn.commit()
    assert await undo.last(conn, ADA) is None
    assert (await last(conn, BOB)).text == "#1 a task: priority normal"


async def test_rows_of_other_clients_are_passed_over(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await tasks.set_priority(conn, task_id, "urgent", ADA)
    for details in ('{"from": "a", "to": "b"}', "null", '"{}"', "[]", '{"before": 5}'):
        await conn.execute(
            "INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)"
            " VALUES ('task', %s, 'stage_change', 'ada', %s::jsonb)",
            (task_id, details),
        )
    await conn.commit()
    assert (await last(conn)).text == "#1 a task: priority normal"


async def test_of_a_task_deleted_meanwhile_says_so(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await tasks.set_priority(conn, task_id, "urgent", ADA)
    change = await last(conn)
    await conn.execute("DELETE FROM tasks")
    with pytest.raises(NotFound, match=task_id):
        await undo.undo(conn, ADA, change)


async def test_what_is_deleted_does_not_stand_in_the_way(conn: AsyncConnection) -> None:
    first, second = await begun(conn), (await make(conn, actor=BOB)).id
    for task_id in (first, second):
        await tasks.set_priority(conn, task_id, "urgent", ADA)
        await conn.commit()
    await conn.execute("DELETE FROM tasks WHERE id = %s", (second,))
    await undo.undo(conn, ADA, await last(conn))
    assert (await row_of(conn, first))["priority"] == "normal"


async def test_two_who_undo_the_same_at_once_do_it_once(
    conn: AsyncConnection, connect: Connect
) -> None:
    task_id = await begun(conn)
    for priority in ("high", "urgent"):
        await tasks.set_priority(conn, task_id, priority, ADA)
        await conn.commit()
    change = await last(conn)
    other = await connect()
    await undo.undo(other, ADA, change)
    await other.commit()
    with pytest.raises(Conflict, match="not your last change"):
        await undo.undo(conn, ADA, change)
    assert (await row_of(conn, task_id))["priority"] == "high"


async def several(conn: AsyncConnection, count: int) -> list[str]:
    board = await make_board(conn)
    made = [(await make(conn, board, "build", actor=BOB)).id for _ in range(count)]
    await conn.commit()
    return made


class TestManyAtOnce:
    """What one transaction did to many tasks is one change: all of it goes back, or nothing."""

    async def test_one_undo_takes_them_all_back_and_one_redo_moves_them_again(
        self, conn: AsyncConnection
    ) -> None:
        made = await several(conn, 40)
        before = [await state(conn, task_id) for task_id in made]
        for task_id in made:
            await stages.move_task(conn, task_id, "qa", ADA)
            await tasks.set_priority(conn, task_id, "high", ADA)
        await conn.commit()
        after = [await state(conn, task_id) for task_id in made]
        change = await last(conn)
        assert change.text == (
            "40 tasks: to build, priority normal (#1, #2, #3, #4, #5 and 35 more)"
        )
        await undo.undo(conn, ADA, change)
        await conn.commit()
        assert [await state(conn, task_id) for task_id in made] == before
        await undo.redo(conn, ADA, await last_undone(conn))
        await conn.commit()
        assert [await state(conn, task_id) for task_id in made] == after
        await undo.undo(conn, ADA, await last(conn))
        await conn.commit()
        assert await undo.last(conn, ADA) is None

    async def test_however_many_there_are(self, conn: AsyncConnection) -> None:
        made = await several(conn, 700)
        for priority in ("high", "urgent"):
            for task_id in made:
                await tasks.set_priority(conn, task_id, priority, ADA)
            await conn.commit()
        for expected in ("high", "normal"):
            change = await last(conn)
            assert len(change.parts) == 700
            await undo.undo(conn, ADA, change)
            await conn.commit()
            found = await rows(conn, "SELECT DISTINCT priority FROM tasks")
            assert found == [{"priority": expected}]
        assert await undo.last(conn, ADA) is None
        assert len((await last_undone(conn)).parts) == 700

    async def test_nothing_goes_back_where_one_was_changed_since(
        self, conn: AsyncConnection
    ) -> None:
        made = await several(conn, 9)
        for task_id in made:
            await stages.move_task(conn, task_id, "qa", ADA)
        await conn.commit()
        for task_id in made[1:]:
            await stages.move_task(conn, task_id, "ship", BOB)
        await conn.commit()
        with pytest.raises(Conflict, match=r"#2 was changed since .*; so were 3 more of 9 tasks"):
            await undo.undo(conn, ADA, await last(conn))
        await conn.rollback()
        assert (await row_of(conn, made[0]))["stage"] == "qa"

    async def test_a_column_that_is_gone_refuses_them_all(self, conn: AsyncConnection) -> None:
        made = await several(conn, 3)
        for task_id in made:
            await stages.move_task(conn, task_id, "qa", ADA)
        await conn.execute(
            """UPDATE boards SET columns = (
                   SELECT jsonb_agg(c) FROM jsonb_array_elements(columns) c
                    WHERE c ->> 'name' <> 'build') WHERE name = 'Flow'"""
        )
        await conn.commit()
        with pytest.raises(Conflict, match='Invalid stage "build"'):
            await undo.undo(conn, ADA, await last(conn))
        await conn.rollback()
        assert {(await row_of(conn, task_id))["stage"] for task_id in made} == {"qa"}

    async def test_what_is_deleted_is_left_out(self, conn: AsyncConnection) -> None:
        made = await several(conn, 3)
        for task_id in made:
            await stages.move_task(conn, task_id, "qa", ADA)
        await conn.execute("DELETE FROM tasks WHERE id = %s", (made[1],))
        await conn.commit()
        change = await last(conn)
        assert change.text == "2 tasks: to build (#1, #3)"
        await undo.undo(conn, ADA, change)

    async def test_each_kind_of_change_is_told(self, conn: AsyncConnection) -> None:
        made = await several(conn, 3)
        await tasks.set_priority(conn, made[2], "high", BOB)
        other = (await make(conn, repo="/src/else", actor=BOB)).id
        await conn.commit()
        for task_id in (*made, other):
            await tasks.set_priority(conn, task_id, "urgent", ADA)
        await conn.commit()
        assert (await last(conn)).text == (
            "3 tasks: priority normal (acme#1, acme#2, else#1); acme#3: priority high"
        )

    async def test_two_bulk_undos_at_once_do_not_lock_each_other_out(
        self, conn: AsyncConnection, connect: Connect
    ) -> None:
        made = await several(conn, 30)
        for actor, name in ((ADA, "bug"), (BOB, "idea")):
            for task_id in made if actor is ADA else reversed(made):
                await tasks.tag(conn, task_id, name, actor)
            await conn.commit()
        changes = [await last(conn, actor) for actor in (ADA, BOB)]
        await conn.commit()

        async def take_back(actor: Actor, change: Undo) -> None:
            session = await connect()
            await undo.undo(session, actor, change)
            await session.commit()

        await asyncio.gather(*(map(take_back, (ADA, BOB), changes)))
        assert await rows(conn, "SELECT FROM task_tags") == []


async def test_a_lock_does_not_come_back_onto_what_was_ended(conn: AsyncConnection) -> None:
    """The status alone was changed since, which the release of a blocked task says nothing of."""
    task_id = await begun(conn)
    await checkout.checkout_task(conn, task_id, ENG)
    await tasks.block_task(conn, task_id, "no key", BOB)
    await conn.commit()
    await checkout.release_task(conn, task_id, ENG)
    await conn.commit()
    await tasks.cancel_task(conn, task_id, BOB)
    await conn.commit()
    with pytest.raises(Conflict, match=r"changed since \(status\)"):
        await undo.undo(conn, ENG, await last(conn, ENG))


async def test_nothing_is_in_progress_again_that_nobody_holds_any_more(
    conn: AsyncConnection,
) -> None:
    task_id = await begun(conn)
    await checkout.checkout_task(conn, task_id, ENG)
    await conn.commit()
    await tasks.block_task(conn, task_id, "no key", ADA)
    await conn.commit()
    await checkout.release_task(conn, task_id, ENG)
    await conn.commit()
    with pytest.raises(Conflict, match=r"changed since \(checkout_run_id\)"):
        await undo.undo(conn, ADA, await last(conn))


async def test_times_that_no_calendar_has_end_nothing(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await conn.execute(
        "UPDATE tasks SET started_at = '-infinity', checkout_run_id = 'other',"
        " execution_locked_at = 'infinity'"
    )
    await conn.commit()
    await checkout.checkout_task(conn, task_id, ADA, take_live=True)
    await conn.commit()
    await undo.undo(conn, ADA, await last(conn))
    (row,) = await rows(conn, "SELECT checkout_run_id AS run, status FROM tasks")
    assert row == {"run": "other", "status": "ready"}


@pytest.mark.parametrize(
    "told",
    [
        {"before": {"nonsense": None}, "after": {"nonsense": None}},
        {"before": {"id": "task-x"}, "after": {"id": "task-y"}},
        {"before": {"priority": "soon"}, "after": {"priority": "urgent"}},
        {"before": {"priority": None}, "after": {"priority": "urgent"}},
        {"before": {"status": ["ready"]}, "after": {"status": "ready"}},
        {"before": {"started_at": "noon"}, "after": {"started_at": None}},
        {"before": {"checkout_timeout_ms": 1e300}, "after": {"checkout_timeout_ms": 1}},
        {"before": {"tag:bug": "yes"}, "after": {"tag:bug": "no"}},
        {"before": {"actor:cat:tom:x": True}, "after": {"actor:cat:tom:x": False}},
        {"before": {"actor:local": True}, "after": {"actor:local": False}},
        {"before": {"stage": "build"}, "after": {"column_id": None}},
        {"before": {"stage": "build"}, "after": 5},
        {"before": {"stage": "build"}},
        {"before": {}, "after": {}, "events": "all", "undo": {}},
    ],
)
async def test_what_others_say_was_before_is_not_believed(
    conn: AsyncConnection, told: dict[str, object]
) -> None:
    task_id = await begun(conn)
    await tasks.set_priority(conn, task_id, "urgent", ADA)
    await conn.commit()
    await conn.execute(
        "INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)"
        " VALUES ('task', %s, 'undo', 'ada', %s)",
        (task_id, Jsonb(told)),
    )
    await conn.commit()
    await undo.undo(conn, ADA, await last(conn))
    assert (await row_of(conn, task_id))["priority"] == "normal"
