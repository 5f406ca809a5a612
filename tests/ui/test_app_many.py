"""Marking cards, and acting on all that are marked: on all of them, or on none."""

from __future__ import annotations

import asyncio

from genie_tui.domain.actors import Actor
from genie_tui.services import checkout, stages
from tests.services.making import ENG, make, row_of, rows
from tests.ui.running import Room, running


async def stages_of(room: Room) -> list[str]:
    """The stages of the room's tasks, as they are committed."""
    await room.conn.rollback()
    return [(await row_of(room.conn, task.id))["stage"] for task in room.tasks]


async def test_space_marks_and_goes_on_and_escape_marks_nothing(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("space")
        assert desk.under_cursor == "second"
        await desk.press("space")
        await desk.sees("2 marked:", "◆")
        assert desk.page.board.chosen == {room.tasks[0].id, room.tasks[1].id}
        await desk.press("space")
        await desk.sees("1 marked:")
        await desk.press("escape")
        await desk.until(lambda: "marked" not in desk.text)
        assert "◆" not in desk.text


async def test_a_column_is_marked_whole_with_what_is_out_of_sight(room: Room, ada: Actor) -> None:
    for number in range(60):
        await make(room.conn, room.board, "draft", title=f"more {number}")
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.press("asterisk")
        await desk.sees("62 marked:")
        await desk.press("asterisk")
        await desk.until(lambda: "marked" not in desk.text)


async def test_a_filter_decides_what_of_a_column_is_marked(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("slash")
        await desk.type("first")
        await desk.press("enter", "asterisk")
        await desk.sees("1 marked:")
        assert desk.page.board.chosen == {room.tasks[0].id}


async def test_marked_tasks_are_moved_together_after_asking(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("asterisk")
        await desk.sees("2 marked:")
        await desk.press("m")
        await desk.sees("Move 2 marked to")
        await desk.type("review")
        await desk.press("enter")
        await desk.sees("Move 2 tasks?", "Cancel")
        await desk.press("enter")
        assert await stages_of(room) == ["draft", "draft", "build"]
        await desk.press("m")
        await desk.type("review")
        await desk.press("enter")
        await desk.sees("Move 2 tasks?")
        await desk.press("y")
        await desk.sees("Review 2")
        await desk.until(lambda: not desk.page.board.chosen)
        assert await stages_of(room) == ["review", "review", "build"]


async def test_when_one_refuses_nothing_is_done_and_the_reason_is_said(
    room: Room, ada: Actor
) -> None:
    await checkout.checkout_task(room.conn, room.tasks[0].id, ENG)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.press("asterisk")
        await desk.sees("2 marked:")
        await desk.press("R")
        await desk.sees("Release 2 tasks?")
        await desk.press("y")
        await desk.told("2 of 2 tasks refuse; nothing was done")
        assert len(desk.page.board.chosen) == 2


async def test_a_person_may_insist_for_all_at_once(room: Room, ada: Actor) -> None:
    await stages.move_task(room.conn, room.tasks[0].id, "build", ada)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.press("2", "asterisk")
        await desk.sees("2 marked:")
        await desk.press("L")
        await desk.sees("Advance 2 tasks?")
        await desk.press("y")
        await desk.sees("all the same?")
        await desk.press("y")
        await desk.sees("Review 2")
        assert await stages_of(room) == ["review", "draft", "review"]


async def test_marked_tasks_are_assigned_tagged_ranked_and_blocked(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        for key, text, asked in (("a", "bob", "Assign"), ("t", "bug", "Tags"), ("p", "low", "P")):
            await desk.press("asterisk")
            await desk.sees("2 marked:")
            await desk.press(key)
            await desk.sees(f"{asked}")
            await desk.type(text)
            await desk.press("enter")
            await desk.sees("2 tasks?")
            await desk.press("y")
            await desk.until(lambda: not desk.page.board.chosen)
        await desk.press("asterisk")
        await desk.sees("2 marked:")
        await desk.press("b")
        await desk.sees("Block 2 marked")
        await desk.type("no key")
        await desk.press("enter")
        await desk.sees("⊘ blocked: no key")
    ids = [task.id for task in room.tasks[:2]]
    found = await rows(
        room.conn,
        "SELECT DISTINCT t.status, t.priority, g.tag_id, a.actor_id FROM tasks t"
        " JOIN task_tags g ON g.task_id = t.id"
        " JOIN task_actors a ON a.task_id = t.id AND a.role = 'assignee' WHERE t.id = ANY(%(ids)s)",
        ids=ids,
    )
    assert found == [{"status": "blocked", "priority": "low", "tag_id": "bug", "actor_id": "bob"}]


async def test_nothing_counts_down_that_another_screen_covers(room: Room, ada: Actor) -> None:
    await checkout.checkout_task(room.conn, room.tasks[0].id, ENG)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        board = desk.page.board
        timers = [timer for timer in board._timers if timer._interval == 1.0]
        assert len(timers) == 1
        await desk.press("x")
        await desk.until(lambda: desk.app.screen.is_modal)
        await asyncio.sleep(1.1)
        assert timers[0]._active.is_set()
        await desk.press("escape")
        await desk.go_to("Registry")
        await desk.until(lambda: not timers[0]._active.is_set())
        await desk.go_to("Board")
        await desk.until(lambda: timers[0]._active.is_set())
