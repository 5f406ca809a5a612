"""The graph's screen: walking in it, acting on the task under its cursor, live."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual import events

from genie_tui.domain.actors import Actor
from genie_tui.domain.tasks import Task
from genie_tui.services import dependencies, tasks
from genie_tui.ui.screens.graph import GraphPage
from tests.services.making import ADA, ENG, make, make_board, row_of
from tests.ui.running import Desk, Room, running

HOSTILE = "[red]\x1b[31mred\u202e \u200b🤔👩‍👩‍👧 " + "x" * 100_000


def page(desk: Desk) -> GraphPage:
    """The screen that is shown."""
    found = desk.app.page
    assert isinstance(found, GraphPage)
    return found


def under_cursor(desk: Desk) -> str:
    """The title of the task under the cursor."""
    card = page(desk).graph.card
    return card.title if card else ""


async def chained(room: Room, *titles: str) -> list[Task]:
    """Tasks that wait each for the one before."""
    made = [await make(room.conn, room.board, "build", title=title) for title in titles]
    for one, other in zip(made[1:], made[:-1], strict=True):
        await dependencies.add_dependency(room.conn, one.id, other.id, actor=ADA)
    await room.conn.commit()
    return made


async def seen(desk: Desk, title: str) -> None:
    """Show the graph, and go to a task in it."""
    await desk.go_to("Graph")
    await desk.until(lambda: page(desk).graph.card is not None)
    await desk.press("slash")
    await desk.sees("Find in the graph")
    await desk.type(title)
    await desk.press("enter")
    await desk.until(lambda: under_cursor(desk) == title)


async def test_one_walks_along_what_waits_for_what(room: Room, ada: Actor) -> None:
    one, _, three, *_ = await chained(room, "spec", "code", "tests", "ship")
    side = await make(room.conn, room.board, title="docs")
    await dependencies.add_dependency(room.conn, side.id, one.id, actor=ADA)
    await tasks.done_task(room.conn, one.id, ADA)
    await dependencies.add_dependency(room.conn, side.id, three.id, "relates_to", actor=ADA)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await seen(desk, "spec")
        await desk.sees("5 tasks", "critical path 3: #5 → #6 → #7", "3 open without", "#4 ✓ spec")
        for key, title in (
            ("l", "code"),
            ("j", "docs"),
            ("k", "code"),
            ("right", "tests"),
            ("h", "code"),
            ("G", "ship"),
            ("left", "tests"),
            ("g", "spec"),
            ("down", "docs"),
            ("up", "code"),
            ("ctrl+d", "docs"),
            ("ctrl+u", "code"),
            ("n", "tests"),
            ("n", "ship"),
            ("n", "code"),
            ("exclamation_mark", "code"),
            ("space", "code"),
        ):
            await desk.press(key)
            assert under_cursor(desk) == title, key
        row = next(n for n, text in enumerate(desk.text.splitlines()) if "#7 ship" in text)
        at = desk.text.splitlines()[row].index("#7 ship")
        await desk.pilot.click(offset=(at + 1, row))
        assert under_cursor(desk) == "ship"
        await desk.pilot._post_mouse_events(
            [events.MouseScrollDown], page(desk).graph, offset=(5, 5)
        )
        await desk.until(lambda: under_cursor(desk) == "docs")
        await seen(desk, "code")
        await desk.press("z", "minus")
        await desk.sees("focus 1: 3 of 5")
        await desk.press("plus")
        await desk.sees("focus 2: 5 of 5")
        await desk.press("z", "full_stop")
        await desk.sees("done hidden", "+1")
        await desk.press("full_stop", "enter")
        await desk.sees("acceptance criteria", "code")
        await desk.press("J", "escape")
        await desk.until(lambda: isinstance(desk.app.page, GraphPage))
        assert under_cursor(desk) == "docs"
        await desk.sees("waits for ✓#4", "related to #6")
        await desk.press("escape")
        await desk.until(lambda: desk.app.current_mode == "board")


async def test_keys_act_on_the_task_under_the_cursor_and_changes_come_by_themselves(
    room: Room, ada: Actor
) -> None:
    made = await chained(room, "spec", "code")
    async with running(room.settings, ada) as desk:
        await seen(desk, "spec")
        await desk.until(lambda: desk.app.workspace.link == "live")
        await desk.press("C")
        await desk.sees("locked by you")
        await desk.press("p")
        await desk.sees("Priority of #4 spec")
        await desk.type("urgent")
        await desk.press("enter")
        await desk.sees("#4 ‼ spec")
        await desk.press("D")
        await desk.sees("#4 ✓ spec")
        assert (await row_of(room.conn, made[0].id))["status"] == "done"
        late = await make(room.conn, room.board, title="late", actor=ADA)
        await dependencies.add_dependency(room.conn, late.id, made[1].id, actor=ENG)
        await room.conn.commit()
        await desk.sees("late", "critical path 2: #5 → #6")
        assert under_cursor(desk) == "spec"
        await room.conn.execute("DELETE FROM tasks WHERE id = %s", (made[0].id,))
        await room.conn.commit()
        await desk.until(lambda: under_cursor(desk) == "code")
        await desk.press("m")
        await desk.sees("Move #5 code to", "Review")


async def test_it_is_of_a_task_of_its_board_or_of_the_project(room: Room, ada: Actor) -> None:
    made = await chained(room, "spec", "code", "tests")
    await chained(room, "one", "two")
    other = await make_board(room.conn, name="Other", project_id=room.board.project_id)
    far = await make(room.conn, other, title="far")
    await dependencies.add_dependency(room.conn, far.id, made[2].id, actor=ADA)
    further = await make(room.conn, other, title="further")
    await dependencies.add_dependency(room.conn, further.id, far.id, actor=ADA)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        desk.app.workspace.graph_of = made[1].id
        await desk.go_to("Graph")
        await desk.sees("GRAPH of #5", "5 tasks", "further")
        assert under_cursor(desk) == "code"
        await desk.press("w")
        await desk.sees("GRAPH of board Flow", "6 tasks")
        assert under_cursor(desk) == "code"
        await desk.press("l", "l")
        await desk.sees("on board Other")
        await desk.press("w")
        await desk.sees("GRAPH of acme", "7 tasks")
        await desk.press("l", "w")
        await desk.sees("GRAPH of #10", "5 tasks")
        await tasks.cancel_task(room.conn, made[0].id, ADA)
        await room.conn.execute("DELETE FROM tasks WHERE id = %s", (further.id,))
        await room.conn.commit()
        await desk.sees("GRAPH of board Flow")
        desk.app.workspace.graph_of = "task-gone"
        page(desk).meet_wish()
        await desk.told("task-gone")


async def test_where_nothing_waits_it_is_said_how_that_begins(room: Room, ada: Actor) -> None:
    async with running(replace(room.settings, ascii=True), ada, size=(80, 24)) as desk:
        await desk.go_to("Graph")
        await desk.sees("No task of this board waits for another", "0 tasks")
        await desk.press("h", "j", "n", "z", "plus", "space", "G", "ctrl+d", "enter")
        await desk.press("slash")
        await desk.told("no task in this graph")
        await desk.press("w")
        await desk.sees("No task of this project waits")
        await desk.press("c")
        await desk.told("no card is under the cursor")


@pytest.mark.parametrize(("width", "plain"), [(160, False), (80, True), (60, False)])
async def test_it_fits_whatever_tasks_are_called(
    room: Room, ada: Actor, width: int, plain: bool
) -> None:
    await chained(room, HOSTILE, "mild", HOSTILE)
    async with running(replace(room.settings, ascii=plain), ada, size=(width, 30)) as desk:
        await desk.go_to("Graph")
        await desk.sees("3 tasks", "mild", "? help")
        await desk.press("l", "slash")
        await desk.sees("Find in the graph")
        await desk.press("escape")
        strips = desk.app.screen._compositor.render_strips()
        assert {strip.cell_length for strip in strips} == {width}
        assert not {"\u202e", "\u200b", "\x1b"} & set(desk.text)
