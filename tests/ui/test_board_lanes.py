"""The board in lanes on a screen: what is seen of them, and what keys and mouse do there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.geometry import Offset

from genie_tui.domain.actors import Actor
from genie_tui.domain.lanes import Group
from genie_tui.domain.tasks import Priority, Tag
from genie_tui.services import tags
from tests.services.making import ENG, make
from tests.ui.boards import card
from tests.ui.running import Room
from tests.ui.running import running as dashboard
from tests.ui.test_board import BoardApp, running, until, wheel

TASKS = [
    *(card(n, stage="wish", assignees=("ann",)) for n in (1, 2, 3)),
    *(card(n, stage="wish", assignees=("bob",)) for n in (4, 5)),
    *(card(n, stage="build", assignees=("bob",)) for n in (6, 7, 8, 9)),
    card(10, stage="review"),
]


def heads(app: BoardApp) -> list[str]:
    """The lines of lanes, without the rules between."""
    lines = [line for line in app.lines()[3:-1] if line[0] in "├─"]
    return [
        " ".join(line.translate(dict.fromkeys(map(ord, "├┼┤─"), " ")).split()) for line in lines
    ]


async def test_lanes_stand_across_the_columns_with_their_counts_above_their_cards() -> None:
    async with running(*TASKS, group=Group.ASSIGNEE, size=(120, 40)) as (app, pilot):
        assert heads(app) == ["@ann 3 3", "@bob 6 2 4", "nobody 1 1"]
        lines = app.lines()
        ann, bob, nobody = (app.where(name).y for name in ("@ann 3", "@bob 6", "nobody"))
        assert lines[ann].startswith("├ @ann 3 ")
        assert lines[ann].endswith("┤")
        assert app.where("#6 ").y == app.where("#4 ").y == bob + 1
        assert app.where("#10 ").y == nobody + 1
        assert (bob - ann, nobody - bob) == (1 + 3 * 4, 1 + 4 * 4)
        # What is given to another goes there at once, and nothing else is painted wrong.
        app.change(replace(TASKS[0], assignees=("bob",)))
        await pilot.pause()
        assert heads(app) == ["@ann 2 2", "@bob 7 3 4", "nobody 1 1"]
        assert app.where("#1 ").y == app.where("#6 ").y


async def test_the_line_of_the_cursors_lane_stays_while_its_cards_scroll() -> None:
    async with running(*TASKS, group=Group.ASSIGNEE, size=(120, 12)) as (app, pilot):
        met = []
        for _ in range(5):
            assert app.view.cursor_card is not None
            met.append(app.view.cursor_card.seq)
            lane = f"@{app.view.cursor_card.assignees[0]} "
            assert app.where(lane).y < app.where(f"▌#{met[-1]} ").y
            await pilot.press("j")
            await pilot.pause()
        assert met == [1, 2, 3, 4, 5]
        assert app.lines()[3].startswith("├ @ann 3 ")
        assert app.shows("▲2")
        await pilot.press("l", "l")
        await pilot.pause()
        assert app.view.cursor_card is not None
        assert app.view.cursor_card.seq == 10
        await pilot.press("h", "g")
        await pilot.pause()
        assert app.view.cursor_card.seq == 6
        await pilot.press("ctrl+d", "G", "1", "dollar_sign", "0", "space")
        await pilot.pause()
        assert len(app.view.chosen) == 1


async def test_wheel_and_clicks_work_in_lanes() -> None:
    async with running(*TASKS, group=Group.ASSIGNEE, size=(120, 16)) as (app, pilot):
        await pilot.click(app.view, offset=app.where("#2 "))
        assert app.view.cursor_card == TASKS[1]
        first = app.lines()[4]
        app.view.post_message(wheel(Offset(30, 5)))
        await until(pilot, lambda: app.lines()[4] != first)
        assert app.lines()[3].startswith("├ @ann")
        for _ in range(4):
            app.view.post_message(wheel(Offset(30, 5)))
        await until(pilot, lambda: app.view.cursor_card not in TASKS[:3])
        place = app.where("#8 ")
        await pilot.double_click(app.view, offset=place)
        await until(pilot, lambda: bool(app.opened))
        assert app.opened == [TASKS[7]]
        await pilot.click(app.view, offset=(app.where("Review").x, 1))
        assert app.view.cursor_card == TASKS[9]


async def test_at_sixty_columns_lines_of_lanes_stand_between_the_cards() -> None:
    async with running(*TASKS, group=Group.ASSIGNEE, size=(60, 20)) as (app, pilot):
        assert [line.split()[1] for line in app.lines()[2:9]] == [
            "@ann", "task", "task", "task", "@bob", "task", "task",
        ]  # fmt: skip
        assert app.lines()[6].startswith("─ @bob 2 of 6 ──")
        await pilot.press("j", "j", "j", "l")
        await pilot.pause()
        assert app.view.cursor_card == TASKS[5]
        assert app.lines()[2].startswith("─ @bob 4 of 6 ──")


@pytest.mark.parametrize("ascii_", [False, True])
async def test_names_of_lanes_are_content_whatever_they_hold(ascii_: bool) -> None:
    names = [
        "[red]x[/red]",
        "\x1b[31mred",
        "宽字" * 40,
        "👩‍👩‍👧",
        "z\u200bw",
        "אבג",
        "y" * 100_000,
        "",
    ]
    tasks = [
        replace(
            card(n, stage="qa" if n == 2 else "wish"),
            tags=(Tag(id=str(n), name=name, color="#f00"),),
        )
        for n, name in enumerate(names)
    ]
    async with running(*tasks, group=Group.TAG, size=(160, 60), ascii=ascii_) as (app, pilot):
        for width in (160, 119, 80, 61, 60, 40):
            await pilot.resize_terminal(width, 60)
            await pilot.pause()
            lines = app.lines()
            assert {cell_len(line) for line in lines} == {width}
            assert not any("\x1b" in line for line in lines)
            assert app.shows("[red]x[/red]")


async def test_priorities_have_their_marks_and_unloaded_lanes_placeholders() -> None:
    tasks = [card(n, priority=list(Priority)[n % 4]) for n in range(200)]
    async with running(*tasks, group=Group.PRIORITY, size=(120, 20)) as (app, pilot):
        assert heads(app)[0].startswith("‼ urgent 50")
        app.answering = False
        await pilot.press("G")
        await pilot.pause()
        assert app.shows("↓ low 50")
        assert app.shows("·····")
        app.answering = True
        app.view.load(app.rows.window(app.view.spans()))
        await pilot.pause()
        assert app.shows("▌#199 ")


async def test_semicolon_goes_through_the_lanes_which_live_changes_keep_right(
    room: Room, ada: Actor
) -> None:
    first, second, _ = room.tasks
    child = await make(room.conn, room.board, "qa", title="a part")
    await room.conn.execute("UPDATE tasks SET parent_id = %s WHERE id = %s", (first.id, child.id))
    await room.conn.commit()
    async with dashboard(room.settings, ada, size=(150, 40)) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await desk.press("semicolon")
        await desk.sees("in lanes by assignee", "├ nobody 4 ")
        assert desk.under_cursor == "first"
        await desk.press("semicolon")
        await desk.sees("in lanes by priority", "├ ‼ urgent 1 ", "├ ↑ high 1 ", "├ normal 2 ")
        await desk.press("semicolon")
        await desk.sees("in lanes by tag", "├ no tag 4 ")
        await tags.tag(room.conn, second.id, "bug", ENG)
        await room.conn.commit()
        await desk.sees("├ Bug 1 ", "├ no tag 3 ")
        await desk.press("semicolon")
        await desk.sees("in lanes by parent", "├ #1 first 1 ", "├ no parent 3 ")
        await room.conn.execute("UPDATE tasks SET title = 'epic' WHERE id = %s", (first.id,))
        await room.conn.commit()
        await desk.sees("├ #1 epic 1 ")
    async with dashboard(room.settings, ada, size=(150, 40)) as desk:
        # They are remembered; after the last kind there are none.
        await desk.sees("├ #1 epic 1 ")
        await desk.press("semicolon")
        await desk.sees("in lanes by project", "├ acme 4 ")
        await desk.press("semicolon")
        await desk.until(lambda: "lanes" not in desk.text.split("\n")[1])
        assert desk.app.workspace.view.group is Group.NONE
