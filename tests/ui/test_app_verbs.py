"""The verbs of a task: a key on the board, a row in the database, and back through the feed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest_asyncio
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.tasks import Task
from genie_tui.services import checkout, conversations, projects, stages, tasks
from genie_tui.settings import Settings
from tests.services.making import REPO, events, expire, make, make_board, row_of
from tests.ui.running import Desk, running


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A board with a task in draft and one in build, and a connection beside the dashboard's."""

    conn: AsyncConnection
    settings: Settings
    board: Board
    draft: Task
    build: Task

    async def row(self, task: Task) -> dict[str, object]:
        """A task's row as it is committed now."""
        await self.conn.rollback()
        return await row_of(self.conn, task.id)


@pytest_asyncio.fixture
async def floor(conn: AsyncConnection, settings: Settings, ada: Actor) -> Floor:
    project = await projects.ensure_project(conn, REPO, ada)
    board = await make_board(conn, project_id=project.id)
    draft = await make(conn, board, "draft", title="write it down")
    build = await make(conn, board, "build", title="build it")
    await conn.commit()
    return Floor(
        conn=conn,
        settings=replace(settings, project=project.name, board=board.name),
        board=board,
        draft=draft,
        build=build,
    )


async def goes_to(desk: Desk, label: str) -> None:
    """Wait until the cursor stands in a column."""

    def there() -> bool:
        column = desk.page.board.cursor_column
        return column is not None and column.label == label

    await desk.until(there)


async def test_advance_moves_the_card_and_the_cursor_goes_along(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        assert desk.under_cursor == "write it down"
        await desk.press("L")
        await goes_to(desk, "Build")
        assert desk.under_cursor == "write it down"
        assert (await floor.row(floor.draft))["stage"] == "build"


async def test_a_change_by_somebody_else_shows_without_a_key(
    floor: Floor, ada: Actor, eng: Actor
) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await stages.move_task(floor.conn, floor.build.id, "qa", eng)
        await floor.conn.commit()
        await desk.sees("#2 build → qa by")
        assert desk.under_cursor == "write it down"


async def test_an_agents_gate_is_overridden_only_after_asking(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("2", "L")
        await desk.sees("Cancel", "agent")
        for key in ("L", "enter"):
            await desk.press(key)
        await desk.until(lambda: not desk.app.screen.is_modal)
        assert (await floor.row(floor.build))["stage"] == "build"
        await desk.press("L")
        await desk.sees("Cancel")
        await desk.press("y")
        await goes_to(desk, "Review")
        assert (await floor.row(floor.build))["stage"] == "review"


async def test_a_word_that_waits_for_the_other_sides_is_said(floor: Floor, ada: Actor) -> None:
    await stages.move_task(floor.conn, floor.build.id, "review", ada)
    await floor.conn.commit()
    async with running(floor.settings, ada) as desk:
        await desk.press("3", "L")
        await desk.told("waits for an agent")
        await desk.sees("waits agent")
        await desk.press("j")
        assert desk.notice == ""


async def test_what_is_refused_stays_in_words_until_the_next_key(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("R")
        await desk.told("is not locked")
        await desk.sees("is not locked")
        await desk.press("j")
        assert desk.notice == ""


async def test_send_back_asks_for_a_reason_which_becomes_a_comment(
    floor: Floor, ada: Actor
) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("2", "H")
        await desk.sees("Send back")
        await desk.type("not yet")
        await desk.press("enter")
        await goes_to(desk, "Draft")
        assert desk.under_cursor == "build it"
        (said,) = await conversations.comments(floor.conn, floor.build.id)
        assert said.body == "not yet"


async def test_send_back_needs_no_reason(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("2", "H", "enter")
        await goes_to(desk, "Draft")
        assert (await floor.row(floor.build))["stage"] == "draft"


async def test_checkout_takes_the_lock_and_release_gives_it_back(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("C")
        await desk.sees("you  9:5")
        assert (await floor.row(floor.draft))["checkout_run_id"] == ada.run_id
        await desk.press("R")
        await desk.until(lambda: "you  9:5" not in desk.text)
        assert (await floor.row(floor.draft))["checkout_run_id"] is None


async def test_a_live_lock_is_taken_only_after_asking(floor: Floor, ada: Actor, eng: Actor) -> None:
    await checkout.checkout_task(floor.conn, floor.draft.id, eng)
    await floor.conn.commit()
    async with running(floor.settings, ada) as desk:
        await desk.press("C")
        await desk.sees("Cancel", "Take it")
        await desk.press("escape", "C")
        await desk.sees("Take it")
        assert (await floor.row(floor.draft))["checkout_run_id"] == eng.run_id
        await desk.press("y")
        await desk.sees("you  9:5")
        assert (await floor.row(floor.draft))["checkout_run_id"] == ada.run_id


async def test_an_expired_lock_is_taken_over_at_once(floor: Floor, ada: Actor, eng: Actor) -> None:
    await checkout.checkout_task(floor.conn, floor.draft.id, eng)
    await expire(floor.conn, floor.draft.id)
    await floor.conn.commit()
    async with running(floor.settings, ada) as desk:
        await desk.sees("STALE eng-1")
        await desk.press("C")
        await desk.sees("you  9:5")


async def test_a_lock_is_forced_open_only_after_asking(
    floor: Floor, ada: Actor, eng: Actor
) -> None:
    await checkout.checkout_task(floor.conn, floor.draft.id, eng, timeout=timedelta(hours=1))
    await floor.conn.commit()
    async with running(floor.settings, ada) as desk:
        await desk.press("X")
        await desk.sees("Force the lock", "eng-1 holds it")
        await desk.press("X")
        await desk.sees("Force the lock")
        await desk.press("y")
        await desk.until(lambda: "locked by eng-1" not in desk.text)
        assert await events(floor.conn, floor.draft.id) == ["checkout", "unlocked"]


async def test_where_nobody_holds_a_task_there_is_no_lock_to_force(
    floor: Floor, ada: Actor
) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("X")
        await desk.told("there is no lock to force")


async def test_done_asks_where_children_are_open(floor: Floor, ada: Actor) -> None:
    await make(floor.conn, floor.board, "draft", title="a part of it", parent_id=floor.draft.id)
    await floor.conn.commit()
    async with running(floor.settings, ada) as desk:
        await desk.press("D")
        await desk.sees("open children", "Cancel")
        await desk.press("enter")
        assert (await floor.row(floor.draft))["status"] == "ready"
        await desk.press("D")
        await desk.sees("open children")
        await desk.press("y")
        await desk.sees("✓ write it down")


async def test_block_asks_for_a_reason_and_the_same_key_unblocks(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("b", "enter")
        await desk.sees("The reason is missing")
        await desk.type("no key")
        await desk.press("enter")
        await desk.sees("⊘ blocked: no key")
        await desk.press("b")
        await desk.until(lambda: "blocked" not in desk.text.partition("ACTIVITY")[0])
        await desk.until(lambda: desk.page.board.cursor_card.status == "ready")  # type: ignore[union-attr]


async def test_a_comment_is_counted_and_shown_as_the_last(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("c")
        await desk.type("looks good")
        await desk.press("enter")
        await desk.sees("✎1", 'last: ada: "looks good"')


async def test_a_comment_can_have_several_lines(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("c")
        await desk.type("one")
        await desk.press("ctrl+j")
        await desk.type("two")
        await desk.press("enter")
        await desk.sees("✎1")
        (said,) = await conversations.comments(floor.conn, floor.draft.id)
        assert said.body == "one\ntwo"


async def test_move_to_goes_to_the_column_that_is_chosen(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("m")
        await desk.sees("Move #1", "Review")
        await desk.type("qa")
        await desk.press("enter")
        await goes_to(desk, "Qa")
        assert (await floor.row(floor.draft))["stage"] == "qa"


async def test_a_new_task_stands_in_the_column_of_the_cursor(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("2", "n")
        await desk.sees("New task in Build")
        await desk.type("fresh")
        await desk.press("tab", "left", "tab")
        await desk.type("why")
        await desk.press("enter")
        await desk.type("not")
        await desk.press("ctrl+s")
        await desk.until(lambda: desk.under_cursor == "fresh")
        card = desk.page.board.cursor_card
        assert card is not None
        made = await tasks.get_task(floor.conn, card.id)
        assert (made.stage, made.priority, made.description) == ("build", "high", "why\nnot")
        assert (made.repo_path, made.board_id) == (REPO, floor.board.id)


async def test_a_title_is_needed_and_what_was_typed_is_kept_when_cancelled(
    floor: Floor, ada: Actor
) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("n", "enter")
        await desk.sees("Title is missing")
        await desk.type("half a")
        await desk.press("escape", "n")
        await desk.sees("half a")
        await desk.type(" title")
        await desk.press("enter")
        await desk.sees("half a title")
        await desk.press("n")
        await desk.sees("New task in")
        assert "half a title" not in desk.text.partition("New task in")[2]


async def test_undo_says_what_it_would_do_and_redo_does_it_again(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("L")
        await goes_to(desk, "Build")
        await desk.press("u")
        await desk.sees("Undo your last change?", "#1 write it down: to draft")
        await desk.press("y")
        await desk.told("undone: #1")
        assert (await floor.row(floor.draft))["stage"] == "draft"
        await desk.press("ctrl+y")
        await desk.told("done again")
        assert (await floor.row(floor.draft))["stage"] == "build"


async def test_where_nothing_was_changed_there_is_nothing_to_undo(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("u")
        await desk.told("nothing that can be undone")
        await desk.press("ctrl+y")
        await desk.told("nothing was undone")


async def test_read_only_writes_nothing_and_says_so(floor: Floor, ada: Actor) -> None:
    async with running(replace(floor.settings, read_only=True), ada) as desk:
        await desk.sees("read-only")
        for key in ("L", "H", "C", "R", "X", "D", "n", "m", "c", "b", "u", "ctrl+y"):
            await desk.press(key)
            assert "this is read-only" in desk.notice, key
            assert not desk.app.screen.is_modal
        assert await events(floor.conn, floor.draft.id) == []


async def test_the_verbs_work_on_the_task_screen_and_show_there(floor: Floor, ada: Actor) -> None:
    async with running(floor.settings, ada) as desk:
        await desk.press("enter")
        await desk.sees("waits for", "history", "nobody has said anything yet")
        await desk.press("C")
        await desk.sees("locked by you")
        await desk.press("c")
        await desk.type("on it")
        await desk.press("enter")
        await desk.sees("on it")
        await desk.press("L")
        await desk.sees("to build by ada")
        await desk.press("escape")
        await goes_to(desk, "Build")
