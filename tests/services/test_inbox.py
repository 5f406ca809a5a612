"""The inbox: talks of every kind, what is unread in them, and up to where somebody has read."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.inbox import Remark, Talk
from genie_tui.errors import NotFound, Refused
from genie_tui.services import (
    chat,
    conversations,
    groups,
    inbox,
    inbox_marks,
    inbox_reading,
    inbox_search,
    mail,
    messages,
    projects,
)
from tests.conftest import Connect
from tests.services.making import ADA, BOB, ENG, QA, REPO, make, make_board, rows


async def listed(conn: AsyncConnection, me: Actor = ADA, **more: object) -> dict[str, Talk]:
    """The talks by their titles."""
    found = await inbox.talks(conn, me, **more)  # type: ignore[arg-type]
    return {talk.title: talk for talk in found.talks}


async def the(conn: AsyncConnection, title: str, me: Actor = ADA) -> Talk:
    """One of the talks."""
    return (await listed(conn, me))[title]


async def look(conn: AsyncConnection, talk: Talk, me: Actor = ADA) -> None:
    """Read a talk to its end."""
    said = await inbox_reading.remarks(conn, me, talk.kind, talk.ref)
    await inbox_marks.mark_read(conn, me, talk.kind, talk.ref, said[-1].id)


async def test_every_kind_of_talk_is_listed_with_what_is_unread_for_whom(
    conn: AsyncConnection,
) -> None:
    project = await projects.ensure_project(conn, REPO, ADA)
    board = await make_board(conn, project_id=project.id)
    task = await make(conn, board, title="token refresh")
    said = await conversations.comment(conn, task.id, "tests green\nopening PR", ENG)
    dm = await groups.direct(conn, ADA, ENG)
    await messages.post(conn, dm, "a word?", ENG)
    group = await groups.create_group(conn, "Release", [ADA, QA], BOB)
    first = await messages.post(conn, group, "when do we ship?", BOB)
    thread = await messages.thread_of(conn, first.id, QA)
    await messages.post(conn, thread, "on Friday", QA)
    await mail.send(conn, "ada", "the branch is up", ENG, repo_path="/elsewhere")
    await mail.send(conn, "qa-1", "take #47 next", ENG, repo_path=REPO)
    await chat.post(conn, "core", "staging is back", QA, repo_path=REPO)
    await conn.commit()

    found = await listed(conn, project_id=project.id)
    shown = (await inbox.talks(conn, ADA, project_id=project.id)).talks
    assert {(talk.kind.name, talk.title, talk.unread, talk.mine) for talk in shown} == {
        ("TASK", "#1 token refresh", 1, True),  # Hers, though she has said nothing there.
        ("DIRECT", "eng-1", 1, True),
        ("GROUP", "Release", 1, True),
        ("THREAD", "bob: when do we ship?", 0, False),
        ("MAIL", "eng-1", 1, True),
        ("MAIL", "eng-1 and qa-1", 0, False),
        ("CHAT", "core", 1, True),
    }
    about = found["#1 token refresh"]
    assert (about.sender, about.text, about.note) == ("eng-1", said.body, "draft")
    assert about.task_id == task.id
    assert found["bob: when do we ship?"].note == "on Release"
    assert await inbox.unread(conn, ADA, project_id=project.id) == 5
    assert await inbox.unread(conn, BOB) == 2  # the thread on his message, and the chat
    other = await projects.ensure_project(conn, "/src/other", ADA)
    assert set(await listed(conn, project_id=other.id)) == {
        "eng-1", "Release", "bob: when do we ship?",
    }  # fmt: skip
    assert await inbox.unread(conn, ADA, project_id=other.id) == 3


async def test_what_is_read_stays_read_whoever_says_so_last(
    conn: AsyncConnection, connect: Connect
) -> None:
    group = await groups.create_group(conn, "Release", [ADA], BOB)
    said = [await messages.post(conn, group, f"number {n}", BOB) for n in range(6)]
    await conn.commit()
    talk = await the(conn, "Release")
    assert talk.unread == 6
    await conn.commit()

    async def upto(number: int) -> None:
        dashboard = await connect()
        await inbox_marks.mark_read(dashboard, ADA, talk.kind, talk.ref, str(said[number].id))
        await dashboard.commit()

    await asyncio.gather(*(upto(number) for number in (3, 0, 4, 1, 4, 2)))
    assert (await the(conn, "Release")).unread == 1
    await upto(1)
    assert (await the(conn, "Release")).unread == 1
    await inbox_marks.mark_read(conn, ADA, talk.kind, talk.ref, str(said[5].id + 1000))
    await messages.post(conn, group, "one more", BOB)
    assert (await the(conn, "Release")).unread == 1
    await inbox_marks.mark_unread(conn, ADA, talk.kind, talk.ref, str(said[2].id))
    assert (await the(conn, "Release")).unread == 5
    assert (await the(conn, "Release", BOB)).unread == 0
    assert await inbox_marks.mark_all_read(conn, ADA) == 5
    assert await inbox.unread(conn, ADA) == 0
    with pytest.raises(NotFound, match="gone"):
        await inbox_marks.mark_read(conn, ADA, talk.kind, ("conv-none",), "1")
    await conn.execute("DELETE FROM conversations")
    assert await rows(conn, "SELECT target FROM tui_read_marks") == []


async def test_a_letter_to_oneself_is_flagged_and_one_between_others_never(
    conn: AsyncConnection,
) -> None:
    for body in ("first", "second"):
        await mail.send(conn, "ada", body, ENG, repo_path=REPO)
        await mail.send(conn, "qa-1", body, ENG, repo_path=REPO)
        await conn.commit()
    await mail.send(conn, "eng-1", "thank you", ADA, repo_path=REPO)
    await conn.commit()
    mine, theirs = await the(conn, "eng-1"), await the(conn, "eng-1 and qa-1")
    assert (mine.unread, theirs.unread) == (2, 0)
    first, *_ = await inbox_reading.remarks(conn, ADA, mine.kind, mine.ref)
    await inbox_marks.mark_read(conn, ADA, mine.kind, mine.ref, first.id)
    await look(conn, theirs)
    flags = "SELECT to_worker, body, read FROM mailbox ORDER BY created_at, to_worker"
    assert [(r["to_worker"], r["read"]) for r in await rows(conn, flags)] == [
        ("ada", True), ("qa-1", False), ("ada", False), ("qa-1", False), ("eng-1", False),
    ]  # fmt: skip
    await conn.commit()
    await mail.send(conn, "eng-1", "and this?", QA, repo_path=REPO)
    await conn.commit()
    theirs = await the(conn, "eng-1 and qa-1")
    assert (theirs.unread, theirs.mine, theirs.calls) == (1, False, 0)
    assert await inbox.unread(conn, ADA) == 1
    await inbox_marks.mark_unread(conn, ADA, mine.kind, mine.ref, first.id)
    assert await inbox.unread(conn, ADA) == 2
    await inbox_marks.mark_all_read(conn, ADA)
    assert (await the(conn, "eng-1 and qa-1")).unread == (await the(conn, "eng-1")).unread == 0
    assert [r["read"] for r in await rows(conn, flags)].count(True) == 2


async def test_being_named_makes_it_ones_own_until_it_is_read(conn: AsyncConnection) -> None:
    task = await make(conn, title="pg pool", actor=BOB)
    await conversations.comment(conn, task.id, "looking", ENG)
    await conn.commit()
    before = await the(conn, "#1 pg pool")
    assert (before.unread, before.mine) == (0, False)
    await conversations.comment(conn, task.id, "mail ada@example.org or @ada-2?", ENG)
    assert not (await the(conn, "#1 pg pool")).mine
    await conversations.comment(conn, task.id, "What do you think, @Ada?", ENG)
    await conversations.comment(conn, task.id, "(the second case)", ENG)
    await conn.commit()
    talk = await the(conn, "#1 pg pool")
    assert (talk.unread, talk.mentioned, talk.calls) == (2, True, 2)
    assert await inbox.unread(conn, ADA) == 2
    await look(conn, talk)
    talk = await the(conn, "#1 pg pool")
    assert (talk.unread, talk.mentioned, talk.mine) == (0, False, False)
    odd = Actor.human(r"a.b+(c\d]", "desk")
    await conversations.comment(conn, task.id, f"and @{odd.id}?", ENG)
    assert (await the(conn, "#1 pg pool", odd)).mentioned
    assert not (await the(conn, "#1 pg pool", Actor.human("a_b+(c", "desk"))).mentioned


async def test_a_talk_is_read_by_the_page_either_way_and_what_is_the_same_is_one(
    conn: AsyncConnection,
) -> None:
    task = await make(conn, title="twice")
    for number in range(30):
        await conversations.comment(conn, task.id, f"number {number}", ENG)
        await conn.commit()
    await conn.execute(
        "INSERT INTO conversations (id, linked_entity, linked_entity_id, created_at)"
        " VALUES ('conv-again', 'task', %(id)s, now() + interval '1 second')",
        {"id": task.id},
    )
    await conn.execute(
        "INSERT INTO messages (conversation_id, sender_type, sender_id, body)"
        " VALUES ('conv-again', 'system', 'genie', %(body)s)",
        {"body": "x" * 5000},
    )
    await conn.commit()
    talk = await the(conn, "#1 twice")
    assert (talk.unread, talk.sender) == (31, "genie")

    async def page(**more: Remark) -> list[Remark]:
        found = await inbox_reading.remarks(conn, ADA, talk.kind, talk.ref, limit=10, **more)  # type: ignore[arg-type]
        return list(found)

    newest = await page()
    assert [r.body for r in newest[:2]] == ["number 21", "number 22"]
    assert (len(newest[-1].body), newest[-1].size, newest[-1].whole) == (4000, 5000, False)
    assert await inbox_reading.whole(conn, talk.kind, newest[-1].id) == "x" * 5000
    older = await page(before=newest[0])
    assert [r.body for r in older] == [f"number {n}" for n in range(11, 21)]
    assert await page(after=older[-1]) == newest
    assert await page(after=newest[-1]) == []
    await look(conn, talk)
    assert (await the(conn, "#1 twice")).unread == 0
    said = await messages.post(conn, talk.ref[0], "mine", ADA, reply_to=int(newest[0].id))
    thread = await messages.thread_of(conn, said.id, ENG)
    await messages.post(conn, thread, "in a thread", ENG)
    *_, last = await inbox_reading.remarks(conn, ADA, talk.kind, talk.ref)
    assert (last.mine, last.answered, last.quote) == (True, "eng-1", "number 21")
    assert (last.thread, last.replies) == (thread, 1)
    hung = await the(conn, "ada: mine")
    assert (hung.unread, hung.note, hung.up, hung.task_id) == (1, "on #1", str(said.id), task.id)


async def test_a_search_finds_words_wherever_they_were_said(conn: AsyncConnection) -> None:
    project = await projects.ensure_project(conn, REPO, ADA)
    board = await make_board(conn, project_id=project.id)
    task = await make(conn, board, title="token refresh")
    for number in range(60):
        await conversations.comment(conn, task.id, f"expiry {number}%", ENG)
    await conversations.comment(conn, task.id, "x" * 9000 + " the Expiry of 100% tokens", ENG)
    await mail.send(conn, "qa-1", "expiry of tokens", ENG, repo_path=REPO)
    await chat.post(conn, "core", "no expiry today", QA, repo_path=REPO)
    elsewhere = await make(conn, title="other")
    await conversations.comment(conn, elsewhere.id, "expiry elsewhere", ENG)
    await conn.commit()

    async def found(text: str, **more: object) -> list[tuple[str, str]]:
        result = await inbox_search.search(conn, ADA, text, project_id=project.id, **more)  # type: ignore[arg-type]
        return [(hit.talk.title, hit.text[-25:]) for hit in result.found]

    assert await found("tokens EXPIRY") == [
        ("#1 token refresh", "the Expiry of 100% tokens"),
        ("eng-1 and qa-1", "expiry of tokens"),
    ]
    assert await found("0% exp") == [("#1 token refresh", "the Expiry of 100% tokens")] + [
        ("#1 token refresh", f"expiry {number}0%") for number in (5, 4, 3, 2, 1)
    ] + [("#1 token refresh", "expiry 0%")]
    assert await found("qa-1 expiry today") == [("core", "no expiry today")]
    assert await found("expiry\0") == await found("   ") == await found("nowhere") == []
    many = await inbox_search.search(conn, ADA, "expiry")
    assert (len(many.found), many.more, many.cut) == (50, True, False)
    hurried = await inbox_search.search(conn, ADA, "expiry", patience=timedelta(0))
    assert (hurried.found, hurried.cut) == ((), True)


async def test_who_may_only_read_is_told_so(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, "News", [ADA], BOB)
    await groups.set_role(conn, group, ADA, "read_only", BOB)
    assert (await the(conn, "News")).read_only
    with pytest.raises(Refused, match="may only read"):
        await messages.post(conn, group, "hello", ADA)
