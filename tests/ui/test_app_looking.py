"""Finding one's way: filter, boards, help, palette, screens, sizes, and text of any kind."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from psycopg import AsyncConnection
from textual import events
from textual.widgets import Input

from genie_tui.domain.actors import Actor
from genie_tui.services import conversations, projects, stages
from genie_tui.settings import Settings
from genie_tui.ui.burst import Burst
from genie_tui.ui.keymap import remap
from genie_tui.ui.screens import MAIN
from genie_tui.ui.screens.task import TaskPage
from genie_tui.ui.widgets.line import Line
from tests.services.making import an_agent, make, make_board
from tests.ui.running import PATIENCE, Desk, Room, running


async def shows(desk: Desk, *titles: str) -> None:
    """Wait until just these of the three tasks are on the board."""

    def just_these() -> bool:
        board = desk.page.board
        seen = {
            title
            for title in ("first", "second", "third")
            if any(title in board.render_line(y).text for y in range(board.size.height))
        }
        return seen == set(titles)

    await desk.until(just_these)


# The filter


async def test_the_board_is_filtered_as_one_types(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("slash")
        await desk.type("p:high")
        await shows(desk, "third")
        await desk.sees("filter: p:high", "1/3 tasks")
        await desk.press("enter", "l", "k")
        await desk.until(lambda: desk.under_cursor == "third")
        await desk.press("escape")
        await shows(desk, "first", "second", "third")
        await desk.until(lambda: "filter:" not in desk.text)


async def test_a_mistake_is_shown_where_it_is_and_the_last_good_filter_stays(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("slash")
        await desk.type("sec pp")
        await desk.sees("filter: sec pp ")
        await desk.type(":high")
        await desk.sees('no filter "pp:"')
        (line,) = [line for line in desk.text.splitlines() if line.startswith(" / ")]
        (under,) = [line for line in desk.text.splitlines() if "^^^^" in line]
        assert under.index("^") == line.index("pp:")
        await desk.sees("filter: sec pp ")
        await desk.press(*["backspace"] * len(" pp:high"))
        await shows(desk, "second")


async def test_escape_from_the_filter_brings_the_one_before_back(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("slash")
        await desk.type("third")
        await desk.press("enter", "slash")
        await desk.type("nothing")
        await shows(desk)
        await desk.press("escape")
        await shows(desk, "third")


async def test_a_change_that_the_filter_does_not_let_through_goes_from_the_board(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("slash")
        await desk.type("stage:draft")
        await desk.press("enter")
        await shows(desk, "first", "second")
        await stages.move_task(room.conn, room.tasks[0].id, "build", ada)
        await room.conn.commit()
        await shows(desk, "second")


# Boards


async def test_another_board_is_chosen_by_a_few_letters_of_its_name(room: Room, ada: Actor) -> None:
    other = await projects.ensure_project(room.conn, "/src/orbit", ada)
    board = await make_board(room.conn, name="Launch", project_id=other.id)
    await make(room.conn, board, "draft", title="ignite", repo="/src/orbit")
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.press("v")
        await desk.sees("acme/Flow", "orbit/Launch")
        await desk.type("lau")
        await desk.press("enter")
        await desk.sees("orbit/Launch", "ignite")
        await desk.press("n")
        await desk.type("land")
        await desk.press("enter")
        await desk.sees("land")


async def test_tasks_without_a_board_are_on_the_board_of_their_type(
    conn: AsyncConnection, settings: Settings, ada: Actor
) -> None:
    await make(conn, title="homeless")
    await conn.commit()
    async with running(replace(settings, project="acme"), ada) as desk:
        await desk.sees("homeless", "(no board)")


async def test_an_empty_database_shows_an_empty_board(settings: Settings, ada: Actor) -> None:
    async with running(settings, ada) as desk:
        await desk.sees("all projects/", "no card under the cursor")


async def test_a_board_that_is_not_there_is_said_and_another_one_shown(
    room: Room, ada: Actor
) -> None:
    async with running(replace(room.settings, board="Flwo"), ada) as desk:
        await desk.told("no board 'Flwo'")
        await desk.sees("Flow")


async def test_a_column_that_is_renamed_elsewhere_shows_its_new_name(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await room.conn.execute(
            "UPDATE boards SET columns = replace(columns::text, 'Draft', 'Ideas')::jsonb"
        )
        await room.conn.commit()
        await desk.press("r")
        await desk.sees("Ideas 2")


# Help, palette, screens


async def test_help_lists_the_live_keys_and_can_be_searched(room: Room, ada: Actor) -> None:
    settings = replace(room.settings, keys={"task.done": "ctrl+k"})
    async with running(settings, ada, size=(160, 48)) as desk:
        await desk.press("question_mark")
        await desk.sees("Force the lock open", "task.advance", "Everywhere")
        await desk.type("task.done")
        await desk.until(lambda: "Force the lock" not in desk.text)
        await desk.sees("ctrl-k")
        await desk.press("escape")
        await desk.sees("Draft 2")


async def test_the_palette_does_what_a_key_does(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("colon")
        await desk.until(lambda: desk.app.screen.is_modal)
        await desk.type("move to another")
        await desk.sees("task.move")
        await desk.press("down", "enter")
        await desk.sees("Move #1")


async def test_brackets_go_from_screen_to_screen_and_escape_back(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("right_square_bracket")
        await desk.sees("TRIAGE")
        await desk.press("right_square_bracket")
        await desk.sees("created by ada: second", "follows")
        await desk.press("escape")
        await desk.sees("Draft 2")
        await desk.go_to("Activity")
        await desk.sees("follows")


async def test_the_palette_finds_tasks_and_boards_by_name(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await an_agent(room.conn, "eng-9", "working")
        await room.conn.commit()
        for query, seen in (("#3", "#3 third"), ("cond", "#2 second"), ("Go to Tri", "Triage")):
            await desk.press("colon")
            await desk.until(lambda: desk.app.screen.is_modal)
            await desk.type(query)
            await desk.sees(seen)
            await desk.press("escape")
            await desk.until(lambda: not desk.app.screen.is_modal)
        await desk.press("colon")
        await desk.until(lambda: desk.app.screen.is_modal)
        await desk.type("#3")
        await desk.sees("#3 third")
        await desk.press("down", "enter")
        await desk.sees("acceptance criteria", "third")
        await desk.press("escape", "colon")
        await desk.until(lambda: desk.app.screen.is_modal)
        await desk.type("eng-9")
        await desk.until(lambda: "agent" in desk.text)
        await desk.press("down", "enter")
        await desk.until(lambda: desk.app.current_mode == "agents")
        await desk.sees("eng-9")


async def test_what_was_done_is_told_with_the_key_that_takes_it_back(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("C")
        await desk.told("#1 first: locked by ada, in progress  (u takes it back)")
        await desk.press("c")
        await desk.type("said")
        await desk.press("ctrl+s")
        await desk.sees("said")
        assert "takes it back" not in desk.notice


async def test_the_activity_loads_what_is_older_as_one_scrolls_up(room: Room, ada: Actor) -> None:
    for number in range(450):
        await conversations.comment(room.conn, room.tasks[0].id, f"remark {number}", ada)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.go_to("Activity")
        await desk.sees("remark 449")
        journal = desk.app.workspace.journal
        async with asyncio.timeout(PATIENCE):
            while not journal.complete:
                await desk.press("g")
        await desk.sees("message 450")
        await desk.press("g")
        await desk.sees("created by ada: first")
        assert len(journal) == 450 + 5


async def test_q_goes_back_and_quits_at_the_root(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("enter")
        await desk.until(lambda: isinstance(desk.app.screen, TaskPage))
        await desk.press("q")
        await desk.until(lambda: desk.app.screen is desk.page)
        await desk.press("q")
        await desk.until(lambda: not desk.app.is_running)


async def test_one_key_quits_from_wherever_one_is(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("c")
        await desk.type("half a")
        await desk.press("ctrl+q")
        await desk.until(lambda: not desk.app.is_running)


async def test_letters_typed_before_a_list_is_there_narrow_it_down(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        for key in ("v", "f", "l", "o"):
            desk.app.post_message(events.Key(key, key))
        await desk.until(lambda: [line.value for line in desk.app.screen.query(Line)] == ["flo"])


# Keys that are not meant


async def test_a_pasted_text_is_not_let_in_where_nothing_takes_it(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        desk.app.post_message(events.Paste("Deploy\nDone"))
        await desk.told("nothing takes a pasted text here")
        assert not desk.app.screen.is_modal


async def test_a_text_that_comes_as_keys_is_dropped_and_that_is_said(
    room: Room, ada: Actor
) -> None:
    keymap, _ = remap({})
    guard = Burst(keymap.guarded.__contains__, keymap.known.__contains__)
    async with running(room.settings, ada, burst=guard) as desk:
        for letter in "Deploy":
            desk.app.post_message(events.Key(letter, letter))
        await desk.told("6 keys came faster than anybody types")
        assert desk.page.board.cursor_card == room.tasks[0] or desk.under_cursor == "first"
        assert not desk.app.screen.is_modal


async def test_a_pasted_text_of_several_lines_is_kept_whole_in_a_title(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("n")
        desk.app.post_message(events.Paste("one\ntwo  three\n"))
        await desk.sees("one two three")


async def test_entries_of_tui_toml_that_cannot_be_had_are_said_and_the_rest_works(
    room: Room, ada: Actor
) -> None:
    keys = {"task.dnoe": "f8", "task.done": "l", "task.block": "f8"}
    settings = replace(room.settings, keys=keys, theme="sunset")
    async with running(settings, ada) as desk:
        await desk.told("did you mean task.done?")
        assert "task.done keeps D" in desk.notice
        assert "no theme 'sunset'" in desk.notice
        await desk.press("f8")
        await desk.sees("Block #1")


async def test_with_reduced_motion_nothing_blinks_or_flashes(room: Room, ada: Actor) -> None:
    async with running(replace(room.settings, reduced_motion=True), ada) as desk:
        await desk.press("L")
        await desk.told("takes it back")
        assert not desk.page.board._flashing
        await desk.press("slash")
        field = desk.app.focused
        assert isinstance(field, Input)
        assert not field.cursor_blink


async def test_another_screen_may_be_painted_as_soon_as_it_is_there(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada, size=(120, 40)) as desk:
        for _ in MAIN:
            await desk.app.action_cycle_screen(1)
            assert desk.app._batch_count == 0
