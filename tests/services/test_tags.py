"""Tags: made, renamed, coloured and deleted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.domain import types as stages_of
from genie_tui.errors import Ambiguous, BadInput, Conflict, NotFound
from genie_tui.services import tags, types, undo
from genie_tui.services.feed import Feed
from tests.conftest import Connect
from tests.services.following import following
from tests.services.making import ADA, make, rows


async def told(conn: AsyncConnection, tag_id: str) -> list[tuple[str, Any]]:
    """What the audit log tells of a tag."""
    found = await rows(
        conn,
        "SELECT event_type, details FROM audit_events"
        " WHERE entity_type = 'tag' AND entity_id = %(id)s ORDER BY id",
        id=tag_id,
    )
    return [(row["event_type"], row["details"]) for row in found]


async def object_of(conn: AsyncConnection, tag_id: str) -> dict[str, Any]:
    """A tag as programs read it, without its time."""
    (found,) = await tags.objects(conn, [tag_id])
    return {key: value for key, value in found.items() if key != "created_at"}


async def test_a_tags_id_is_its_name_in_lower_case(conn: AsyncConnection) -> None:
    made = await tags.create_tag(conn, " Security  Review ", actor=ADA)
    assert (made.id, made.name, made.color) == ("security-review", "Security Review", "#9ca3af")
    for name in ("security-review", "SECURITY review"):
        assert await tags.find_tag(conn, name) == made
    assert await told(conn, made.id) == [
        ("created", {"name": "Security Review", "color": "#9ca3af", "type_id": None})
    ]


async def test_tags_are_listed_with_how_many_tasks_have_them(conn: AsyncConnection) -> None:
    for task in [await make(conn), await make(conn)]:
        await tags.tag(conn, task.id, "bug", ADA)
    listed = {each["id"]: each["tasks"] for each in await tags.objects(conn)}
    assert listed == {
        "bug": 2,
        "chore": 0,
        "feature": 0,
        "idea": 0,
        "improvement": 0,
        "urgent": 0,
    }


async def test_a_tag_is_renamed_and_keeps_its_id(conn: AsyncConnection) -> None:
    made = await tags.create_tag(conn, "sec", color="#FF0000", actor=ADA)
    changed = await tags.edit_tag(
        conn, made, name="Security", color="#00FF00", type_id="software", actor=ADA
    )
    assert changed == ("name", "color", "type_id")
    assert await object_of(conn, "sec") == {
        "id": "sec",
        "name": "Security",
        "color": "#00ff00",
        "type_id": "software",
        "tasks": 0,
    }
    assert await tags.edit_tag(conn, made, name="Security", type_id="software", actor=ADA) == ()
    assert await tags.edit_tag(conn, made, type_id="", actor=ADA) == ("type_id",)
    assert (await object_of(conn, "sec"))["type_id"] is None
    assert [event for event, _ in await told(conn, "sec")] == ["created", "edited", "edited"]
    assert (await told(conn, "sec"))[1][1]["before"] == {
        "name": "sec",
        "color": "#ff0000",
        "type_id": None,
    }


async def test_a_deleted_tag_is_taken_off_its_tasks(conn: AsyncConnection) -> None:
    task = await make(conn)
    await tags.tag(conn, task.id, "bug", ADA)
    await conn.commit()
    bug = await tags.find_tag(conn, "bug")
    assert await tags.delete_tag(conn, bug, ADA) == 1
    assert not await rows(conn, "SELECT FROM task_tags")
    assert await told(conn, "bug") == [("deleted", {"name": "Bug", "tasks": 1})]
    with pytest.raises(NotFound, match="'genie-tui tag list' shows the rest"):
        await tags.delete_tag(conn, bug, ADA)
    with pytest.raises(NotFound, match="the tag 'bug' is gone"):
        await tags.edit_tag(conn, bug, name="x", actor=ADA)


async def test_to_undo_something_does_not_bring_a_tag_back(conn: AsyncConnection) -> None:
    task = await make(conn)
    await tags.tag(conn, task.id, "bug", ADA)
    await conn.commit()
    await tags.untag(conn, task.id, "bug", ADA)
    await conn.commit()
    await tags.delete_tag(conn, await tags.find_tag(conn, "bug"), ADA)
    await conn.commit()
    untagged = await undo.last(conn, ADA)
    assert untagged is not None
    await undo.undo(conn, ADA, untagged)
    assert not await rows(conn, "SELECT FROM task_tags")


@pytest.mark.parametrize("name", ["Bug", "BUG", " bug "])
async def test_a_name_that_another_tag_goes_by_is_taken(conn: AsyncConnection, name: str) -> None:
    with pytest.raises(Conflict, match="there is a tag"):
        await tags.create_tag(conn, name, actor=ADA)
    with pytest.raises(Conflict, match="there is a tag"):
        await tags.edit_tag(conn, await tags.find_tag(conn, "chore"), name=name, actor=ADA)
    assert await tags.edit_tag(conn, await tags.find_tag(conn, "bug"), name="BUG", actor=ADA)


@pytest.mark.parametrize("color", ["red", "#fff", "#gggggg", "ff0000", "#ff0000ff", ""])
async def test_a_colour_is_written_in_one_way(conn: AsyncConnection, color: str) -> None:
    bug = await tags.find_tag(conn, "bug")
    with pytest.raises(BadInput, match="write one as #rrggbb"):
        await tags.edit_tag(conn, bug, color=color, actor=ADA)


@pytest.mark.parametrize("name", ["", " \n", "x\0", "x" * 101])
async def test_a_name_that_is_none_is_refused(conn: AsyncConnection, name: str) -> None:
    with pytest.raises(BadInput):
        await tags.create_tag(conn, name, actor=ADA)


async def test_a_tag_is_for_a_type_that_there_is(conn: AsyncConnection) -> None:
    await types.create_type(conn, "Research", stages=stages_of.arranged(None, ["a"]), actor=ADA)
    made = await tags.create_tag(conn, "deep", type_id="research", actor=ADA)
    assert (await object_of(conn, made.id))["type_id"] == "research"
    await conn.commit()
    with pytest.raises(NotFound, match="no task type 'nope'"):
        await tags.create_tag(conn, "x", type_id="nope", actor=ADA)
    await conn.rollback()
    with pytest.raises(NotFound, match="no task type 'nope'"):
        await tags.edit_tag(conn, made, type_id="nope", actor=ADA)


async def test_odd_tags_are_shown(conn: AsyncConnection) -> None:
    await conn.execute(
        "INSERT INTO tags (id, name, color, created_at) VALUES"
        " ('o1', 'Odd', NULL, 'infinity'), ('o2', 'ODD', 'mauve', now())"
    )
    assert [each.id for each in await tags.list_tags(conn)].count("o1") == 1
    assert (await object_of(conn, "o1"))["color"] is None
    with pytest.raises(Ambiguous, match="each of the tags o1, o2"):
        await tags.find_tag(conn, "odd")
    odd = await tags.find_tag(conn, "o1")
    assert await tags.edit_tag(conn, odd, color="#ffffff", actor=ADA) == ("color",)


async def test_of_two_who_make_a_tag_at_once_one_is_told_that_it_is_there(
    connect: Connect,
) -> None:
    async def create(name: str) -> bool:
        session = await connect()
        try:
            await tags.create_tag(session, name, actor=ADA)
        except Conflict:
            await session.rollback()
            return False
        await session.commit()
        return True

    assert sum(await asyncio.gather(*(create(name) for name in ("Sec", "sec", "SEC")))) == 1


async def test_of_two_who_rename_at_once_one_gets_the_name(connect: Connect) -> None:
    async def rename(tag_id: str) -> bool:
        session = await connect()
        try:
            await tags.edit_tag(
                session, await tags.find_tag(session, tag_id), name="Same", actor=ADA
            )
        except Conflict:
            await session.rollback()
            return False
        await session.commit()
        return True

    assert sum(await asyncio.gather(*(rename(tag_id) for tag_id in ("bug", "idea", "chore")))) == 1


async def test_a_board_that_is_looked_at_hears_of_a_tags_new_name(
    database: Database, conn: AsyncConnection
) -> None:
    bug = await tags.find_tag(conn, "bug")
    async with following(Feed(database)) as follower:
        await tags.edit_tag(conn, bug, name="Fault", color="#000000", actor=ADA)
        await conn.commit()
        await follower.until(lambda: any(change.reread for change in follower.changes[1:]))
        await tags.edit_tag(conn, bug, color="#ffffff", actor=ADA)
        await tags.delete_tag(conn, bug, ADA)
        await conn.commit()
        await follower.told(3)
        assert follower.lines == [
            "tag Bug renamed to Fault by ada",
            "tag Fault edited by ada: color",
            "tag Fault deleted by ada",
        ]
