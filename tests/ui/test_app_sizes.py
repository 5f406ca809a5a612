"""The dashboard at every size, and with text of any kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from genie_tui.domain.actors import Actor
from genie_tui.services import conversations, stages
from tests.services.making import make
from tests.ui.running import Room, running

HOSTILE = (
    "[b]bold[/b] \x1b[31mred\x1b]0;title\x07 a\u202eb \N{PILE OF POO} 漢字 [@click=app.quit]x[/]"
)


# Sizes


@pytest.mark.parametrize(
    "size", [(200, 60), (160, 48), (120, 40), (109, 30), (80, 24), (70, 24), (60, 20), (100, 10)]
)
async def test_help_and_quit_are_in_sight_at_every_size(
    room: Room, ada: Actor, size: tuple[int, int]
) -> None:
    async with running(room.settings, ada, size=size) as desk:
        await desk.sees("? help", "q quit")
        lines = desk.text.splitlines()
        assert len(lines) == size[1]
        assert ("first" in desk.text) is (size[1] > 12)
        assert ("ACTIVITY" in desk.text) is (size[0] >= 110)


async def test_resizing_keeps_the_cursor_and_goes_on_live(
    room: Room, ada: Actor, eng: Actor
) -> None:
    async with running(room.settings, ada, size=(160, 48)) as desk:
        await desk.press("j")
        assert desk.under_cursor == "second"
        for width, height in ((100, 30), (70, 30), (60, 24), (90, 10), (160, 48)):
            await desk.pilot.resize_terminal(width, height)
            await desk.sees("? help")
            assert desk.under_cursor == "second"
        await conversations.comment(room.conn, room.tasks[1].id, "still here", eng)
        await room.conn.commit()
        await desk.sees("✎1", "still here")
        await desk.press("k")
        await desk.until(lambda: desk.under_cursor == "first")


async def test_keys_work_the_board_again_when_the_panel_they_went_to_has_no_room(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada, size=(160, 48)) as desk:
        await desk.press("tab")
        assert desk.app.focused is desk.page.panel
        await desk.pilot.resize_terminal(100, 30)
        await desk.until(lambda: desk.app.focused is desk.page.board)
        await desk.press("j")
        assert desk.under_cursor == "second"


async def test_where_there_is_no_room_for_cards_no_key_acts_on_one(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada, size=(100, 10)) as desk:
        await desk.sees("3 tasks")
        await desk.press("D")
        await desk.told("no card is under the cursor")


async def test_one_column_stands_over_agents_and_activity_where_it_is_narrow(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada, size=(60, 30)) as desk:
        await desk.press("C")
        await desk.sees("Draft 2 [H]  1/5", "agents", "you #1 first", "activity")
        await desk.press("l")
        await desk.sees("Build 1 [A»]  2/5")


# Text of any kind


async def test_text_that_users_wrote_is_never_markup_and_never_steers_the_terminal(
    room: Room, ada: Actor
) -> None:
    hostile = await make(
        room.conn,
        room.board,
        "draft",
        title=HOSTILE,
        priority="urgent",
        description=f"# {HOSTILE}\n\n{HOSTILE}",
        acceptance_criteria=f"- [ ] {HOSTILE}",
    )
    await conversations.comment(room.conn, hostile.id, HOSTILE, ada)
    await room.conn.commit()
    async with running(room.settings, ada, size=(160, 40)) as desk:
        await desk.press("j")
        await desk.sees("[b]bold[/b]", "✎1")
        for keys in (
            ("enter",),
            ("escape", "X"),
            ("c",),
            ("escape", "right_square_bracket"),
            ("right_square_bracket",),
        ):
            await desk.press(*keys)
            await desk.pilot.pause()
            strips = desk.app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {160}
            assert not any("\x1b" in strip.text or "\x07" in strip.text for strip in strips)
            assert not any("\u202e" in strip.text for strip in strips)


async def test_ascii_draws_with_plain_characters_alone(room: Room, ada: Actor) -> None:
    await stages.move_task(room.conn, room.tasks[0].id, "build", ada)
    await room.conn.commit()
    async with running(replace(room.settings, ascii=True), ada, size=(120, 40)) as desk:
        await desk.sees("draft -> build")
        for keys in (
            ("C",),
            ("enter",),
            ("escape", "n"),
            ("escape", "question_mark"),
            ("escape", "colon"),
        ):
            await desk.press(*keys)
            await desk.pilot.pause()
            odd = {letter for letter in desk.text if not letter.isascii()}
            assert odd == set(), keys
