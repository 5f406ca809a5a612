"""Task types: made, changed and deleted, with the tasks that stand in their stages."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.domain import types as domain
from genie_tui.domain.types import Restage, Stages
from genie_tui.errors import Ambiguous, BadInput, Conflict, GenieError, NotFound, Refused
from genie_tui.services import boards, editing, stages, tags, types
from genie_tui.services.feed import Feed
from genie_tui.services.types import TaskType
from tests.conftest import Connect
from tests.services.following import following
from tests.services.making import ADA, BOB, ENG, make, make_board, row_of, rows, waits


def of(*names: str) -> Stages:
    """Stages of these names."""
    return domain.arranged(None, names)


def to(*names: str) -> Restage:
    """Stages of these names, of those that there are."""
    return lambda stored: domain.arranged(stored, names)


async def research(conn: AsyncConnection, **more: Any) -> TaskType:
    """A type of our own."""
    stages = more.pop("stages", of("question", "reading", "answer"))
    return await types.create_type(conn, "Research", stages=stages, actor=ADA, **more)


async def names(conn: AsyncConnection, type_id: str = "research") -> list[str]:
    """The stages of a type, as anybody finds them."""
    return [stage.name for stage in (await types.find_type(conn, type_id)).stages]


async def told(conn: AsyncConnection, type_id: str = "research") -> list[tuple[str, Any]]:
    """What the audit log tells of a type."""
    found = await rows(
        conn,
        "SELECT event_type, details FROM audit_events"
        " WHERE entity_type = 'task_type' AND entity_id = %(id)s ORDER BY id",
        id=type_id,
    )
    return [(row["event_type"], row["details"]) for row in found]


async def test_a_type_is_made_and_found_by_its_id_or_name(conn: AsyncConnection) -> None:
    made = await types.create_type(
        conn, " Deep  Research ", stages=of("a", "b"), description=" why ", icon="book", actor=ADA
    )
    assert (made.id, made.name, made.description, made.icon) == (
        "deep-research",
        "Deep Research",
        "why",
        "book",
    )
    assert (made.is_builtin, made.tasks) == (False, 0)
    for name in ("deep-research", "DEEP-research", "deep research"):
        assert await types.find_type(conn, name) == made
    assert [each.id for each in await types.list_types(conn)] == ["software", "deep-research"]
    assert await told(conn, made.id) == [
        ("created", {"name": "Deep Research", "stages": ["a", "b"]})
    ]
    with pytest.raises(NotFound, match="'genie-tui type list' shows them"):
        await types.find_type(conn, "shallow")


async def test_tasks_of_a_type_go_through_its_stages(conn: AsyncConnection) -> None:
    await research(conn)
    task = await make(conn, type_id="research")
    assert task.stage == "question"
    await stages.move_task(conn, task.id, "answer", ADA)
    assert (await types.find_type(conn, "research")).tasks == 1
    board = await boards.find_board(conn, "type:research")
    assert [column.name for column in board.columns] == ["question", "reading", "answer"]


@pytest.mark.parametrize("name", ["research", "RESEARCH", " Research ", "software development"])
async def test_a_name_that_another_type_goes_by_is_taken(conn: AsyncConnection, name: str) -> None:
    made = await research(conn)
    with pytest.raises(Conflict, match="there is a task type"):
        await types.create_type(conn, name, stages=of("a"), actor=ADA)
    if name.strip().lower() != "research":
        with pytest.raises(Conflict):
            await types.edit_type(conn, made, name=name, actor=ADA)


async def test_what_is_given_of_a_type_is_changed(conn: AsyncConnection) -> None:
    made = await research(conn, description="why", icon="book")
    changed = await types.edit_type(
        conn, made, name="Study", description="", stages=to("answer", "question"), actor=BOB
    )
    assert changed == ("name", "description", "stages")
    now = await types.find_type(conn, "study")
    assert (now.id, now.name, now.description, now.icon) == ("research", "Study", None, "book")
    assert await names(conn) == ["answer", "question"]
    assert now.updated_at > made.updated_at
    assert await types.edit_type(conn, now, name="Study", icon="book", actor=ADA) == ()
    assert await types.edit_type(conn, now, stages=lambda stored: stored, actor=ADA) == ()
    events = await told(conn)
    assert [event for event, _ in events] == ["created", "edited"]
    assert events[1][1]["before"]["name"] == "Research"
    assert events[1][1]["after"]["description"] is None


async def test_what_other_clients_store_in_a_stage_stays_there(conn: AsyncConnection) -> None:
    stages = [{"name": "a", "sla": {"hours": 4}, "gate": "agent"}, 7, {"name": "b", "x": [1]}]
    made = await research(conn, stages=stages)
    await types.edit_type(conn, made, stages=to("b", "c", "a"), actor=ADA)
    await types.rename_stage(conn, made, "a", "z", ADA)
    found = await types.find_type(conn, "research")
    by_name = {item["name"]: item for item in found.stored if isinstance(item, dict)}
    assert found.object["stages"] == found.stored
    assert by_name["z"]["sla"] == {"hours": 4}
    assert by_name["z"]["gate"] == "agent"
    assert by_name["b"]["x"] == [1]
    assert 7 in found.stored
    assert await names(conn) == ["b", "c", "z"]


async def test_tasks_without_a_board_follow_when_their_stage_is_renamed(
    conn: AsyncConnection,
) -> None:
    made = await research(conn)
    board = await make_board(conn, name="Reading")
    follows = await make(conn, type_id="research", stage="reading")
    stays = await make(conn, type_id="research", stage="question")
    on_board = await make(conn, board, "build")
    assert await types.rename_stage(conn, made, "Reading", "study", ADA) == 1
    assert (await row_of(conn, follows.id))["stage"] == "study"
    assert (await row_of(conn, stays.id))["stage"] == "question"
    assert (await row_of(conn, on_board.id))["stage"] == "build"
    assert await names(conn) == ["question", "study", "answer"]
    assert await stages.stage_log(conn, follows.id) == ()
    event, details = (await told(conn))[-1]
    assert (event, details["stage"], details["tasks"]) == ("stage_renamed", "reading", 1)
    assert await types.rename_stage(conn, made, "study", "study", ADA) == 0
    assert len(await told(conn)) == 2


async def test_a_word_for_going_on_stays_given_when_the_stage_is_renamed(
    conn: AsyncConnection,
) -> None:
    flow = [{"name": "review", "gate": "human+agent"}, {"name": "ship"}]
    made = await research(conn, stages=flow)
    task = await make(conn, type_id="research")
    assert (await stages.advance_task(conn, task.id, ENG)).waits_for is not None
    await types.rename_stage(conn, made, "review", "check", ADA)
    (word,) = await rows(conn, "SELECT stage, actor_id FROM tui_approvals")
    assert tuple(word.values()) == ("check", ENG.id)
    assert (await stages.advance_task(conn, task.id, ADA)).to_stage == "ship"
    assert not await rows(conn, "SELECT stage FROM tui_approvals")


async def test_a_stage_in_which_tasks_stand_does_not_go(conn: AsyncConnection) -> None:
    made = await research(conn)
    await make(conn, type_id="research", stage="reading")
    await make(conn, type_id="research", stage="reading")
    with pytest.raises(Refused, match="2 in reading; move them first"):
        await types.edit_type(conn, made, stages=to("question", "answer"), actor=ADA)
    await types.edit_type(conn, made, stages=to("reading"), actor=ADA)
    assert await names(conn) == ["reading"]


async def test_tasks_that_are_orphaned_already_keep_no_stage_from_going(
    conn: AsyncConnection,
) -> None:
    made = await research(conn)
    task = await make(conn, type_id="research", stage="reading")
    await conn.execute("ALTER TABLE tasks DISABLE TRIGGER trg_validate_stage")
    await conn.execute("UPDATE tasks SET stage = 'gone' WHERE id = %s", (task.id,))
    await conn.execute("ALTER TABLE tasks ENABLE TRIGGER trg_validate_stage")
    assert await types.edit_type(conn, made, stages=to("answer"), actor=ADA) == ("stages",)


async def test_the_type_that_genie_brought_stays_as_it_is(conn: AsyncConnection) -> None:
    software = await types.find_type(conn, "software")
    with pytest.raises(Refused, match="--from-type software"):
        await types.edit_type(conn, software, name="Hardware", actor=ADA)
    with pytest.raises(Refused, match="Genie's own"):
        await types.rename_stage(conn, software, "qa", "test", ADA)
    with pytest.raises(Refused, match="Genie's own"):
        await types.delete_type(conn, software, ADA)
    assert await types.find_type(conn, "software") == software


async def test_a_type_that_something_refers_to_is_not_deleted(conn: AsyncConnection) -> None:
    made = await research(conn)
    await make(conn, type_id="research")
    await tags.create_tag(conn, "deep", type_id="research", actor=ADA)
    with pytest.raises(Refused, match="1 task and 1 tag refer to the type Research"):
        await types.delete_type(conn, made, ADA)
    await conn.execute("DELETE FROM tasks")
    await conn.execute("DELETE FROM tags WHERE id = 'deep'")
    await types.delete_type(conn, made, ADA)
    assert [event for event, _ in await told(conn)] == ["created", "deleted"]
    for verb in (
        types.delete_type(conn, made, ADA),
        types.rename_stage(conn, made, "reading", "x", ADA),
        types.edit_type(conn, made, name="x", actor=ADA),
    ):
        with pytest.raises(NotFound, match="the type Research is gone"):
            await verb


@pytest.mark.parametrize(
    "stored", ["{}", "[]", "7", '"[{\\"name\\": \\"a\\"}]"', '[null, {"name": 7}, {"x": 1}]']
)
async def test_odd_stages_are_shown_and_can_be_made_anew(
    conn: AsyncConnection, stored: str
) -> None:
    await conn.execute(
        "INSERT INTO task_types (id, name, stages, is_builtin, created_at)"
        " VALUES ('odd', 'Odd', %s, NULL, 'infinity')",
        (stored,),
    )
    found = await types.find_type(conn, "odd")
    assert found.stored == json.loads(json.loads(stored) if stored[0] == '"' else stored)
    assert [each.id for each in await types.list_types(conn)] == ["software", "odd"]
    await types.edit_type(conn, found, stages=to("a", "b"), actor=ADA)
    assert await names(conn, "odd") == ["a", "b"]
    assert (await make(conn, type_id="odd", stage="b")).stage == "b"


async def test_names_that_differ_in_case_only_are_told_apart_by_id(conn: AsyncConnection) -> None:
    await conn.execute(
        "INSERT INTO task_types (id, name, stages) VALUES ('x1', 'Odd', '[]'), ('x2', 'ODD', '[]')"
    )
    with pytest.raises(Ambiguous, match="each of the types x1, x2"):
        await types.find_type(conn, "odd")
    assert (await types.find_type(conn, "x2")).name == "ODD"


@pytest.mark.parametrize("name", ["", "  ", "x\0y", "x" * 101, "\ud800"])
async def test_a_name_that_is_none_is_refused(conn: AsyncConnection, name: str) -> None:
    with pytest.raises(BadInput):
        await types.create_type(conn, name, stages=of("a"), actor=ADA)
    assert len(await types.list_types(conn)) == 1


async def test_of_two_who_make_a_type_at_once_one_is_told_that_it_is_there(
    connect: Connect,
) -> None:
    async def create(name: str) -> str | None:
        session = await connect()
        try:
            await types.create_type(session, name, stages=of("a"), actor=ADA)
        except Conflict:
            await session.rollback()
            return None
        await session.commit()
        return name

    made = await asyncio.gather(*(create(name) for name in ("One", "ONE", "one", "Two")))
    assert made[-1] == "Two"
    assert made.count(None) == 2


async def test_a_task_on_its_way_into_a_stage_is_not_left_behind_by_its_rename(
    connect: Connect,
) -> None:
    """Whatever client moves it, and whether it has looked at the stages already or not."""
    conn, mover, renamer = [await connect() for _ in range(3)]
    made = await research(conn)
    task = await make(conn, type_id="research")
    await conn.commit()
    await mover.execute("UPDATE tasks SET stage = 'reading' WHERE id = %s", (task.id,))
    renaming = asyncio.create_task(types.rename_stage(renamer, made, "reading", "study", ADA))
    await waits(conn, renamer)
    await mover.commit()
    assert await renaming == 1
    moving = asyncio.create_task(
        mover.execute("UPDATE tasks SET stage = 'reading' WHERE id = %s", (task.id,))
    )
    await waits(conn, mover)
    await renamer.commit()
    with pytest.raises(psycopg.errors.RaiseException, match="Invalid stage"):
        await moving
    assert (await row_of(conn, task.id))["stage"] == "study"


async def test_moves_and_renames_at_once_leave_no_task_in_a_stage_that_is_gone(
    connect: Connect,
) -> None:
    conn = await connect()
    made = await research(conn, stages=of("a", "b"))
    ids = [(await make(conn, type_id="research")).id for _ in range(4)]
    await conn.commit()

    async def moves(task_id: str) -> None:
        session = await connect()
        for stage in ("b", "a", "b"):
            try:
                await stages.move_task(session, task_id, stage, ADA)
            except GenieError:
                await session.rollback()
            else:
                await session.commit()

    async def renames() -> None:
        session = await connect()
        for old, new in (("b", "c"), ("a", "d"), ("c", "b"), ("d", "a")):
            await types.rename_stage(session, made, old, new, ADA)
            await session.commit()

    await asyncio.gather(renames(), *map(moves, ids))
    standing = {(await row_of(conn, task_id))["stage"] for task_id in ids}
    assert standing <= set(await names(conn))


async def test_of_two_who_change_the_stages_at_once_none_undoes_the_other(
    connect: Connect,
) -> None:
    conn, first, second = [await connect() for _ in range(3)]
    made = await research(conn, stages=of("a", "b"))
    await conn.commit()

    def with_stage(name: str) -> Restage:
        return lambda stored: domain.arranged(stored, [*domain.names(stored), name])

    await types.edit_type(first, made, stages=with_stage("c"), actor=ADA)
    other = asyncio.create_task(types.edit_type(second, made, stages=with_stage("d"), actor=BOB))
    await waits(conn, second)
    await first.commit()
    await other
    await second.commit()
    assert await names(conn) == ["a", "b", "c", "d"]


async def test_an_edit_begun_before_a_rename_of_the_stage_is_no_conflict(
    conn: AsyncConnection,
) -> None:
    made = await research(conn)
    task = await make(conn, type_id="research", stage="reading")
    await conn.commit()
    since = (await editing.fields_of(conn, task.id))["updated_at"]
    await types.rename_stage(conn, made, "reading", "study", ADA)
    await conn.commit()
    assert await editing.edit_task(conn, task.id, {"title": "x"}, BOB, since=since) == ("title",)


async def test_a_renamed_stage_is_told_once_to_whoever_looks(
    database: Database, conn: AsyncConnection
) -> None:
    made = await research(conn)
    ids = [(await make(conn, type_id="research", stage="reading")).id for _ in range(3)]
    await conn.commit()
    async with following(Feed(database)) as follower:
        await types.rename_stage(conn, made, "reading", "study", ADA)
        await conn.commit()
        await follower.until(lambda: any(change.boards for change in follower.changes[1:]))
        await follower.until(lambda: set(ids) <= set(follower.cards))
        await follower.until(lambda: follower.lines)
        assert {card.stage for card in follower.cards.values()} == {"study"}
        await types.edit_type(conn, made, stages=to("study"), actor=ADA)
        await types.edit_type(conn, made, name="Study", actor=ADA)
        await conn.commit()
        await follower.told(3)
        await follower.settled()
        assert follower.lines == [
            "type Research: stage reading renamed to study by ada, 3 tasks followed",
            "type Research edited by ada: stages",
            "type Research renamed to Study by ada",
        ]


async def test_a_renamed_stage_is_no_move_to_a_feed_that_looks_for_what_was_not_announced(
    database: Database, conn: AsyncConnection
) -> None:
    made = await research(conn)
    renamed = await make(conn, type_id="research", stage="reading")
    moved = await make(conn, type_id="research", stage="question")
    await types.rename_stage(conn, made, "reading", "study", ADA)
    await types.rename_stage(conn, made, "study", "lecture", ADA)
    await conn.commit()
    async with following(Feed(database, poll=0.1)) as follower:
        await conn.execute("ALTER TABLE tasks DISABLE TRIGGER USER")
        await conn.execute("UPDATE tasks SET title = 'other' WHERE id = %s", (renamed.id,))
        await conn.execute("UPDATE tasks SET stage = 'lecture' WHERE id = %s", (moved.id,))
        await conn.commit()
        await follower.until(lambda: follower.lines)
        polls = follower.feed.counters.polls
        await follower.until(lambda: follower.feed.counters.polls > polls + 3)
        assert follower.lines == [f"#{moved.seq} question → lecture"]
