"""Undo and redo of one's own last change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from psycopg import AsyncConnection

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
    assert undone == ("undo", "ada", {"events": list(change.events)})
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


async def test_of_a_deleted_task_says_so(conn: AsyncConnection) -> None:
    task_id = await begun(conn)
    await tasks.set_priority(conn, task_id, "urgent", ADA)
    await conn.execute("DELETE FROM tasks")
    await conn.commit()
    with pytest.raises(NotFound, match=task_id):
        await undo.undo(conn, ADA, await last(conn))


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
