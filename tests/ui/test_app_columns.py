"""The board editor: every key on a real board, and what others do to it meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace

from textual.widgets import TextArea

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.services import boards, columns, templates
from genie_tui.ui.screens.board import BoardPage
from genie_tui.ui.widgets.line import Line
from genie_tui.ui.widgets.prompt import Choice, Prompt
from tests.services.making import BOB, column, make, make_board, rows
from tests.ui import hostile
from tests.ui.running import Desk, Room, running
from tests.ui.test_hostile import check


async def stored(room: Room, name: str = "") -> Board:
    """A board as it is committed now."""
    await room.conn.rollback()
    return await boards.find_board(room.conn, name or room.board.key)


def names(desk: Desk) -> list[str]:
    """The columns of the board that is shown."""
    place = desk.app.workspace.place
    return [column.name for column in place.board.columns] if place else []


async def send(desk: Desk, **values: str) -> None:
    """Put something into the fields of the prompt that is open, and send it."""
    await desk.until(lambda: isinstance(desk.app.screen, Prompt))
    for name, value in values.items():
        field = desk.app.screen.query_one(f"#{name}")
        if isinstance(field, TextArea):
            field.text = value
        else:
            assert isinstance(field, Line | Choice)
            field.value = value
    await desk.press("ctrl+s")


async def test_columns_are_added_changed_painted_and_moved(room: Room, ada: Actor) -> None:
    before = [column.name for column in room.board.columns]
    async with running(room.settings, ada, size=(160, 44)) as desk:
        await desk.press("E")
        await desk.sees("a person says when a task goes on", "Flow of acme", "3 tasks, 3 open")
        await desk.press("n")
        await send(desk, name="check", gate="agent")
        await desk.until(lambda: names(desk) == [before[0], "check", *before[1:]])
        # The cursor went along to the new one; it moves as often as it is told to.
        await desk.press("J", "J", "J")
        await desk.until(lambda: names(desk) == [*before[:4], "check", before[4]])
        await desk.press("J", "J")
        await desk.told("is the last already")
        await desk.press("K")
        await desk.until(lambda: names(desk)[4] == "check")
        await desk.press("w", *"3")
        await desk.press("enter")
        await desk.told("changed check: limit")
        await desk.sees("0/3")
        await desk.press("c")
        await desk.sees("Colour of check", "violet", "#8b5cf6")
        await desk.type("vio")
        await desk.press("enter")
        await desk.sees("#8b5cf6 violet")
        await desk.press("c")
        await desk.type("puce")
        await desk.press("enter")
        await desk.sees("'puce' is no colour", "write one as #rrggbb")
        await send(desk, color="#00FF7F")
        await desk.sees("#00ff7f")
        await desk.press("enter")
        await desk.sees("Edit check")
        await send(
            desk,
            name="verify",
            auto_advance="yes",
            action="/audit",
            on_fail="build",
            roles="ops, product owner",
            parallel="yes",
            transitions="advance=ship",
        )
        await desk.told("renamed check to verify, changed label, roles, action, on fail")
        await desk.sees("advance to ship", "ops, product owner", "several may work there")
        found = await stored(room)
        verify = found.column("verify")
        assert verify is not None
        assert (verify.gate, verify.auto_advance, verify.action) == ("agent", True, "/audit")
        assert (verify.on_fail, verify.roles, verify.color) == (
            "build",
            ("ops", "product owner"),
            "#00ff7f",
        )
        assert verify.parallel
        assert found.wip == {"verify": 3}


async def test_a_column_is_removed_after_asking_and_its_tasks_go_where_they_are_sent(
    room: Room, ada: Actor
) -> None:
    shared = await make_board(room.conn, name="Shared")
    await make(room.conn, shared, "draft", repo="/src/other", title="another project's")
    await room.conn.commit()
    async with running(replace(room.settings, board="Shared"), ada, size=(80, 24)) as desk:
        await desk.press("E")
        await desk.sees("Shared for all projects", "1 task, 1 open")
        await desk.press("j", "j", "j", "X")
        await desk.sees("Remove the column Qa?", "It holds no task.", "This cannot be undone.")
        await desk.press("enter")
        await desk.press("X", "y")
        await desk.told("removed qa; this cannot be undone")
        await desk.until(lambda: names(desk) == ["draft", "build", "review", "ship"])
        # A task that is not shown on the board here has to go somewhere, too.
        await desk.press("g", "X")
        await desk.sees("Remove Draft: its 1 task (1 open) move to")
        await desk.type("revi")
        await desk.press("enter")
        await desk.sees("Remove the column Draft?", "move to Review")
        await desk.press("y")
        await desk.told("removed draft; 1 task moved to review; this cannot be undone")
        await desk.until(lambda: names(desk) == ["build", "review", "ship"])
        # Tasks that come while it is asked are not left behind.
        await desk.press("g", "X")
        await desk.sees("It holds no task.")
        await make(room.conn, await stored(room, "Shared"), "build", title="late")
        await room.conn.commit()
        await desk.press("y")
        await desk.told("tasks have come into it meanwhile")
        await desk.press("e", "shift+tab")
        await desk.sees("Leads elsewhere")
        # What is wrong is seen though the prompt is higher than the screen.
        await send(desk, limit="x")
        await desk.sees("'x' is no number of tasks")
        await desk.press("escape", "G", "X", "y", "X", "enter", "y")
        await desk.until(lambda: names(desk) == ["build"])
        await desk.press("X")
        await desk.told("Build is the last column; add another first")
    found = await rows(room.conn, "SELECT stage FROM tasks WHERE board_id = %(id)s", id=shared.id)
    assert {row["stage"] for row in found} == {"build"}


async def test_boards_are_named_made_copied_kept_as_templates_and_deleted(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada, size=(120, 40)) as desk:
        await desk.press("W")
        await send(desk, limit="few")
        await desk.sees("'few' is no number of tasks")
        await send(desk, limit="1")
        await desk.told("changed draft: limit")
        await desk.sees("2/1!")
        await desk.press("E", "b")
        await desk.sees("The board Flow")
        await send(desk, name="Stream", description="what flows")
        await desk.told("changed the name and description of Stream")
        await desk.sees("acme/Stream", "what flows")
        await desk.press("T")
        await desk.sees("Keep the columns of Stream as a template")
        await desk.press("enter")
        await desk.told("kept as the template Stream, without its limits  (N offers it)")
        await desk.press("Z")
        await desk.told("Stream holds 3 tasks (3 open)")
        assert not desk.app.screen.is_modal
        await desk.press("Y")
        await send(desk, name="Twin")
        await desk.told("made the board Twin")
        await desk.sees("Twin of acme", "0/1", "no tasks")
        await desk.press("N")
        await desk.sees("New board", "Stream", "[software]")
        await send(desk, name="Next", columns="todo, doing")
        await desk.sees("a template and columns both say which columns")
        await send(desk, template="no template", owner="all projects")
        await desk.told("made the board Next")
        await desk.sees("Next for all projects", "doing")
        assert names(desk) == ["todo", "doing"]
        await desk.press("Z")
        await desk.sees("Delete the board Next?", "goes with its 2 columns")
        await desk.press("y")
        await desk.until(lambda: isinstance(desk.app.page, BoardPage))
        await desk.told("deleted the board Next; this cannot be undone")
        assert names(desk) != ["todo", "doing"]
    found = {board.name: board for board in await boards.list_boards(room.conn)}
    assert found["Twin"].wip == {"draft": 1}
    assert "Next" not in found
    kept = await templates.find_template(room.conn, "stream")
    assert [each.name for each in kept.columns] == ["draft", "build", "review", "qa", "ship"]


async def test_two_who_edit_at_once_hinder_each_other_only_in_the_same_field(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada, size=(120, 40)) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        # What was only looked at is no draft: by the next time it may be another's.
        await desk.press("E", "e")
        await desk.sees("Edit Draft")
        await desk.press("escape")
        await columns.edit_column(room.conn, room.board, "draft", action="/theirs", actor=BOB)
        await room.conn.commit()
        await desk.sees("/theirs")
        await desk.press("e")
        await columns.edit_column(room.conn, room.board, "draft", gate="agent", actor=BOB)
        await columns.add_column(room.conn, room.board, "more", actor=BOB)
        await room.conn.commit()
        await send(desk, label="Mine")
        await desk.told("changed draft: label")
        await desk.sees("Mine (draft)", "more")
        first = (await stored(room)).columns[0]
        assert (first.label, first.gate, first.action) == ("Mine", "agent", "/theirs")
        # In the same field, theirs is told of and what was typed stays; sent again, it stands.
        await desk.press("e")
        await columns.edit_column(room.conn, room.board, "draft", label="Theirs", actor=BOB)
        await room.conn.commit()
        await send(desk, label="Yours")
        await desk.sees("label is now 'Theirs'; send again to put yours there", "Yours")
        assert (await stored(room)).columns[0].label == "Theirs"
        await desk.press("ctrl+s")
        await desk.sees("Yours (draft)")
        await desk.press("b")
        await boards.edit_board(room.conn, await stored(room), name="Stream", actor=BOB)
        await room.conn.commit()
        await send(desk, name="Current")
        await desk.sees("name is now 'Stream'; send again")
        await desk.press("ctrl+s")
        await desk.sees("Current of acme")
        # What somebody has removed is said to be gone.
        await desk.press("G", "w")
        await columns.remove_column(room.conn, await stored(room), "more", actor=BOB)
        await room.conn.commit()
        await send(desk, limit="3")
        await desk.sees("more is gone; somebody has removed it")
        await desk.press("escape")
        gone = await stored(room)
        await room.conn.execute("DELETE FROM tasks")
        await boards.delete_board(room.conn, gone, BOB)
        await room.conn.commit()
        await desk.until(lambda: isinstance(desk.app.page, BoardPage))
        await desk.told("the board Current is gone")


async def test_stages_stay_as_they_are_and_read_only_writes_nothing(room: Room, ada: Actor) -> None:
    await room.conn.execute("UPDATE tasks SET board_id = NULL, column_id = NULL")
    await room.conn.commit()
    settings = replace(room.settings, board="type:software", read_only=False)
    async with running(settings, ada, size=(60, 36)) as desk:
        await desk.press("W")
        await desk.told("they have no limits")
        await desk.press("E")
        await desk.sees("the stages of a task type, which stay")
        for key in ("e", "J", "X", "n", "c", "w", "b", "Z"):
            await desk.press(key)
            assert "N makes a board" in desk.notice, key
        await desk.press("Y")
        await send(desk, name="Ours")
        await desk.sees("Ours of acme", "brainstorm")
        assert names(desk)[:2] == ["draft", "brainstorm"]
    # What cannot be seen is not edited.
    async with running(room.settings, ada, size=(60, 12)) as desk:
        await desk.press("E", "J")
        await desk.told("no room to show columns")
    async with running(replace(room.settings, read_only=True), ada) as desk:
        await desk.press("W")
        await desk.told("read-only")
        await desk.press("E")
        for key in ("n", "e", "J", "c", "w", "X", "b", "N", "Y", "T", "Z"):
            await desk.press(key)
            assert "read-only" in desk.notice, key


async def test_whatever_other_clients_have_stored_is_shown_and_can_be_edited(
    room: Room, ada: Actor
) -> None:
    many = await make_board(
        room.conn, *(column(f"stage-{number}") for number in range(60)), name="Many"
    )
    odd = [
        {"id": "same", "name": "one", "color": "rgb(1, 2, 3)", "label": hostile.TEXT},
        {"id": "same", "name": "two", "color": hostile.TEXT, "roles": [hostile.TEXT]},
        {"id": "same", "name": "two", "on_fail": "gone", "action": hostile.TEXT},
        {"name": hostile.TEXT[:90], "gate": 7, "transitions": [{"event": "a\nb", "target": "="}]},
        "no column at all",
    ]
    await room.conn.execute("DELETE FROM tasks")
    await room.conn.execute(
        "UPDATE boards SET columns = %s, description = %s WHERE id = %s",
        (json.dumps(odd), hostile.TEXT, room.board.id),
    )
    await room.conn.commit()
    async with running(room.settings, ada, size=(60, 36)) as desk:
        await desk.press("E")
        await desk.sees("4 columns", "one")
        for key in ("b", "e", "j", "e", "j", "e", "j", "e"):
            await desk.press(key)
            check(desk, f"the editor after {key}", 60)
            if desk.app.screen.is_modal:
                await desk.press("escape")
        # Two columns of one id are told apart by their names, where these differ.
        await desk.press("g", "j", "w", "7", "enter")
        await desk.told("changed two: limit")
        await desk.press("j", "w", "9", "enter")
        await desk.sees("another column has the id and the name of two")
        await desk.press("escape")
        assert (await stored(room)).wip == {"two": 7}
        await room.conn.execute("UPDATE boards SET columns = '[]' WHERE id = %s", (room.board.id,))
        await room.conn.commit()
        await desk.press("r")
        await desk.sees("this board has no columns yet")
        await desk.press("e")
        await desk.told("this board has no columns yet; n makes one")
        await desk.press("n")
        await send(desk, name="first")
        await desk.until(lambda: names(desk) == ["first"])
    async with running(replace(room.settings, board="Many"), ada, size=(120, 40)) as desk:
        await desk.press("E", "G")
        await desk.sees("60 columns", "60 ██  Stage-59")
        await desk.press("enter", *["tab"] * 6, *["left"] * 19)
        await desk.sees("[stage-40]", "< ")
        await desk.press("ctrl+s")
        await desk.told("changed stage-59: on fail")
    assert (await stored(room, many.key)).columns[-1].on_fail == "stage-40"
