"""Exports and imports of projects and boards: what is carried, and that it is all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.shapes import WrongShape
from genie_tui.errors import BadInput, Conflict, NotFound
from genie_tui.services import conversations, dependencies, exporting, projects, undo
from genie_tui.services.placing import Target
from genie_tui.services.sharing import OnConflict
from tests.conftest import Connect
from tests.services.making import ADA, BOB, make, make_board, row_of, rows
from tests.services.projects_made import (
    ODD_TITLE,
    counts,
    exported,
    imported,
    make_project,
)


def parsed(file: str) -> dict[str, Any]:
    """A file's value."""
    found: dict[str, Any] = json.loads(file)
    return found


def titled(file: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A file's tasks by their titles."""
    return {task["title"]: task for task in file["tasks"]}


@pytest.mark.parametrize("history", [False, True])
async def test_a_project_comes_back_byte_for_byte(
    conn: AsyncConnection, other: AsyncConnection, history: bool
) -> None:
    project = await make_project(conn)
    file = await exported(conn, project, history=history)
    done = await imported(other, file)
    assert (done.id, done.tasks, done.made, done.left_out) == (project, 4, (), ())
    assert await exported(other, project, history=history) == file
    assert ("history" in parsed(file)["tasks"][0]) is history


async def test_an_export_holds_all_that_belongs_to_the_project(conn: AsyncConnection) -> None:
    project = await make_project(conn)
    file = parsed(await exported(conn, project))
    by_title = titled(file)
    first, second, third = by_title["first"], by_title[ODD_TITLE], by_title["on everybody's board"]
    plain = by_title["on no board"]
    assert [task["seq"] for task in file["tasks"]] == [1, 3, 4, 4]
    assert [tag["tag_id"] for tag in first["tags"]] == ["bug"]
    assert {actor["role"] for actor in first["actors"]} == {"creator", "assignee"}
    assert [move["to_stage"] for move in first["stage_log"]] == ["review"]
    assert [word["kind"] for word in first["approvals"]] == ["human"]
    assert (first["dependencies"][0]["depends_on_id"], second["parent_id"]) == (
        second["id"],
        first["id"],
    )
    talk, thread = first["conversations"]
    assert [(m["number"], m["body"], m["reply_to"]) for m in talk["messages"]] == [
        (1, "hello", None),
        (2, "hi", 1),
    ]
    assert (thread["parent_message"], thread["messages"][0]["reply_to"]) == (1, 1)
    assert (second["due_date"], second["start_date"]) == (
        "infinity",
        "4001-02-29T12:00:00.000001Z BC",
    )
    assert third["board_id"] == "shared:0"
    assert file["shared_boards"][0]["columns"][4]["name"] == "review"
    assert third["column_id"] == "shared:4"
    assert (plain["board_id"], plain["in_project"]) == (None, False)


async def test_an_export_writes_nothing_and_sees_one_moment(
    conn: AsyncConnection, connect: Connect
) -> None:
    project = await make_project(conn)
    before = await exported(conn, project)
    await exporting.snapshot(conn)
    await rows(conn, "SELECT 1 FROM tasks")
    writer = await connect()
    await make(writer, title="meanwhile")
    await writer.commit()
    pieces: list[str] = []
    await exporting.export_project(conn, project, pieces.append)
    assert "".join(pieces) == before
    await conn.commit()
    assert await exported(conn, project) != before


async def test_only_real_projects_and_boards_are_exported(conn: AsyncConnection) -> None:
    with pytest.raises(NotFound):
        await exporting.export_project(conn, "proj-none", str)
    with pytest.raises(NotFound):
        await exporting.export_board(conn, "board-none", str)


async def test_numbers_stay_and_go_on_from_there(
    conn: AsyncConnection, other: AsyncConnection
) -> None:
    for _ in range(6):
        await make(conn)
    await conn.execute("DELETE FROM tasks WHERE seq IN (1, 3, 4)")
    (task, *_) = await rows(conn, "SELECT project_id FROM tasks")
    await imported(other, await exported(conn, task["project_id"]))
    found = await rows(other, "SELECT seq FROM tasks ORDER BY seq")
    assert [row["seq"] for row in found] == [2, 5, 6]
    assert (await make(other)).seq == 7


async def test_a_copy_beside_the_original_has_new_ids_everywhere(conn: AsyncConnection) -> None:
    project = await make_project(conn)
    file = await exported(conn, project)
    done = await imported(conn, file, target=Target(name="copy"))
    assert (done.name, done.repo_path) == ("copy", "/src/copy")
    copy = await exported(conn, done.id)
    there, here = parsed(file), parsed(copy)
    pairs = [(task, titled(here)[title]) for title, task in titled(there).items()]
    new = {old["id"]: now["id"] for old, now in pairs}
    assert not new.keys() & set(new.values())
    assert len(new) == len(set(new.values())) == 4
    for old, now in pairs:
        assert now["parent_id"] == new.get(old["parent_id"])
        assert [d["depends_on_id"] for d in now["dependencies"]] == [
            new[d["depends_on_id"]] for d in old["dependencies"]
        ]
        assert (now["seq"], now["stage"], now["repo_path"]) == (
            old["seq"],
            old["stage"],
            "/src/copy",
        )
        assert len(now["conversations"]) == len(old["conversations"])
    talk, thread = here["tasks"][0]["conversations"]
    assert talk["linked_entity_id"] == here["tasks"][0]["id"]
    assert {talk["id"], thread["id"]}.isdisjoint(
        talk["id"] for talk in there["tasks"][0]["conversations"]
    )
    assert here["boards"][0]["id"] != there["boards"][0]["id"]
    assert here["boards"][0]["columns"] == there["boards"][0]["columns"]
    # And the original is as it was.
    assert await exported(conn, project) == file


async def test_comments_and_replies_go_on_after_an_import(
    conn: AsyncConnection, other: AsyncConnection
) -> None:
    project = await make_project(conn)
    await conversations.comment(other, (await make(other, repo="/src/b")).id, "before", ADA)
    await imported(other, await exported(conn, project))
    first = parsed(await exported(conn, project))["tasks"][0]["id"]
    said = await conversations.comments(other, first)
    assert [message.body for message in said] == ["hello", "hi"]
    assert said[1].reply_to_id == said[0].id
    later = await conversations.comment(other, first, "after", BOB, reply_to=said[1].id)
    assert later.id > said[1].id


async def test_links_to_tasks_of_others_hold_where_these_are_and_else_are_told(
    conn: AsyncConnection, other: AsyncConnection
) -> None:
    project = await make_project(conn)
    outside = await make(conn, repo="/src/other")
    inside = await make(conn, title="inside", parent_id=outside.id)
    await dependencies.add_dependency(conn, inside.id, outside.id, actor=ADA)
    await dependencies.add_dependency(conn, outside.id, inside.id, "relates_to", actor=ADA)
    file = await exported(conn, project)
    done = await imported(conn, file, target=Target(name="copy"))
    copy = titled(parsed(await exported(conn, done.id)))["inside"]
    assert done.left_out == ()
    assert copy["parent_id"] == outside.id
    assert [d["depends_on_id"] for d in copy["dependencies"]] == [outside.id]
    done = await imported(other, file)
    assert len(done.left_out) == 2
    there = await row_of(other, inside.id)
    assert there["parent_id"] is None


@pytest.mark.parametrize("on_conflict", ["refuse", "share", "rename"])
async def test_what_is_shared_but_differs_is_refused_taken_or_added_as_asked(
    conn: AsyncConnection, other: AsyncConnection, on_conflict: OnConflict
) -> None:
    file = await exported(conn, await make_project(conn))
    await other.execute("UPDATE tags SET color = '#000000' WHERE id = 'bug'")
    await other.execute("UPDATE task_types SET icon = 'cat'")
    await other.execute(
        "UPDATE boards SET columns = (SELECT jsonb_agg(c ORDER BY c ->> 'name')"
        " FROM jsonb_array_elements(columns) AS c) WHERE name = 'Software Development'"
    )
    await other.commit()
    if on_conflict == "refuse":
        with pytest.raises(Conflict) as raised:
            await imported(other, file)
        for name in ("'bug'", "'software'", "'Software Development'", "--on-conflict"):
            assert name in str(raised.value)
        return
    done = await imported(other, file, on_conflict=on_conflict)
    (task,) = await rows(
        other,
        "SELECT t.*, b.name AS board, c ->> 'name' AS column_name FROM tasks t"
        " JOIN boards b ON b.id = t.board_id JOIN jsonb_array_elements(b.columns) AS c"
        " ON c ->> 'id' = t.column_id WHERE t.title = 'on everybody''s board'",
    )
    tags = await rows(other, "SELECT tag_id FROM task_tags")
    assert task["column_name"] == "review"
    if on_conflict == "share":
        assert done.made == ()
        assert (task["board"], task["type_id"]) == ("Software Development", "software")
        assert tags == [{"tag_id": "bug"}]
    else:
        assert done.made == ("type software-2", "tag bug-2", "board Software Development-2")
        assert (task["board"], task["type_id"]) == ("Software Development-2", "software-2")
        assert tags == [{"tag_id": "bug-2"}]
        again = await imported(other, file, on_conflict="rename", target=Target(name="again"))
        assert again.made == ()
    (bug,) = await rows(other, "SELECT color FROM tags WHERE id = 'bug'")
    assert bug == {"color": "#000000"}


async def test_types_tags_and_boards_that_are_not_here_are_made(
    conn: AsyncConnection, other: AsyncConnection
) -> None:
    owner = await projects.ensure_project(conn, "/src/owner", BOB)
    theirs = await make_board(conn, name="Theirs", project_id=owner.id)
    await conn.execute(
        "INSERT INTO task_types (id, name, stages) VALUES ('chore', 'Chore', '[{\"name\": \"x\"}]')"
    )
    await conn.execute("INSERT INTO tags (id, name, type_id) VALUES ('dull', 'Dull', 'chore')")
    await make(conn, theirs, tags=("dull",), title="a guest")
    guest = await make(conn, type_id="chore")
    project = guest.project_id
    assert project is not None
    file = await exported(conn, project)
    done = await imported(other, file)
    assert done.made == ("type chore", "tag dull", "project owner", "board Theirs")
    assert await exported(other, project) == file


ODD_BOARDS = ["[]", "null", "5", '"[]"', '"x"', "{}", '[{"id": "no name"}]', '[{"name": "a"}, 5]']


@pytest.mark.parametrize("columns", ODD_BOARDS)
async def test_boards_with_odd_columns_come_back_as_they_are(
    conn: AsyncConnection, other: AsyncConnection, columns: str
) -> None:
    project = await make_project(conn)
    await conn.execute("UPDATE boards SET columns = %s::jsonb, config = '\"{}\"'", (columns,))
    await conn.execute("UPDATE task_types SET stages = %s::jsonb", (columns,))
    await other.execute("DELETE FROM task_types")
    await other.execute("DELETE FROM boards")
    file = await exported(conn, project)
    await imported(other, file)
    assert await exported(other, project) == file
    stored = await rows(other, "SELECT columns::text AS c FROM boards WHERE name = 'Sprint'")
    assert stored == await rows(conn, "SELECT columns::text AS c FROM boards WHERE name = 'Sprint'")


async def test_nothing_is_left_of_a_file_that_is_wrong_somewhere(conn: AsyncConnection) -> None:
    file = parsed(await exported(conn, await make_project(conn)))
    before = await counts(conn)
    file["tasks"][3]["stage"] = 12
    file["project"]["name"] = "copy"
    with pytest.raises(WrongShape) as raised:
        await imported(conn, file)
    assert str(raised.value) == "tasks[3].stage: expected text, found 12"
    await conn.rollback()
    assert await counts(conn) == before


async def test_a_value_that_no_index_holds_is_told(conn: AsyncConnection) -> None:
    file = parsed(await exported(conn, await make_project(conn)))
    file["tasks"][0]["release_id"] = "".join(chr(0x4E00 + n * 7 % 20000) for n in range(4000))
    with pytest.raises(BadInput, match="too long"):
        await imported(conn, file, target=Target(name="copy"))


async def test_an_import_is_told_once_in_the_audit_log(conn: AsyncConnection) -> None:
    file = await exported(conn, await make_project(conn))
    before = await rows(conn, "SELECT max(id) AS id FROM audit_events")
    done = await imported(conn, file, target=Target(name="copy"), actor=BOB)
    told = await rows(
        conn,
        "SELECT entity_type, entity_id, event_type, actor, details FROM audit_events"
        " WHERE id > %(id)s",
        **before[0],
    )
    assert told == [
        {
            "entity_type": "project",
            "entity_id": done.id,
            "event_type": "imported",
            "actor": "bob",
            "details": {"name": "copy", "tasks": 4, "boards": 1},
        }
    ]


async def test_what_was_done_elsewhere_is_not_undone_here(
    conn: AsyncConnection, other: AsyncConnection
) -> None:
    project = await make_project(conn)
    assert await undo.last(conn, ADA) is not None
    await imported(other, await exported(conn, project, history=True))
    assert await undo.last(other, ADA) is None


async def test_a_project_without_tasks_or_repository_comes_back(
    conn: AsyncConnection, other: AsyncConnection
) -> None:
    await conn.execute("INSERT INTO projects (id, name) VALUES ('proj-bare', 'bare')")
    file = await exported(conn, "proj-bare")
    assert (await imported(other, file)).repo_path is None
    assert await exported(other, "proj-bare") == file
