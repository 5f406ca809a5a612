"""What replaying a history finds out: that it leads to the rows, or where it does not."""

from __future__ import annotations

import pytest
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from genie_tui.services import checkout, stages, tasks, undo
from tests.services.making import ADA, BOB, ENG, QA, expire, make, make_board
from tests.services.replaying import contradictions


async def lived(conn: AsyncConnection) -> str:
    """A task to which much was done."""
    task_id = (await make(conn, await make_board(conn), "build")).id
    await conn.commit()
    await checkout.checkout_task(conn, task_id, ENG)
    await expire(conn, task_id)
    await checkout.checkout_task(conn, task_id, QA)
    await checkout.renew_lock(conn, task_id, QA)
    await stages.complete_stage(conn, task_id, QA)
    await conn.commit()
    await tasks.set_priority(conn, task_id, "urgent", ADA)
    await conn.commit()
    change = await undo.last(conn, ADA)
    assert change is not None
    await undo.undo(conn, ADA, change)
    await conn.commit()
    await stages.send_back(conn, task_id, ADA, "no")
    await checkout.checkout_task(conn, task_id, ENG)
    await checkout.unlock_task(conn, task_id, BOB)
    await tasks.done_task(conn, task_id, ADA)
    await tasks.reopen_task(conn, task_id, ADA)
    await conn.commit()
    return task_id


async def test_a_history_leads_to_the_present(conn: AsyncConnection) -> None:
    await lived(conn)
    assert await contradictions(conn) == []


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("status", "failed", "status is failed, its history says ready"),
        ("stage", "ship", "stage is ship, its history says build"),
        ("priority", "low", "priority is low, its history says normal"),
        ("checkout_run_id", "agent-eng-1", "holder is agent-eng-1, its history says None"),
    ],
)
async def test_a_row_that_no_history_led_to_is_found(
    conn: AsyncConnection, column: str, value: str, said: str
) -> None:
    await lived(conn)
    await conn.execute(f"UPDATE tasks SET {column} = %s".encode(), (value,))
    assert any(said in line for line in await contradictions(conn))


async def test_two_holders_are_found(conn: AsyncConnection) -> None:
    task_id = await lived(conn)
    for run in ("agent-a", "agent-b"):
        told = {
            "run": run,
            "before": {"checkout_run_id": None},
            "after": {"checkout_run_id": run},
        }
        await conn.execute(
            "INSERT INTO audit_events (entity_type, entity_id, event_type, details)"
            " VALUES ('task', %s, 'checkout', %s)",
            (task_id, Jsonb(told)),
        )
    assert any("agent-a and agent-b hold it" in line for line in await contradictions(conn))


@pytest.mark.parametrize("table", ["audit_events", "task_stage_log"])
async def test_a_row_that_is_missing_from_the_history_is_found(
    conn: AsyncConnection, table: str
) -> None:
    await lived(conn)
    kind = "AND event_type = 'checkout_expired'" if table == "audit_events" else ""
    await conn.execute(
        f"DELETE FROM {table} WHERE id = (SELECT max(id) FROM {table} WHERE true {kind})".encode()
    )
    assert await contradictions(conn) != []
