"""The summary of a demo sees what is wrong, and only that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from psycopg import AsyncConnection

from genie_tui.demo.summary import Deed, begin, summarize
from genie_tui.domain.actors import Actor
from genie_tui.services import checkout, conversations, stages, tasks

ENG = Actor.agent("eng-1")
OTHER = Actor.agent("eng-2")
ADA = Actor.human("ada", "demo")

TOLD = [
    Deed(actor="ada", what="move"),
    Deed(actor="ada", what="comment"),
    Deed(actor="eng-1", what="claim"),
    Deed(actor="eng-1", what="renew"),
]


async def work(conn: AsyncConnection) -> str:
    """A little of everything; the id of the task."""
    task = await tasks.create_task(conn, "/src/acme", title="one", actor=ADA)
    await checkout.checkout_task(conn, task.id, ENG)
    await checkout.renew_lock(conn, task.id, ENG)
    await conversations.comment(conn, task.id, "well", ADA)
    await stages.advance_task(conn, task.id, ADA)
    return task.id


async def test_what_was_told_and_what_is_written_agree(conn: AsyncConnection) -> None:
    begun = await begin(conn)
    await work(conn)
    summary = await summarize(conn, begun, TOLD)
    assert summary.disagreements == ()
    assert (summary.moves, summary.claims, summary.comments) == (1, 1, 1)
    assert summary.by_actor == {"ada": {"comment": 1, "move": 1}, "eng-1": {"claim": 1}}


async def test_what_nobody_told_of_is_noticed(conn: AsyncConnection) -> None:
    begun = await begin(conn)
    await work(conn)
    summary = await summarize(conn, begun, [*TOLD[:2], TOLD[3]])
    assert summary.disagreements == ("eng-1 tells of 0 × claim, the tables of 1",)


async def test_what_was_told_but_is_not_there_is_noticed(conn: AsyncConnection) -> None:
    begun = await begin(conn)
    await work(conn)
    summary = await summarize(conn, begun, [*TOLD, Deed(actor="ada", what="move", times=2)])
    assert summary.disagreements == ("ada tells of 3 × move, the tables of 1",)


async def test_a_lock_that_changes_hands_in_order_is_no_double_checkout(
    conn: AsyncConnection,
) -> None:
    begun = await begin(conn)
    task = await work(conn)
    await conn.execute("UPDATE tasks SET execution_locked_at = now() - interval '1 hour'")
    await checkout.checkout_task(conn, task, OTHER)
    await checkout.release_task(conn, task, OTHER)
    await checkout.checkout_task(conn, task, ENG)
    again = [Deed(actor="eng-2", what="claim"), Deed(actor="eng-1", what="claim")]
    summary = await summarize(conn, begun, [*TOLD, *again])
    assert summary.disagreements == ()
    assert (summary.claims, summary.expirations, summary.double_checkouts) == (3, 1, 0)


async def test_two_holders_of_one_task_are_noticed(conn: AsyncConnection) -> None:
    begun = await begin(conn)
    task = await work(conn)
    await conn.execute(
        "INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)"
        " VALUES ('task', %s, 'checkout', 'eng-2', '{\"run\": \"agent-eng-2\"}')",
        [task],
    )
    summary = await summarize(conn, begun, [*TOLD, Deed(actor="eng-2", what="claim")])
    assert summary.double_checkouts == 1
    assert f"agent-eng-2 took {task}, which agent-eng-1 held" in summary.disagreements
    assert f"{task} is held by agent-eng-1, but was taken by agent-eng-2" in summary.disagreements


async def test_a_lock_that_is_taken_before_its_time_is_noticed(conn: AsyncConnection) -> None:
    task = await work(conn)
    begun = await begin(conn)
    await conn.execute("UPDATE tasks SET execution_locked_at = now() - interval '1 hour'")
    await checkout.sweep_expired(conn)
    assert (await summarize(conn, begun, [])).disagreements == ()
    patient = replace(begun.tasks[task], lock_time=timedelta(hours=2))
    summary = await summarize(conn, replace(begun, tasks={task: patient}), [])
    assert any(f"the lock on {task} was taken" in said for said in summary.disagreements)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE tasks SET stage = 'qa', column_id = NULL", "stands in qa, but had come to"),
        ("UPDATE tasks SET checkout_run_id = NULL", "is held by None, but was taken by"),
        ("DELETE FROM task_stage_log", "stands in brainstorm, but had come to draft"),
    ],
)
async def test_a_row_that_the_logs_do_not_lead_to_is_noticed(
    conn: AsyncConnection, statement: str, said: str
) -> None:
    task = await tasks.create_task(conn, "/src/acme", title="one", actor=ADA)
    begun = await begin(conn)
    await checkout.checkout_task(conn, task.id, ENG)
    await stages.advance_task(conn, task.id, ADA)
    await conn.execute(statement.encode())
    summary = await summarize(conn, begun, [])
    assert any(said in line for line in summary.disagreements), summary.disagreements
