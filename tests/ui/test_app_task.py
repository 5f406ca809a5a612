"""The screen of a task: every key of its sections, live, on a real database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.tasks import Task
from genie_tui.services import checkout, conversations, dependencies, messages, tasks
from genie_tui.ui.screens.task import TaskPage
from genie_tui.ui.screens.task_transcript import TranscriptSection
from genie_tui.ui.widgets.task_comments import TaskComments
from genie_tui.ui.widgets.task_links import TaskLinks
from genie_tui.ui.widgets.task_transcript import TaskTranscript
from tests.services.making import ADA, BOB, ENG, QA, expire, make, rows
from tests.ui.running import Desk, Room, running

T = TypeVar("T")


def shown(desk: Desk) -> TaskPage:
    """The screen of a task, which is on top."""
    page = desk.app.page
    assert isinstance(page, TaskPage)
    return page


async def opened(desk: Desk, task: Task, *keys: str) -> None:
    """Open a task, and press keys there."""
    await desk.until(lambda: desk.app.workspace.link == "live")
    desk.page.board.move_to(task.id)
    await desk.press("enter")
    await desk.sees("acceptance criteria")
    await desk.press(*keys)


def under(desk: Desk, kind: type[T], what: Callable[[T], object]) -> object:
    """Something of the list that has the focus."""
    focused = desk.app.focused
    return what(focused) if isinstance(focused, kind) else None


def said(desk: Desk) -> object:
    """What the comment under the cursor says."""
    return under(desk, TaskComments, lambda view: view.comment.body if view.comment else None)


def linked(desk: Desk) -> object:
    """The number of the linked task under the cursor."""
    return under(
        desk, TaskLinks, lambda view: view.item.card.seq if view.item and view.item.card else 0
    )


async def test_numbers_letters_and_tab_go_from_section_to_section(room: Room, ada: Actor) -> None:
    titles = ("Overview", "Comments", "Dependencies", "History", "Transcript", "Raw")
    async with running(room.settings, ada) as desk:
        await opened(desk, room.tasks[0])
        for number, title in enumerate(titles, start=1):
            await desk.press(str(number))
            await desk.sees(f"[{number} {title}]")
        await desk.sees("task-", "acceptance_criteria │", "null")
        await desk.press("l")
        await desk.sees("[1 Overview]", "waits for", "history")
        await desk.press("h", "h")
        await desk.sees("[5 Transcript]", "no session of an agent is known")
        await desk.press("tab", "tab", "tab")
        await desk.sees("[2 Comments]", "nobody has said anything yet")
        await desk.press("shift+tab")
        await desk.sees("[1 Overview]")
        await desk.press("4")
        await desk.sees("stages", "█ ", "#1 created by ada: first")
        await desk.press("J")
        await desk.sees("#2 second", "[4 History]", "#2 created by ada")
        await desk.press("K")
        await desk.sees("#1 first", "#1 created by ada")
        await desk.press("escape")
        await desk.until(lambda: desk.app.page is desk.page)


async def test_comments_are_answered_unfolded_written_anew_and_deleted_in_place(
    room: Room, ada: Actor
) -> None:
    task, conn = room.tasks[0], room.conn
    first = await conversations.comment(conn, task.id, "which branch?", ENG)
    thread = await messages.thread_of(conn, first.id, BOB)
    await messages.post(conn, thread, "mine, in a thread", BOB)
    await conversations.comment(conn, task.id, "long " * 600 + "the end", ENG)
    await conn.commit()
    async with running(room.settings, ada, size=(100, 40)) as desk:
        await opened(desk, task, "2")
        await desk.until(lambda: said(desk) and "long" in str(said(desk)))
        assert "the end" not in desk.text
        await desk.press("enter")
        await desk.until(lambda: "the end" in desk.text or desk.pilot.app.focused.go(1))  # type: ignore[union-attr]
        await desk.press("enter", "k")
        await desk.until(lambda: said(desk) == "mine, in a thread")
        await desk.press("greater_than_sign")
        await desk.sees("Reply to bob on #1", "> mine, in a thread")
        await desk.type("half")
        await desk.press("escape", "greater_than_sign")
        await desk.sees("half")
        await desk.type(" done")
        await desk.press("enter")
        await desk.sees("│ │ ada", "answers bob", "half done")
        await desk.press("w")
        await desk.told("somebody else's")
        await desk.press("j")
        await desk.until(lambda: said(desk) == "half done")
        # What comes in does not move what one reads.
        await conversations.comment(conn, task.id, "while you read", ENG)
        await conn.commit()
        await desk.sees("2 Comments 3")
        assert said(desk) == "half done"
        await desk.press("w")
        await desk.sees("Your comment", "half done")
        await desk.type(", all done")
        await desk.press("ctrl+s")
        await desk.sees("half done, all done", "edited")
        await desk.press("minus")
        await desk.sees("Delete your comment?")
        await desk.press("y")
        await desk.until(lambda: "all done" not in desk.text)
    found = await rows(conn, "SELECT body FROM messages WHERE sender_id = 'ada'")
    assert found == []


async def linked_room(room: Room) -> tuple[Task, Task, Task]:
    """Of three tasks the first waits for the second, and that for the third; and a lock on it."""
    one, two, three = room.tasks
    await checkout.checkout_task(room.conn, three.id, QA)
    await expire(room.conn, three.id)
    await dependencies.add_dependency(room.conn, one.id, two.id, actor=ADA)
    await dependencies.add_dependency(room.conn, two.id, three.id, actor=ADA)
    await room.conn.commit()
    return one, two, three


async def test_one_walks_along_links_and_comes_back(room: Room, ada: Actor) -> None:
    one, _, three = await linked_room(room)
    await room.conn.execute("UPDATE tasks SET parent_id = %s WHERE id = %s", [three.id, one.id])
    await room.conn.commit()
    async with running(room.settings, ada, size=(120, 40)) as desk:
        await opened(desk, one, "3")
        await desk.sees("critical path: 3 open, [#1] → #2 → #3", "STALE qa-1", "part of")
        await desk.press("j")
        await desk.until(lambda: linked(desk) == 3)
        await desk.press("enter")
        await desk.sees(
            "#3 third", "#1 → here", "critical path: 3 open, #1 → #2 → [#3]", "its parts"
        )
        await desk.until(lambda: linked(desk) == 2)
        await desk.press("enter")
        await desk.sees("#1 → #3 → here", "[#2]")
        await desk.press("escape")
        await desk.sees("[#3]", "#1 → here")
        await desk.press("escape")
        await desk.sees("[#1]")
        await desk.until(lambda: linked(desk) == 3)
        assert "→ here" not in desk.text
        # Whatever changes around the task shows.
        await tasks.done_task(room.conn, three.id, ada, override=True)
        await room.conn.commit()
        await desk.sees("critical path: 2 open, [#1] → #2", "✓ done")
        await desk.press("escape")
        await desk.until(lambda: desk.app.page is desk.page)


async def test_links_are_added_and_removed_and_a_circle_is_refused(room: Room, ada: Actor) -> None:
    one, _, three = await linked_room(room)
    far = await make(room.conn, title="far away", repo="/src/orbit")
    await room.conn.commit()
    async with running(room.settings, ada, size=(120, 40)) as desk:
        await opened(desk, three, "3")
        await desk.sees("holds up")
        await desk.press("plus")
        await desk.sees("Link #3 with", "#1 first")
        await desk.type("first")
        await desk.press("enter")
        await desk.sees("#3 waits for #1", "#3 is related to #1")
        await desk.press("enter")
        await desk.told("waits for #3 already")
        await desk.press("plus")
        await desk.sees("Link #3")
        await desk.type("far")
        await desk.sees("find elsewhere: far")
        await desk.press("enter")
        await desk.sees("#1 far away")
        await desk.press("enter")
        await desk.sees("#3 waits for orbit#1")
        await desk.type("holds")
        await desk.press("enter")
        await desk.told("#3 holds up orbit#1")
        await desk.sees("far away")
        assert await rows(
            room.conn,
            "SELECT dep_type FROM task_dependencies WHERE depends_on_id = %(id)s",
            id=far.id,
        ) == [{"dep_type": "blocks"}]
        await desk.sees("orbit#1 far away")
        await desk.press("G")
        await desk.until(lambda: linked(desk) == one.seq)
        await desk.press("minus")
        await desk.told("not linked to #3 itself")
        await desk.press("k", "minus")
        await desk.sees("Remove the link?", "#2 second waits for #3")
        await desk.press("y")
        await desk.told("no more: #2 second waits for #3")
        await desk.sees("critical path: 2 open, orbit#1 → [#3]")


async def fill_sessions(conn: AsyncConnection, task_id: str) -> None:
    """A long session, and a short one before it."""
    await conn.execute(
        "INSERT INTO sessions (id, agent_id, task_id, started_at) VALUES"
        " ('old', 'eng-2', %(task)s, now() - interval '1 day'), ('new', 'eng-1', %(task)s, now())",
        {"task": task_id},
    )
    await conn.execute(
        "INSERT INTO session_content (session_id, turn_index, role, tool_name, content, timestamp)"
        " SELECT 'new', n, 'tool', 'Bash', 'turn ' || n || E'\\n' || repeat('x ', 2000) || 'tail',"
        " now() FROM generate_series(0, 349) n UNION ALL"
        " SELECT 'old', 0, 'user', NULL, 'in the old one', now()"
    )
    await conn.commit()


async def test_a_transcript_is_loaded_as_one_scrolls_and_follows_what_comes(
    room: Room, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TranscriptSection, "AGAIN", 0.2)
    await fill_sessions(room.conn, room.tasks[0].id)

    def turns(desk: Desk) -> int:
        view = desk.app.focused
        assert isinstance(view, TaskTranscript)
        return sum(item.turn is not None for item in view.items)

    async with running(room.settings, ada, size=(100, 30)) as desk:
        await opened(desk, room.tasks[0], "5")
        await desk.sees("session 1 of 2: eng-1", "▸ Bash  turn 349")
        assert turns(desk) <= 200
        await desk.press("enter")
        await desk.until(lambda: "tail" in desk.text or desk.pilot.app.focused.go(1))  # type: ignore[union-attr]
        await desk.press("enter", "g")
        await desk.sees("▸ Bash  turn 0")
        assert turns(desk) <= 200
        await desk.press("G")
        await desk.sees("▸ Bash  turn 349")
        for _ in range(10):
            await desk.press("ctrl+u")
        await desk.until(lambda: turns(desk) > 100)
        await desk.press("G")
        await desk.sees("▸ Bash  turn 349")
        await room.conn.execute(
            "INSERT INTO session_content (session_id, turn_index, role, content, timestamp)"
            " VALUES ('new', 350, 'assistant', 'and it is done', now())"
        )
        await room.conn.commit()
        await desk.sees("and it is done")
        await desk.press("s")
        await desk.sees("Sessions", "eng-2")
        await desk.type("eng-2")
        await desk.press("enter")
        await desk.sees("session 2 of 2: eng-2", "in the old one")


async def test_a_reading_may_end_when_the_page_has_been_left_and_its_parts_are_gone(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        await opened(desk, room.tasks[0])
        page = desk.app.screen
        assert isinstance(page, TaskPage)
        section, backend = page.section, desk.app.workspace.backend
        assert backend is not None
        await section.remove_children()
        found, _ = await backend.task.task(room.tasks[0].id)
        await section.read(backend, replace(found, description="something else"))
        assert not section.children


async def test_a_box_is_ticked_and_the_lock_counts_down(room: Room, ada: Actor) -> None:
    task = await make(
        room.conn,
        room.board,
        "draft",
        title="to do",
        priority="urgent",
        acceptance_criteria="- [ ] one\n- [x] two",
    )
    await checkout.checkout_task(room.conn, task.id, ENG)
    await conversations.comment(room.conn, task.id, "beside it", ENG)
    await room.conn.commit()
    async with running(room.settings, ada, size=(160, 44)) as desk:
        await opened(desk, task)
        await desk.sees("acceptance criteria  1/2", "held by   ⚿ eng-1 9:5", "beside it")
        clock = next(line for line in desk.text.splitlines() if "held by" in line)
        await desk.until(lambda: clock not in desk.text)
        await desk.press("space", "space")
        await desk.sees("acceptance criteria  2/2", "☑ one")
        await desk.press("j", "space")
        await desk.told("open again: two")
        await desk.sees("☐ two")
        await desk.press("tab")
        await desk.until(lambda: said(desk) == "beside it")
        await desk.sees("[1 Overview]", "newest comments")
    found = await tasks.get_task(room.conn, task.id)
    assert found.acceptance_criteria == "- [x] one\n- [ ] two"
