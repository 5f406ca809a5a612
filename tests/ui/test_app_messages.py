"""Messages: everything that is said, what is unread of it, and saying something oneself."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from genie_tui.domain.actors import Actor
from genie_tui.domain.inbox import Talk
from genie_tui.services import chat, conversations, groups, mail, messages
from genie_tui.ui.screens.messages import MessagesPage
from genie_tui.ui.screens.task import TaskPage
from tests.services.making import BOB, ENG, QA, REPO, rows
from tests.ui import hostile
from tests.ui.running import PATIENCE, Desk, Room, running

MARKS = "SELECT kind, target, last_read_id FROM tui_read_marks WHERE actor_id = 'ada'"
SAID = "SELECT sender_id, body, reply_to_id FROM messages ORDER BY id"


def page(desk: Desk) -> MessagesPage:
    """The screen that is shown."""
    found = desk.app.page
    assert isinstance(found, MessagesPage)
    return found


def talks(desk: Desk) -> dict[str, Talk]:
    """The talks that are listed."""
    return {talk.title: talk for talk in page(desk).talks.items}


def under(desk: Desk) -> str:
    """The title of the talk under the cursor."""
    item = page(desk).talks.item
    return item.title if item else ""


def pointed(desk: Desk) -> str:
    """What was said, under the cursor."""
    remark = page(desk).talk_log.remark
    return remark.body if remark else ""


async def lands(desk: Desk, title: str, body: str) -> None:
    """Wait until the cursors are on a talk and on what was said in it."""
    await desk.until(lambda: (under(desk), pointed(desk)) == (title, body))


async def to_messages(desk: Desk) -> None:
    """Go there, once what happens is heard of."""
    await desk.until(lambda: desk.app.workspace.link == "live")
    await desk.app.action_show_screen("messages")


async def test_what_is_said_is_counted_in_every_header_and_read_by_looking(
    room: Room, ada: Actor
) -> None:
    conn, (task, *_) = room.conn, room.tasks
    async with running(room.settings, ada, size=(160, 44)) as desk:
        await to_messages(desk)
        await desk.sees("nobody has said anything yet", "n writes to somebody")
        await desk.press("escape")
        await conversations.comment(conn, task.id, "tests green", ENG)
        await mail.send(conn, "ada", "the branch is up", QA, repo_path=REPO)
        await conn.commit()
        await desk.sees("Messages 2", "Draft 2")
        await desk.app.action_show_screen("messages")
        await desk.until(lambda: {t: k.unread for t, k in talks(desk).items()} in (
            {"#1 first": 1, "qa-1": 0}, {"#1 first": 0, "qa-1": 1}
        ))  # fmt: skip
        await desk.until(lambda: desk.app.workspace.unread == 1)
        await desk.press("j")
        await desk.until(lambda: not desk.app.workspace.unread)
        assert [row["kind"] for row in await rows(conn, MARKS)] == ["conversation"]
        assert await rows(conn, "SELECT read FROM mailbox") == [{"read": True}]
        await conn.commit()

        # What comes while somebody looks has been seen; what comes elsewhere is told.
        await desk.press("G")
        first = under(desk)
        group = await groups.create_group(conn, "Release", [ada], BOB)
        await messages.post(conn, group, "when do we ship, @ada?", BOB)
        await chat.post(conn, "core", "staging is back", QA, repo_path=REPO)
        await conn.commit()
        await desk.sees("Release", "core", "@●1", "Unread")
        await desk.until(lambda: desk.app.workspace.unread == 2)
        assert under(desk) == first
        while under(desk) != "Release":
            await desk.press("k")
        await desk.sees("bob", "1 new", "names you")
        await desk.until(lambda: not talks(desk)["Release"].unread)
        assert page(desk).talks.group(talks(desk)["Release"]) == "Unread"
        said = await messages.post(conn, group, "on Friday?", BOB)
        await conn.commit()
        await desk.sees("on Friday?", "follows")
        async with asyncio.timeout(PATIENCE):
            while said.id not in [row["last_read_id"] for row in await rows(conn, MARKS)]:
                await conn.commit()
        await desk.until(lambda: desk.app.workspace.unread == 1)

        # Whoever looks at another window has seen nothing.
        desk.app.app_focus = False
        await messages.post(conn, group, "hello?", BOB)
        await conn.commit()
        await desk.sees("hello?", "1 new")
        await desk.until(lambda: desk.app.workspace.unread == 2)
        desk.app.app_focus = True
        await desk.until(lambda: desk.app.workspace.unread == 1)

        # The same by keys.
        await desk.press("tab", "k", "U")
        await desk.told("unread from here on")
        await desk.until(lambda: talks(desk)["Release"].unread == 2)
        await desk.press("M")
        await desk.told("3 marked as read")
        await desk.until(lambda: not desk.app.workspace.unread)


async def test_one_writes_answers_and_answers_in_a_thread(room: Room, ada: Actor) -> None:
    conn, (task, *_) = room.conn, room.tasks
    said = await conversations.comment(conn, task.id, "Behind a flag?", ENG)
    news = await groups.create_group(conn, "News", [ada], BOB)
    await groups.set_role(conn, news, ada, "read_only", BOB)
    await conn.commit()
    async with running(room.settings, ada, size=(120, 40)) as desk:
        await to_messages(desk)
        await desk.sees("Behind a flag?")
        await desk.press("enter", "c")
        await desk.sees("Write to #1 first")
        await desk.type("Why?")
        await desk.press("enter")
        await desk.sees("Why?", "follows")
        assert pointed(desk) == "Why?"
        await desk.press("k", "a")
        await desk.sees("Answer eng-1", "Behind a flag?")
        await desk.type("No")
        await desk.press("enter")
        await desk.sees('answering eng-1: "Behind a flag?"')
        assert (await rows(conn, SAID))[-1] == {
            "sender_id": "ada", "body": "No", "reply_to_id": said.id,
        }  # fmt: skip
        await conn.commit()
        await desk.press("g", "t")
        await desk.sees("In a thread, answer eng-1")
        await desk.type("aside")
        await desk.press("enter")
        await desk.until(lambda: under(desk) == "eng-1: Behind a flag?")
        await desk.until(lambda: pointed(desk) == "aside")
        await desk.press("p")
        await desk.sees("1 reply in a thread")
        await desk.until(lambda: pointed(desk) == "Behind a flag?")
        await desk.press("tab", "tab", "enter")
        await desk.until(lambda: pointed(desk) == "aside")
        await desk.press("o")
        await desk.until(lambda: isinstance(desk.app.page, TaskPage))
        await desk.press("escape")

        # Who may only read is told so, and keeps what they typed.
        await desk.until(lambda: desk.app.screen is desk.app.page)
        await desk.press("escape")
        await desk.until(lambda: page(desk).focused is page(desk).talks)
        page(desk).talks.move_to(talks(desk)["News"].key)
        await desk.sees("you may only read here")
        await desk.press("o")
        await desk.told("about no task")
        await desk.press("c")
        await desk.type("me too")
        await desk.press("enter")
        await desk.sees("may only read there", "me too")
        await desk.press("escape", "c")
        await desk.sees("me too")


async def test_one_begins_a_talk_of_any_kind(room: Room, ada: Actor) -> None:
    conn = room.conn
    await conn.execute(
        "INSERT INTO teams (name, repo, worktree_path) VALUES ('core', '/src/acme', '/tmp')"
    )
    await conn.execute("INSERT INTO task_actors VALUES (%s, 'local', 'qa-1', 'assignee')",
                       (room.tasks[0].id,))  # fmt: skip
    await conn.commit()
    async with running(room.settings, ada, size=(120, 40)) as desk:
        await to_messages(desk)
        for way, whom, shown in (
            ("d", "qa-1", "Direct message to qa-1"),
            ("ma", "zoe", "Mail to zoe"),
            ("ch", "core", "Team chat of core"),
        ):
            await desk.press("n")
            await desk.sees("in what way")
            await desk.type(way)
            await desk.press("enter")
            await desk.sees("a name")
            await desk.type(whom[:3])
            await desk.press("enter")
            await desk.sees(shown)
            await desk.type(way)
            await desk.press("enter")
            await lands(desk, whom, way)
        await desk.press("n")
        await desk.sees("in what way")
        await desk.type("g")
        await desk.press("enter")
        await desk.sees("New group")
        await desk.type("R")
        await desk.press("tab")
        await desk.type("a,b")
        await desk.press("tab")
        await desk.type("hi")
        await desk.press("ctrl+s")
        await desk.until(lambda: pointed(desk) == "hi")
        await desk.sees("with a, b")
        assert await rows(conn, "SELECT to_worker, repo_path FROM mailbox") == [
            {"to_worker": "zoe", "repo_path": REPO}
        ]
        assert [r["repo_path"] for r in await rows(conn, "SELECT repo_path FROM team_chat")] == [
            REPO
        ]
        assert desk.app.workspace.unread == 0
        # A letter is answered to whoever wrote it, also one between others.
        await mail.send(conn, "eng-1", "take this", QA, repo_path=REPO)
        await conn.commit()
        await desk.sees("eng-1 and qa-1")
        page(desk).talks.move_to(talks(desk)["eng-1 and qa-1"].key)
        await desk.until(lambda: pointed(desk) == "take this")
        await desk.press("c")
        await desk.told("between others")
        await desk.press("t")
        await desk.told("have no threads")
        await desk.press("a")
        await desk.sees("Answer qa-1")
        await desk.type("ok")
        await desk.press("enter")
        await desk.until(lambda: pointed(desk) == "ok")
        sent = await rows(conn, "SELECT to_worker FROM mailbox WHERE body = 'ok'")
        assert sent == [{"to_worker": "qa-1"}]


async def test_words_are_found_and_gone_to_among_what_was_said_around_them(
    room: Room, ada: Actor
) -> None:
    conn, (task, other, *_) = room.conn, room.tasks
    for number in range(120):
        await conversations.comment(conn, task.id, f"number {number}", ENG)
        await conn.commit()
    await conversations.comment(conn, other.id, "number of tokens", QA)
    await conn.commit()
    async with running(room.settings, ada, size=(60, 30)) as desk:
        await to_messages(desk)
        await desk.until(lambda: "#1 first" in talks(desk))
        await desk.press("slash")
        await desk.sees("type a word that was said")
        await desk.type("number 7")
        await desk.sees("number 7 ", "number 70", "#1 first")
        await desk.press("enter", "G")
        assert page(desk).found.item is not None
        await desk.press("enter")
        await desk.until(lambda: pointed(desk) == "number 7")
        await desk.sees("number 12", "newer")
        assert page(desk).focused is page(desk).talk_log
        await desk.press("g")
        await desk.until(lambda: pointed(desk) == "number 0")
        await desk.press("G")
        await desk.until(lambda: pointed(desk) == "number 119")
        await desk.sees("follows")
        await desk.press("ctrl+u", "ctrl+u", "ctrl+d", "j")
        while pointed(desk) != "number 0":
            await desk.press("g")
        assert [r.body for r in page(desk).talk_log.remarks] == [f"number {n}" for n in range(120)]
        await conversations.comment(conn, task.id, "the newest", ENG)
        await conn.commit()
        await desk.sees("1 new")
        await desk.press("f")
        await desk.sees("the newest", "follows")
        await desk.press("f")
        await desk.sees("stands still")
        await desk.press("y")
        await desk.told("clipboard")
        await desk.press("escape")
        await desk.sees("Unread", "#2 second")
        await desk.press("s")
        await desk.told("the newest first")
        assert "Unread" not in desk.text
        await desk.press("slash")
        await desk.sees("number 70")
        await desk.press("escape", "escape")
        await desk.until(lambda: desk.app.current_mode == "board")


async def test_who_only_looks_marks_nothing(room: Room, ada: Actor) -> None:
    await mail.send(room.conn, "ada", "a letter", ENG, repo_path=REPO)
    await conversations.comment(room.conn, room.tasks[0].id, "a word", ENG)
    await room.conn.commit()
    settings = replace(room.settings, read_only=True)
    async with running(settings, ada, size=(120, 30)) as desk:
        await to_messages(desk)
        await desk.sees("Messages 2", "1 new")
        for key in ("c", "a", "t", "n", "M", "U"):
            await desk.press(key)
            await desk.told("read-only")
        await desk.pilot.pause(0.7)
        assert await rows(room.conn, "SELECT read FROM mailbox") == [{"read": False}]
        assert await rows(room.conn, MARKS) == []


async def test_what_is_meant_to_do_harm_is_shown_harmlessly_and_read_to_its_end(
    room: Room, ada: Actor
) -> None:
    conn, width = room.conn, 60
    await hostile.fill(conn, room.tasks[0].id)
    dm = await groups.direct(conn, ada, ENG)
    await messages.post(conn, dm, hostile.TEXT + " the very end", ENG)
    await conn.commit()
    settings = replace(room.settings, project=None, all_projects=True)
    async with running(settings, ada, size=(width, 36)) as desk:
        await to_messages(desk)
        await desk.until(lambda: len(page(desk).talks.items) >= 4)
        for talk in tuple(page(desk).talks.items):
            page(desk).talks.move_to(talk.key)
            await desk.press("enter")
            await desk.until(lambda: page(desk).talk_log.remarks)
            await desk.sees("letters in all")
            check(desk, width)
            await desk.press("k", "enter")
            await desk.until(lambda: "letters in all" not in desk.text)
            check(desk, width)
            await desk.press("G")
            await desk.pilot.pause()
            check(desk, width)
            await desk.press("escape")
        await desk.press("slash")
        await desk.type("markup")
        await desk.until(lambda: page(desk).found.items)
        check(desk, width)


def check(desk: Desk, width: int) -> None:
    """Is there nothing on the screen that steers a terminal, and every line as wide as it is?"""
    for strip in desk.app.screen._compositor.render_strips():
        assert not [mark for mark in hostile.MARKS if mark in strip.text], strip.text
        assert strip.text.isprintable()
        assert strip.cell_length == width
