"""Saved views: everybody's, by key, and gone to from anywhere."""

from __future__ import annotations

from dataclasses import replace

from genie_tui.domain.actors import Actor
from genie_tui.domain.tasks import Sort
from genie_tui.domain.views import View
from genie_tui.services import projects, tasks, views
from tests.services.making import BOB, make, make_board
from tests.ui.running import Room, running
from tests.ui.test_app_viewing import shown


async def test_a_view_is_saved_found_by_others_replaced_and_deleted(room: Room, ada: Actor) -> None:
    await tasks.done_task(room.conn, room.tasks[0].id, ada)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.press("full_stop", "s", "slash")
        await desk.type("p:normal,urgent")
        await desk.press("enter", "V")
        await desk.sees("Save this view of acme/Flow as")
        await desk.type("Morning [red]")
        await desk.press("enter")
        await desk.told("saved as Morning [red]  (v goes there)")
        await desk.sees("Morning [red] (by age, without done)", "filter: p:normal,urgent")
        await desk.press("full_stop")
        await desk.until(lambda: "Morning" not in desk.text.splitlines()[1])
        # What is there already is asked about.
        await desk.press("V", "ctrl+u")
        await desk.type("morning [RED]")
        await desk.press("enter")
        await desk.sees("Replace the view morning [RED]?", "p:normal,urgent  by age")
        await desk.press("y")
        await desk.sees("morning [RED] (by age)")
        await desk.press("v")
        await desk.sees("Views and boards", "acme/Flow")
        await desk.type("everything of mine")
        await desk.sees("Save this view as everything of mine")
        await desk.press("enter")
        await desk.told("saved as everything of mine")
    other = replace(room.settings, home=room.settings.home / "bob")
    async with running(other, BOB) as desk:
        await desk.sees("3 tasks")
        await desk.press("i")
        await desk.until(lambda: desk.app.current_mode == "triage")
        await desk.press("v")
        await desk.sees("morning [RED]", "p:normal,urgent  by age")
        await desk.type("morn")
        await desk.press("enter")
        await desk.sees("morning [RED] (by age)", "filter: p:normal,urgent", "2/3 tasks")
        await desk.until(lambda: shown(desk) == ["second", "first"])
        await desk.press("ctrl+r")
        await desk.sees("Rename a view")
        await desk.type("everything")
        await desk.press("enter")
        await desk.sees("Rename the view everything of mine")
        await desk.press("ctrl+u")
        await desk.type("mine")
        await desk.press("enter")
        await desk.until(lambda: not desk.app.screen.is_modal)
        await desk.press("ctrl+x")
        await desk.type("morn")
        await desk.press("enter")
        await desk.sees("Delete the view morning [RED]?")
        await desk.press("enter")
        await desk.press("ctrl+x")
        await desk.type("morn")
        await desk.press("enter")
        await desk.sees("Delete the view")
        await desk.press("y")
        await desk.told("the view morning [RED] is deleted")
        await desk.sees(" mine (by age)")
    assert [saved.name for saved in await views.list_views(room.conn)] == ["mine"]
    async with running(other, BOB) as desk:
        await desk.sees("mine (by age)", "filter: p:normal,urgent", "2/3 tasks")


async def test_a_view_of_another_board_is_gone_to_as_far_as_it_is_understood(
    room: Room, ada: Actor
) -> None:
    project = await projects.ensure_project(room.conn, "/src/orbit", ada)
    board = await make_board(room.conn, name="Launch", project_id=project.id)
    await make(room.conn, board, "draft", title="ignite", repo="/src/orbit")
    for name, filter_ in (("Countdown", "ign"), ("Odd", "zoom:3"), ("x" * 90, "\x1b[31m" * 99)):
        await views.save_view(
            room.conn, name, board_key=board.key, project_id=project.id, filter=filter_,
            view=View(sort=Sort.DUE), actor=ada,
        )  # fmt: skip
    await room.conn.commit()
    async with running(room.settings, ada, size=(60, 36)) as desk:
        await desk.press("v")
        await desk.sees("Countdown", "orbit/Launch  ign")
        await desk.type("count")
        await desk.press("enter")
        await desk.sees("ignite")
        assert str(desk.app.workspace.filter) == "ign"
        assert desk.app.workspace.saved_view is not None
        await desk.press("v")
        await desk.type("odd")
        await desk.press("enter")
        await desk.told('the filter of Odd is left out: no filter "zoom:"')
        assert desk.app.workspace.view == View(sort=Sort.DUE)
    async with running(replace(room.settings, read_only=True), ada) as desk:
        await desk.press("V")
        await desk.told("this is read-only")
        await desk.press("v")
        await desk.sees("Countdown")
        await desk.type("something else")
        await desk.sees("nothing like that")
