"""The board editor: every key on a real board, and what others do to it meanwhile."""

from __future__ import annotations

from dataclasses import replace

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.services import boards, columns
from tests.services.making import BOB, make
from tests.ui.running import Desk, Room, running


async def stored(room: Room) -> Board:
    """The board as it is committed now."""
    await room.conn.rollback()
    return await boards.find_board(room.conn, room.board.key)


def names(desk: Desk) -> list[str]:
    """The columns of the board that is shown."""
    place = desk.app.workspace.place
    return [column.name for column in place.board.columns] if place else []


async def clear(desk: Desk, keys: int = 30) -> None:
    """Empty the field that is written in."""
    await desk.press(*["backspace"] * keys)


async def test_columns_are_added_changed_moved_and_removed(room: Room, ada: Actor) -> None:
    before = [column.name for column in room.board.columns]
    async with running(room.settings, ada, size=(160, 44)) as desk:
        await desk.press("E")
        await desk.sees("gate     human", "colour", "acme/Flow")
        await desk.press("n")
        await desk.type("check")
        await desk.press("tab", "tab", "right", "ctrl+s")
        await desk.until(lambda: names(desk) == [before[0], "check", *before[1:]])
        await desk.press("j", "J")
        await desk.until(lambda: names(desk)[2] == "check")
        await desk.press("w")
        await desk.type("3")
        await desk.press("enter")
        await desk.sees("limit    3")
        await desk.press("c")
        await desk.type("#00ff7f")
        await desk.press("enter")
        await desk.sees("#00ff7f")
        await desk.press("enter")
        await desk.sees("Edit check")
        await clear(desk, 5)
        await desk.type("verify")
        await desk.press("ctrl+s")
        await desk.until(lambda: names(desk)[2] == "verify")
        column = (await stored(room)).column("verify")
        assert column is not None
        assert (column.gate, column.color) == ("agent", "#00ff7f")
        await desk.press("K", "X", "y")
        await desk.until(lambda: names(desk) == before)
        # Tasks go along, to the column that is chosen.
        await desk.press("g", "X")
        await desk.sees("its 2 tasks go to")
        await desk.type("build")
        await desk.press("enter")
        await desk.until(lambda: names(desk) == before[1:])
        await desk.press("escape")
        await desk.sees("Build 3")


async def test_boards_are_renamed_made_kept_as_templates_and_deleted(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada, size=(120, 40)) as desk:
        await desk.press("W")
        await desk.type("1")
        await desk.press("enter")
        await desk.sees("2/1!")
        await desk.press("E", "b")
        await clear(desk)
        await desk.type("Stream")
        await desk.press("ctrl+s")
        await desk.sees("acme/Stream")
        await desk.press("T", "enter")
        await desk.until(lambda: not desk.app.screen.is_modal)
        await desk.press("Z", "y")
        await desk.told("3 tasks")
        await desk.press("N")
        await desk.sees("New board in acme")
        await desk.type("Next")
        await desk.press("tab", *["right"] * 9, "ctrl+s")
        await desk.sees("acme/Next")
        await desk.press("Z", "y")
        await desk.sees("acme/Stream")
        found = {board.name for board in await boards.list_boards(room.conn)}
        assert "Next" not in found
        assert "Stream" in found


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada, size=(120, 40)) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await desk.press("E", "e")
        await desk.sees("Edit Draft")
        await columns.edit_column(room.conn, room.board, "draft", label="Theirs", actor=BOB)
        await room.conn.commit()
        await desk.press("tab")
        await clear(desk)
        await desk.type("Mine")
        await desk.press("ctrl+s")
        await desk.sees("changed")
        await desk.press("escape")
        await desk.sees("Theirs")
        assert "Mine" not in desk.text


async def test_nothing_is_edited_of_what_is_made_up_or_read_only(room: Room, ada: Actor) -> None:
    await room.conn.execute("UPDATE tasks SET board_id = NULL, column_id = NULL")
    await room.conn.commit()
    settings = replace(room.settings, board="type:software", read_only=False)
    async with running(settings, ada, size=(60, 36)) as desk:
        await desk.press("E", "e")
        await desk.told("stages of a task type")
        await desk.press("escape", "W")
        await desk.told("they have no limits")
    async with running(replace(room.settings, read_only=True), ada) as desk:
        await desk.press("E", "n")
        await desk.told("read-only")


async def test_labels_that_are_meant_to_do_harm_are_harmless(room: Room, ada: Actor) -> None:
    evil = "[red]x[/] \x1b[31m\u202e漢字 " * 4
    await columns.edit_column(room.conn, room.board, "build", label="x", actor=ada)
    await room.conn.execute(
        "UPDATE boards SET columns = jsonb_set(columns, '{1,label}', to_jsonb(%s::text)),"
        " description = %s",
        (evil, evil),
    )
    await make(room.conn, room.board, "build", title="one")
    await room.conn.commit()
    async with running(room.settings, ada, size=(60, 36)) as desk:
        await desk.press("E", "j")
        await desk.sees("[red]x[/]", "name     build")
        assert "\x1b" not in desk.text
        assert "\u202e" not in desk.text
