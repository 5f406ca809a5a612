"""Triage: the queue of what needs a person, and a verdict on each item in one key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from genie_tui.domain.actors import Actor
from genie_tui.services import checkout, mail, stages, tasks
from genie_tui.ui.screens.triage import TriagePage
from tests.services.making import ENG, QA, expire, make, row_of, rows
from tests.ui.running import Desk, Room, running

RUN = """
    WITH schedule AS (
        INSERT INTO schedules (id, name, cron_expression) VALUES ('s', 'nightly', '@daily')
     RETURNING id),
    trigger AS (
        INSERT INTO triggers (id, schedule_id, due_at, status)
        SELECT 'g', id, now(), 'failed' FROM schedule
     RETURNING id)
    INSERT INTO runs (id, trigger_id, status, exit_code, completed_at)
    SELECT 'r', id, 'failed', 1, now() FROM trigger
"""


def page(desk: Desk) -> TriagePage:
    """The screen that is shown."""
    found = desk.app.page
    assert isinstance(found, TriagePage)
    return found


def under_cursor(desk: Desk) -> str:
    """The title of the item under the cursor."""
    item = page(desk).queue.item
    return "" if item is None else item.card.title if item.card else item.title


async def nothing_else(room: Room) -> None:
    """See to it that the room's own tasks need nobody."""
    for task in room.tasks:
        await tasks.assign(room.conn, task.id, ENG, by=ENG)
    await room.conn.commit()


async def wants_on(room: Room, title: str) -> str:
    """A task at whose human gate an agent waits; its id."""
    task = await make(room.conn, room.board, "draft", title=title, assignees=[ENG])
    await stages.advance_task(room.conn, task.id, ENG)
    await room.conn.commit()
    return task.id


async def test_i_shows_the_queue_and_every_header_its_length(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.sees("Triage 3")
        await desk.press("i")
        await desk.sees("TRIAGE  unassigned 3", "1/3", "why: ready, and nobody has it")
        await desk.press("right_square_bracket")
        await desk.sees("Triage 3", "follows")
        await desk.press("i", "escape")
        await desk.sees("Draft 2")


async def test_an_approval_is_one_key_and_the_next_item_comes(room: Room, ada: Actor) -> None:
    await nothing_else(room)
    ids = [await wants_on(room, f"wish {number}") for number in range(3)]
    async with running(room.settings, ada) as desk:
        await desk.press("i")
        await desk.sees("waiting on you 3", "L approve → Build")
        await desk.press("L")
        await desk.until(lambda: under_cursor(desk) == "wish 1")
        await desk.sees("waiting on you 2")
        assert (await row_of(room.conn, ids[0]))["stage"] == "build"


async def test_fifty_items_are_worked_through_without_leaving_the_keyboard(
    room: Room, ada: Actor
) -> None:
    await nothing_else(room)
    ids = [await wants_on(room, f"wish {number}") for number in range(50)]
    async with running(room.settings, ada) as desk:
        await desk.press("i")
        await desk.sees("waiting on you 50")
        for _ in range(200):
            await desk.press("L")
            if not desk.app.workspace.queue.total:
                break
        await desk.sees("nothing needs you")
    found = await rows(
        room.conn, "SELECT DISTINCT stage FROM tasks WHERE id = ANY(%(ids)s)", ids=ids
    )
    assert found == [{"stage": "build"}]


async def test_what_comes_to_need_a_person_comes_into_the_queue(room: Room, ada: Actor) -> None:
    await nothing_else(room)
    async with running(room.settings, ada) as desk:
        await desk.press("i")
        await desk.sees("nothing needs you")
        await desk.until(lambda: desk.app.workspace.link == "live")
        await tasks.block_task(room.conn, room.tasks[0].id, "no key", ENG)
        await room.conn.commit()
        await desk.sees("blocked 1", "why: blocked: no key")
        await desk.press("b")
        await desk.sees("nothing needs you")
        assert (await row_of(room.conn, room.tasks[0].id))["status"] == "ready"


async def test_a_lock_that_expires_comes_into_the_queue_by_itself(room: Room, ada: Actor) -> None:
    await nothing_else(room)
    await checkout.checkout_task(room.conn, room.tasks[0].id, QA)
    await room.conn.execute("UPDATE tasks SET checkout_timeout_ms = 2500")
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.press("i")
        await desk.sees("stale locks 1", "lock expired qa-1")
        await desk.press("X")
        await desk.sees("Force the lock")
        await desk.press("y")
        await desk.sees("nothing needs you")


async def test_space_skips_and_the_cursor_stays_on_its_item_while_others_come(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("i", "space")
        await desk.until(lambda: under_cursor(desk) == "third")
        await desk.until(lambda: desk.app.workspace.link == "live")
        await wants_on(room, "more pressing")
        await desk.sees("waiting on you 1")
        assert under_cursor(desk) == "third"
        await desk.press("g")
        assert under_cursor(desk) == "more pressing"
        await desk.press("G", "space")
        assert under_cursor(desk) == "more pressing"


async def test_assigning_takes_a_name_from_the_list_or_a_new_one(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("i", "a")
        await desk.sees("Assign #1 first")
        await desk.type("bob")
        await desk.sees("assign bob")
        await desk.press("enter")
        await desk.sees("unassigned 2")
        await desk.press("a")
        await desk.sees("Assign #3 third", "bob")
        await desk.type("bo")
        await desk.press("enter")
        await desk.sees("unassigned 1")
    found = await rows(room.conn, "SELECT actor_id FROM task_actors WHERE role = 'assignee'")
    assert found == [{"actor_id": "bob"}, {"actor_id": "bob"}]


async def test_a_failed_run_is_tried_again(room: Room, ada: Actor) -> None:
    await nothing_else(room)
    await room.conn.execute(RUN)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.press("i")
        await desk.sees("failed runs 1", "nightly", "R run again")
        await desk.press("R")
        await desk.told("nightly runs again")
        (trigger,) = await rows(room.conn, "SELECT status FROM triggers")
        assert trigger == {"status": "pending"}


async def test_a_letter_is_read_whole_and_is_done_with(room: Room, ada: Actor) -> None:
    await nothing_else(room)
    await mail.send(room.conn, "ada", "Shall I rebase or merge?", ENG, repo_path="/src/acme")
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.press("i")
        await desk.sees("mail 1", "eng-1", "D read")
        await desk.press("enter")
        await desk.told("Shall I rebase or merge?")
        await desk.press("D")
        await desk.sees("nothing needs you")
        assert await rows(room.conn, "SELECT read FROM mailbox") == [{"read": True}]


async def test_enter_opens_the_task_and_escape_comes_back(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("i", "enter")
        await desk.sees("acceptance criteria", "first")
        await desk.press("escape")
        await desk.sees("TRIAGE")


async def test_another_priority_or_tag_is_chosen_from_a_list(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("p")
        await desk.sees("Priority of #1 first")
        await desk.type("low")
        await desk.press("enter")
        await desk.press("t")
        await desk.sees("Tags of #1 first")
        await desk.type("bug")
        await desk.press("enter")
        await desk.until(lambda: (card := desk.page.board.cursor_card) and card.tags)
    row = await row_of(room.conn, room.tasks[0].id)
    assert row["priority"] == "low"
    assert await rows(room.conn, "SELECT tag_id FROM task_tags") == [{"tag_id": "bug"}]


async def test_a_pane_that_nobody_knows_of_is_said(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("o")
        await desk.told("no tmux pane is known")


@pytest.mark.parametrize("width", [160, 120, 80, 60])
async def test_the_queue_fits_at_every_width(room: Room, ada: Actor, width: int) -> None:
    late = await make(room.conn, room.board, title="‮late 🤔 " * 40, actor=ada)
    query = "UPDATE tasks SET due_date = %(due)s WHERE id = %(id)s"
    await room.conn.execute(query, {"due": datetime(2020, 1, 1, tzinfo=UTC), "id": late.id})
    await checkout.checkout_task(room.conn, room.tasks[0].id, QA)
    await expire(room.conn, room.tasks[0].id)
    await room.conn.commit()
    async with running(room.settings, ada, size=(width, 30)) as desk:
        await desk.press("i")
        await desk.sees("1/4", "lock expired qa-1", "overdue", "? help", "why:")
        strips = desk.app.screen._compositor.render_strips()
        assert {strip.cell_length for strip in strips} == {width}
        assert "\u202e" not in desk.text
