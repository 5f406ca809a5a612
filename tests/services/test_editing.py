"""A task's fields, edited by several at once."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.errors import BadInput, Conflict, NotFound, Refused
from genie_tui.services import checkout, stages, tasks, undo
from genie_tui.services.activity import event
from genie_tui.services.editing import EditConflict, edit_task, fields_of
from genie_tui.services.logs import AUDIT, older
from tests.conftest import Connect
from tests.services.making import ADA, BOB, ENG, events, make, make_board, row_of, rows, waits

DUE = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)

VALUES: dict[str, Any] = {
    "title": "token refresh",
    "description": "so that nobody logs in twice",
    "acceptance_criteria": "- survives a restart",
    "priority": "high",
    "start_date": DUE - timedelta(days=3),
    "due_date": DUE,
    "estimated_effort": "2d",
    "wish_file": "wishes/auth.md",
    "group_name": "a",
    "release_id": "1.2",
}
"""A value for each field but the parent."""

SILENTLY = "UPDATE tasks SET title = 'theirs', updated_at = clock_timestamp() WHERE id = %(id)s"
"""What a client does that writes no audit row."""


async def made(conn: AsyncConnection, **more: Any) -> str:
    """A task that was made in a transaction before."""
    task = await make(conn, **more)
    await conn.commit()
    return task.id


async def edited(conn: AsyncConnection, task_id: str, actor: Actor = ADA, **values: Any) -> None:
    """Fields changed in a transaction of its own."""
    await edit_task(conn, task_id, values, actor)
    await conn.commit()


async def details(conn: AsyncConnection, task_id: str) -> list[Any]:
    """What the audit log says of a task's edits."""
    query = "SELECT details FROM audit_events WHERE entity_id = %(id)s AND event_type = 'edited'"
    return [row["details"] for row in await rows(conn, f"{query} ORDER BY id", id=task_id)]


async def test_each_field_can_be_set_and_all_but_title_and_priority_cleared(
    conn: AsyncConnection,
) -> None:
    parent, task_id = await made(conn), await made(conn)
    before = await row_of(conn, task_id)
    values = VALUES | {"parent_id": parent}
    assert set(await edit_task(conn, task_id, values, ADA)) == values.keys()
    row = await row_of(conn, task_id)
    assert {name: row[name] for name in values} == values
    assert row["updated_at"] > before["updated_at"]
    cleared = dict.fromkeys(values.keys() - {"title", "priority"})
    await edit_task(conn, task_id, cleared, ADA)
    row = await row_of(conn, task_id)
    assert all(row[name] is None for name in cleared)


async def test_an_edit_is_one_audit_row_of_what_really_changed(conn: AsyncConnection) -> None:
    task_id = await made(conn, title="auth", description="old")
    values = {"title": "  auth ", "due_date": DUE, "description": "new\nlines"}
    assert await edit_task(conn, task_id, values, ADA) == ("description", "due_date")
    assert await details(conn, task_id) == [
        {
            "fields": ["description", "due_date"],
            "before": {"description": "old", "due_date": None},
            "after": {"description": "new\nlines", "due_date": DUE.isoformat()},
        }
    ]


async def test_where_nothing_changes_nothing_is_written(conn: AsyncConnection) -> None:
    task_id = await made(conn, title="auth", description="d")
    before = await row_of(conn, task_id)
    values = {"title": "auth", "description": " d ", "wish_file": " ", "priority": "normal"}
    assert await edit_task(conn, task_id, values, ADA) == ()
    assert await edit_task(conn, task_id, {}, ADA) == ()
    assert await row_of(conn, task_id) == before
    assert await events(conn, task_id) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"title": " "}, "title is empty"),
        ({"title": None}, "title is empty"),
        ({"description": "a\0b"}, "the description holds"),
        ({"wish_file": "\ud800"}, "the wish file holds"),
        ({"priority": "asap"}, "urgent, high"),
        ({"priority": None}, "urgent, high"),
        ({"due_date": DUE.replace(tzinfo=None)}, "time zone"),
        ({"stage": "build"}, "no field 'stage'"),
    ],
)
async def test_what_a_field_cannot_hold_is_refused(
    conn: AsyncConnection, values: dict[str, Any], said: str
) -> None:
    task_id = await made(conn)
    with pytest.raises(BadInput, match=said):
        await edit_task(conn, task_id, values, ADA)


async def test_of_a_task_that_is_gone_it_says_so(conn: AsyncConnection) -> None:
    with pytest.raises(NotFound):
        await edit_task(conn, "task-00000000", {"title": "x"}, ADA)
    with pytest.raises(NotFound):
        await fields_of(conn, "task-00000000")
    task_id = await made(conn)
    with pytest.raises(NotFound, match="task-00000000"):
        await edit_task(conn, task_id, {"parent_id": "task-00000000"}, ADA)


async def test_a_field_that_is_not_as_it_was_seen_is_a_conflict_with_both_values(
    conn: AsyncConnection,
) -> None:
    task_id = await made(conn, title="auth", description="old")
    seen = await fields_of(conn, task_id)
    await edited(conn, task_id, BOB, title="auth, by bob", due_date=DUE)
    with pytest.raises(EditConflict, match="title is 'auth, by bob' now") as refused:
        await edit_task(conn, task_id, {"title": "mine", "description": "new"}, ADA, seen=seen)
    assert refused.value.fields == {"title": ("mine", "auth, by bob")}
    assert (await row_of(conn, task_id))["description"] == "old"


async def test_fields_that_nobody_else_touched_are_merged(conn: AsyncConnection) -> None:
    task_id = await made(conn, title="auth")
    seen = await fields_of(conn, task_id)
    await edited(conn, task_id, BOB, title="auth, by bob")
    await conn.execute(SILENTLY.replace("title", "group_name"), {"id": task_id})
    values = {"description": "mine", "priority": "low"}
    assert await edit_task(conn, task_id, values, ADA, seen=seen)
    row = await row_of(conn, task_id)
    assert (row["title"], row["description"], row["priority"]) == ("auth, by bob", "mine", "low")


WRITERS = ("nobody", "bob", "another client")


@pytest.mark.parametrize("by", list(itertools.product(WRITERS, repeat=2)), ids=" and ".join)
async def test_whoever_writes_meanwhile_nothing_is_lost(
    conn: AsyncConnection, by: tuple[str, str]
) -> None:
    names = ("title", "description")
    for mine in (names[:1], names[1:], names):
        for with_time in (False, True):
            task_id = await made(conn, title="old", description="old")
            seen = await fields_of(conn, task_id)
            for name, writer in zip(names, by, strict=True):
                if writer == "bob":
                    await edited(conn, task_id, BOB, **{name: "theirs"})
                elif writer == "another client":
                    await conn.execute(SILENTLY.replace("title", name), {"id": task_id})
                    await conn.commit()
            how: Any = {"since": seen["updated_at"]} if with_time else {"seen": seen}
            theirs = {name for name, writer in zip(names, by, strict=True) if writer != "nobody"}
            written: tuple[str, ...] = ()
            with suppress(EditConflict):
                written = await edit_task(conn, task_id, dict.fromkeys(mine, "mine"), ADA, **how)
            await (conn.commit() if written else conn.rollback())
            assert bool(written) == (not theirs & set(mine)) or (
                with_time and "another client" in by
            )
            row = await row_of(conn, task_id)
            for name in names:
                otherwise = "theirs" if name in theirs else "old"
                assert row[name] == ("mine" if name in written else otherwise), (mine, how)
            await conn.commit()


async def test_two_who_change_a_field_alike_agree(conn: AsyncConnection) -> None:
    task_id = await made(conn, title="auth")
    seen = await fields_of(conn, task_id)
    await edited(conn, task_id, BOB, title="login")
    assert await edit_task(conn, task_id, {"title": "login"}, ADA, seen=seen) == ()
    since = seen["updated_at"]
    assert await edit_task(conn, task_id, {"title": "login"}, ADA, since=since) == ()


async def test_the_time_alone_tells_what_our_clients_changed_since(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    task_id = await made(conn, board=board, title="auth")
    since = (await fields_of(conn, task_id))["updated_at"]
    await edited(conn, task_id, BOB, title="login")
    await checkout.checkout_task(conn, task_id, ENG)
    await conn.commit()
    await tasks.set_priority(conn, task_id, "urgent", BOB)
    await conn.commit()
    await stages.move_task(conn, task_id, "build", BOB)
    await conn.commit()
    assert await edit_task(conn, task_id, {"description": "mine"}, ADA, since=since)
    for values in ({"title": "auth 2"}, {"priority": "low"}):
        with pytest.raises(EditConflict) as refused:
            await edit_task(conn, task_id, values, ADA, since=since)
        assert refused.value.fields.keys() == values.keys()


async def test_a_change_of_the_same_moment_that_was_seen_is_none(conn: AsyncConnection) -> None:
    task_id = await made(conn)
    await edited(conn, task_id, BOB, title="login")
    since = (await fields_of(conn, task_id))["updated_at"]
    assert await edit_task(conn, task_id, {"title": "mine"}, ADA, since=since) == ("title",)


async def test_a_lock_that_is_renewed_meanwhile_does_not_hinder(conn: AsyncConnection) -> None:
    task_id = await made(conn)
    await checkout.checkout_task(conn, task_id, ENG)
    await conn.commit()
    since = (await fields_of(conn, task_id))["updated_at"]
    await checkout.renew_lock(conn, task_id, ENG)
    await conn.commit()
    assert await edit_task(conn, task_id, {"title": "mine"}, ADA, since=since) == ("title",)


async def test_a_change_that_nobody_tells_of_may_have_been_of_anything(
    conn: AsyncConnection,
) -> None:
    task_id = await made(conn, title="auth")
    since = (await fields_of(conn, task_id))["updated_at"]
    await conn.execute(SILENTLY, {"id": task_id})
    await conn.commit()
    with pytest.raises(EditConflict) as refused:
        await edit_task(conn, task_id, {"description": "mine"}, ADA, since=since)
    assert refused.value.fields == {"description": ("mine", None)}
    await conn.rollback()
    since = (await fields_of(conn, task_id))["updated_at"]
    assert await edit_task(conn, task_id, {"description": "mine"}, ADA, since=since)


@pytest.mark.parametrize("stored", ['"text"', "[]", '{"before": {}, "after": "x"}', "null"])
async def test_audit_rows_of_any_shape_are_read(conn: AsyncConnection, stored: str) -> None:
    task_id = await made(conn)
    since = (await fields_of(conn, task_id))["updated_at"]
    await edited(conn, task_id, BOB, title="x")
    await conn.execute(
        "INSERT INTO audit_events (entity_type, entity_id, event_type, details)"
        " VALUES ('task', %s, 'odd', %s)",
        (task_id, stored),
    )
    assert await edit_task(conn, task_id, {"description": "mine"}, ADA, since=since)


async def test_a_change_that_a_later_one_hides_is_found_where_the_log_told_otherwise(
    conn: AsyncConnection,
) -> None:
    task_id = await made(conn, title="auth")
    await edited(conn, task_id, BOB, due_date=DUE, priority="high")
    since = (await fields_of(conn, task_id))["updated_at"]
    silently = SILENTLY.replace("title = 'theirs'", "due_date = '2027-01-01', title = 'theirs'")
    await conn.execute(silently, {"id": task_id})
    await conn.commit()
    await stages.move_task(conn, task_id, "build", BOB)
    await conn.commit()
    values = {"due_date": None, "title": "mine", "priority": "low"}
    with pytest.raises(EditConflict) as refused:
        await edit_task(conn, task_id, values, ADA, since=since)
    assert refused.value.fields.keys() == {"due_date", "title"}
    assert await edit_task(conn, task_id, {"priority": "low"}, ADA, since=since)


async def test_of_two_who_edit_at_once_the_later_sees_the_first(connect: Connect) -> None:
    first, second, watcher = await connect(), await connect(), await connect()
    await watcher.set_autocommit(True)
    task_id = await made(first, title="auth")
    seen = await fields_of(second, task_id)
    await second.commit()
    await edit_task(first, task_id, {"title": "login"}, BOB)
    late = asyncio.create_task(edit_task(second, task_id, {"title": "mine"}, ADA, seen=seen))
    await waits(watcher, second)
    await first.commit()
    with pytest.raises(EditConflict):
        await late


async def test_an_edit_is_never_older_than_what_it_changes(connect: Connect) -> None:
    early, late = await connect(), await connect()
    task_id = await made(late)
    await early.execute("SELECT now()")
    await edited(late, task_id, BOB, title="login")
    between = (await fields_of(late, task_id))["updated_at"]
    await edited(early, task_id, ADA, title="mine")
    assert (await fields_of(late, task_id))["updated_at"] > between
    with pytest.raises(EditConflict):
        await edit_task(late, task_id, {"title": "again"}, BOB, since=between)


async def test_a_task_is_never_part_of_itself(conn: AsyncConnection) -> None:
    top, middle, low = await made(conn), await made(conn), await made(conn)
    await edited(conn, middle, parent_id=top)
    await edited(conn, low, parent_id=middle)
    for parent in (top, middle, low):
        with pytest.raises(Refused):
            await edit_task(conn, top, {"parent_id": parent}, ADA)
    assert await edit_task(conn, low, {"parent_id": top}, ADA) == ("parent_id",)


async def test_two_who_make_each_others_task_the_parent_close_no_circle(connect: Connect) -> None:
    first, second, watcher = await connect(), await connect(), await connect()
    await watcher.set_autocommit(True)
    a, b = await made(first), await made(first)
    await edit_task(first, a, {"parent_id": b}, ADA)
    late = asyncio.create_task(edit_task(second, b, {"parent_id": a}, BOB))
    await waits(watcher, second)
    await first.commit()
    with pytest.raises(Refused):
        await late


async def test_a_circle_of_parents_of_others_making_does_not_hold_up(conn: AsyncConnection) -> None:
    a, b, c = await made(conn), await made(conn), await made(conn)
    swap = "UPDATE tasks SET parent_id = %(parent)s WHERE id = %(id)s"
    await conn.execute(swap, {"id": a, "parent": b})
    await conn.execute(swap, {"id": b, "parent": a})
    assert await edit_task(conn, c, {"parent_id": a}, ADA)
    assert await edit_task(conn, a, {"parent_id": None}, ADA)


async def test_the_parent_may_be_of_another_repository(conn: AsyncConnection) -> None:
    here, there = await made(conn), await made(conn, repo="/src/other")
    assert await edit_task(conn, here, {"parent_id": there}, ADA)


async def test_a_group_is_there_once_under_a_parent(conn: AsyncConnection) -> None:
    parent = await made(conn)
    await made(conn, parent_id=parent, group_name="a")
    other = await made(conn, parent_id=parent)
    await conn.commit()
    with pytest.raises(Conflict, match="group 'a'"):
        await edit_task(conn, other, {"group_name": "a"}, ADA)


@pytest.mark.parametrize("when", ["infinity", "-infinity", "4000-01-01 BC", "294000-01-01"])
async def test_times_that_no_datetime_holds_can_be_written_over(
    conn: AsyncConnection, when: str
) -> None:
    task_id = await made(conn)
    times = ", ".join(f"{name} = '{when}'" for name in ("due_date", "start_date", "updated_at"))
    await conn.execute(f"UPDATE tasks SET {times}")
    seen = await fields_of(conn, task_id)
    values = {"due_date": DUE, "start_date": None}
    assert set(await edit_task(conn, task_id, values, ADA, seen=seen)) == values.keys()
    row = await row_of(conn, task_id) if when[0] != "2" else await fields_of(conn, task_id)
    assert row["due_date"] == DUE


async def test_a_task_whose_board_lost_its_columns_is_edited(conn: AsyncConnection) -> None:
    task_id = await made(conn, board=await make_board(conn))
    await conn.execute("UPDATE boards SET columns = '[]'")
    await conn.execute("UPDATE tasks SET metadata = to_jsonb('{}'::text)")
    assert await edit_task(conn, task_id, {"title": "x"}, ADA) == ("title",)


async def test_of_an_edit_undo_gives_back_the_priority_alone(conn: AsyncConnection) -> None:
    task_id = await made(conn, title="auth")
    await edited(conn, task_id, title="login", priority="urgent", due_date=DUE)
    change = await undo.last(conn, ADA)
    assert change is not None
    assert change.text == "#1 login: priority normal"
    await undo.undo(conn, ADA, change)
    row = await row_of(conn, task_id)
    assert (row["priority"], row["title"], row["due_date"]) == ("normal", "login", DUE)
    await conn.commit()
    again = await undo.last_undone(conn, ADA)
    assert again is not None
    await undo.redo(conn, ADA, again)
    assert (await row_of(conn, task_id))["priority"] == "urgent"


async def test_an_edit_of_texts_does_not_stand_in_the_way_of_undo(conn: AsyncConnection) -> None:
    task_id = await made(conn)
    await tasks.set_priority(conn, task_id, "high", ADA)
    await conn.commit()
    await edited(conn, task_id, title="login")
    change = await undo.last(conn, ADA)
    assert change is not None
    await undo.undo(conn, ADA, change)
    assert (await row_of(conn, task_id))["priority"] == "normal"
    await conn.commit()
    await edited(conn, task_id, description="more")
    assert await undo.last_undone(conn, ADA) is not None


async def test_the_feed_tells_what_was_edited(conn: AsyncConnection) -> None:
    task_id = await made(conn)
    await edited(conn, task_id, title="login", parent_id=await made(conn))
    lines = [event(row) for row in await older(conn, AUDIT, at=None, id_=0, limit=9)]
    assert "#1 edited by ada: title, parent" in [line.text for line in lines if line]
