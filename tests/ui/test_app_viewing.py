"""How a board is looked at: its order, and what of it is hidden."""

from __future__ import annotations

from textual.events import MouseDown, MouseMove, MouseUp

from genie_tui.domain.actors import Actor
from genie_tui.services import dependencies, tasks
from tests.services.making import ENG, make
from tests.ui.running import Desk, Room, running


def shown(desk: Desk, column: str = "draft") -> list[str]:
    """The titles in a column, from the top."""
    store = desk.page.board._store
    id_ = next(c.id for c in desk.page.board._board.columns if c.name == column)
    cards = [store.card(id_, row) for row in range(store.count(id_) or 0)]
    return [card.title if card else "" for card in cards]


async def test_s_sorts_by_age_due_date_and_last_change(room: Room, ada: Actor) -> None:
    first, second, _ = room.tasks
    await room.conn.execute(
        "UPDATE tasks SET due_date = now() + interval '1 day' WHERE id = %s", (second.id,)
    )
    await room.conn.execute("UPDATE tasks SET created_at = now() - (10 - seq) * interval '1 h'")
    await room.conn.commit()
    third = await make(room.conn, room.board, "draft", title="newest", priority="low")
    await room.conn.commit()
    await tasks.set_priority(room.conn, first.id, "high", ENG)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.until(lambda: shown(desk) == ["first", "second", "newest"])
        await desk.press("s")
        await desk.sees("by age")
        await desk.until(lambda: shown(desk) == ["first", "second", "newest"])
        await desk.press("s")
        await desk.sees("by due")
        await desk.until(lambda: shown(desk) == ["second", "first", "newest"])
        await desk.press("s")
        await desk.sees("by updated")
        await desk.until(lambda: shown(desk)[0] == "first")
        await desk.until(lambda: desk.app.workspace.link == "live")
        await tasks.set_priority(room.conn, third.id, "normal", ENG)
        await room.conn.commit()
        await desk.until(lambda: shown(desk)[0] == "newest")
        await desk.press("s")
        await desk.until(lambda: shown(desk) == ["first", "second", "newest"])


async def test_what_is_done_or_blocked_is_hidden_and_shown_again(room: Room, ada: Actor) -> None:
    await tasks.done_task(room.conn, room.tasks[0].id, ada)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.until(lambda: shown(desk) == ["second", "first"])
        await desk.press("full_stop")
        await desk.sees("without done", "2/3 tasks")
        await desk.until(lambda: shown(desk) == ["second"])
        await desk.until(lambda: desk.app.workspace.link == "live")
        await tasks.block_task(room.conn, room.tasks[1].id, "no key", ada)
        await room.conn.commit()
        await desk.sees("⊘ blocked: no key")
        await desk.press("comma")
        await desk.until(lambda: shown(desk) == [])
        await desk.press("full_stop", "comma")
        await desk.until(lambda: len(shown(desk)) == 2)
        assert "without" not in desk.text


async def test_what_becomes_done_goes_out_of_sight_where_that_is_hidden(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("full_stop", "D")
        await desk.until(lambda: shown(desk) == ["second"])
        await desk.sees("2/3 tasks")


async def test_j_and_k_go_through_the_column_without_leaving_the_task(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("enter")
        await desk.sees("#1", "first", "acceptance criteria")
        await desk.press("J")
        await desk.sees("#2", "second")
        await desk.press("J")
        await desk.told("there is no further card")
        await desk.press("D")
        await desk.sees("done")
        await desk.press("escape")
        await desk.until(lambda: desk.under_cursor == "second")
        await desk.press("enter", "K")
        await desk.sees("#1", "first")


async def test_z_folds_a_column_away_and_opens_it_again(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada, size=(140, 30)) as desk:
        await desk.sees("#1 ‼ first")
        await desk.press("z")
        await desk.until(lambda: "first" not in desk.text.split("ACTIVITY")[0])
        assert desk.under_cursor == "third"
        await desk.press("h")
        assert desk.under_cursor == "third"
    async with running(room.settings, ada, size=(140, 30)) as desk:
        # It is remembered, and a number looks into it.
        assert desk.under_cursor == "third"
        await desk.press("1")
        assert desk.under_cursor == "first"
        await desk.press("l")
        assert desk.under_cursor == "third"
        await desk.press("1", "z", "l", "h")
        assert desk.under_cursor == "first"
        columns = len(desk.page.board._view.columns)
        await desk.press(*"z" * columns)
        assert desk.app.workspace.view.folded == ()


def drag(desk: Desk, *steps: tuple[type, int, int]) -> None:
    """Mouse events at cells of the screen."""
    for event, x, y in steps:
        made = event(None, x, y, 0, 0, 1, False, False, False)
        desk.app.screen._forward_event(made)


async def test_a_card_is_dragged_to_another_column(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada, size=(140, 30)) as desk:
        await desk.sees("#1 ‼ first", "Build")
        lines = desk.text.splitlines()
        y = next(n for n, line in enumerate(lines) if "#1 ‼ first" in line)
        build = next(line.index("Build") for line in lines if "Build" in line)
        drag(desk, (MouseDown, 5, y), (MouseMove, 8, y), (MouseMove, build, y))
        await desk.told("#1 to Build: let it go there, or press esc")
        await desk.press("escape")
        drag(desk, (MouseUp, build, y))
        await desk.pilot.pause()
        assert desk.under_cursor == "first"
        drag(desk, (MouseDown, 5, y), (MouseMove, build, y), (MouseUp, build, y))
        await desk.until(lambda: shown(desk, "build") == ["first", "third"])
        await desk.told("to build")


async def test_one_goes_along_dependencies_by_key_and_mouse(room: Room, ada: Actor) -> None:
    first, second, third = room.tasks
    for other in (second, third):
        await dependencies.add_dependency(room.conn, first.id, other.id, actor=ada)
    far = await make(room.conn, room.board, "qa", title="far away")
    await dependencies.add_dependency(room.conn, third.id, far.id, actor=ada)
    await room.conn.commit()
    async with running(room.settings, ada, size=(160, 30)) as desk:
        await desk.sees("⊘ waits #2 #3")
        await desk.press("less_than_sign")
        await desk.sees("#1 first waits for")
        await desk.type("third")
        await desk.press("enter")
        await desk.until(lambda: desk.under_cursor == "third")
        await desk.press("greater_than_sign")
        await desk.until(lambda: desk.under_cursor == "first")
        await desk.press("greater_than_sign")
        await desk.told("#1 holds up nothing")
        lines = desk.text.splitlines()
        y = next(n for n, line in enumerate(lines) if "⊘ waits #2 #3" in line)
        await desk.pilot.click(offset=(lines[y].index("#3"), y))
        await desk.until(lambda: desk.under_cursor == "third")
        # What the filter hides is shown in full.
        await desk.press("slash")
        await desk.type("!far")
        await desk.press("enter")
        await desk.sees("3/4 tasks")
        await desk.press("less_than_sign")
        await desk.sees("far away", "acceptance criteria")


async def test_d_shows_the_graph_of_the_task_under_the_cursor(room: Room, ada: Actor) -> None:
    first, second, third = room.tasks
    await dependencies.add_dependency(room.conn, first.id, third.id, actor=ada)
    await room.conn.commit()
    async with running(room.settings, ada, size=(160, 30)) as desk:
        await desk.sees("⊘ waits #3")
        await desk.press("d")
        await desk.sees("GRAPH", "of #1", "#3 ↑ third")
        assert f"#{second.seq} " not in desk.text.split("GRAPH")[1]
