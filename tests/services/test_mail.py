"""Letters, and the chat of a team."""

from __future__ import annotations

import re

import pytest
from psycopg import AsyncConnection

from genie_tui.errors import BadInput, NotFound
from genie_tui.services import chat, mail
from tests.conftest import Connect
from tests.services.making import ADA, ENG, REPO, rows


async def test_a_letter_is_announced_to_its_receiver(
    connect: Connect, conn: AsyncConnection
) -> None:
    listener = await connect()
    await listener.set_autocommit(True)
    await listener.execute("LISTEN genie_mailbox_delivery")
    sent = await mail.send(conn, "eng-1", " rebase, please ", ADA, repo_path=REPO)
    await conn.commit()
    assert re.fullmatch(r"mail-[0-9a-f]{8}", sent["id"])
    assert (sent["from_worker"], sent["body"], sent["read"]) == ("ada", "rebase, please", False)
    async for heard in listener.notifies(timeout=10, stop_after=1):
        assert heard.payload == f"eng-1:{sent['id']}"


async def test_letters_stay_unread_until_their_receiver_reads_them(conn: AsyncConnection) -> None:
    first = await mail.send(conn, "eng-1", "one", ADA, repo_path=REPO)
    second = await mail.send(conn, "eng-1", "two", ADA, repo_path=REPO)
    await mail.send(conn, "ada", "three", ENG, repo_path=REPO)
    assert {letter["id"] for letter in await mail.inbox(conn, "eng-1")} == {
        first["id"],
        second["id"],
    }
    assert [each["id"] for each in await mail.mark_read(conn, "eng-1", [first["id"]])] == [
        first["id"]
    ]
    (again,) = await mail.mark_read(conn, "eng-1", [first["id"]] * 2)
    assert (again["body"], again["read"]) == ("one", True)
    assert [each["id"] for each in await mail.inbox(conn, "eng-1", unread=True)] == [second["id"]]
    assert len(await mail.mark_read(conn, "eng-1")) == 1
    assert len(await mail.inbox(conn, "ada", unread=True)) == 1


async def test_nobody_reads_what_is_for_somebody_else(conn: AsyncConnection) -> None:
    letter = await mail.send(conn, "eng-1", "one", ADA, repo_path=REPO)
    with pytest.raises(NotFound, match="for ada"):
        await mail.mark_read(conn, "ada", [letter["id"]])
    assert await rows(conn, "SELECT read FROM mailbox") == [{"read": False}]


@pytest.mark.parametrize(("to", "body"), [("", "x"), ("eng-1", " "), ("eng-1", "a\0b")])
async def test_a_letter_that_cannot_be_is_refused(
    conn: AsyncConnection, to: str, body: str
) -> None:
    with pytest.raises(BadInput):
        await mail.send(conn, to, body, ADA, repo_path=REPO)


async def test_a_team_reads_what_was_said_last_oldest_first(conn: AsyncConnection) -> None:
    for number in range(5):
        await chat.post(conn, "backend", f"word {number}", ADA, repo_path=REPO)
        await conn.execute("UPDATE team_chat SET created_at = created_at - interval '1 s'")
    await chat.post(conn, "backend", "elsewhere", ENG, repo_path="/src/other")
    await chat.post(conn, "frontend", "not for us", ENG, repo_path=REPO)
    said = await chat.read(conn, "backend", repo_path=REPO, limit=3)
    assert [each["body"] for each in said] == ["word 2", "word 3", "word 4"]
    assert [each["body"] for each in await chat.read(conn, "backend")][-1] == "elsewhere"
    with pytest.raises(BadInput):
        await chat.post(conn, " ", "hello", ADA, repo_path=REPO)
