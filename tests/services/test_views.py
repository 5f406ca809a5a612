"""Saved views: for everybody who uses the database, one of a name on each board."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.boards import Board
from genie_tui.domain.saved_views import SavedView
from genie_tui.domain.tasks import Sort
from genie_tui.domain.views import View
from genie_tui.errors import BadInput, Conflict, NotFound
from genie_tui.services import boards, projects, views
from tests.conftest import Connect
from tests.services.making import ADA, BOB, make_board, rows

AGE = View(sort=Sort.AGE, hide_done=True)


async def save(conn: AsyncConnection, board: Board, name: str = "Mine", **more: Any) -> SavedView:
    """A view of a board."""
    wanted: dict[str, Any] = {
        "board_key": board.key, "project_id": board.project_id, "filter": "mine", "view": AGE,
        "actor": ADA, **more,
    }  # fmt: skip
    return await views.save_view(conn, name, **wanted)


async def told(conn: AsyncConnection) -> list[tuple[str, str, Any]]:
    """What the audit log tells of views."""
    query = """SELECT event_type, actor, details FROM audit_events
                WHERE entity_type = 'view' ORDER BY id"""
    return [(r["event_type"], r["actor"], r["details"]) for r in await rows(conn, query)]


async def test_a_view_is_saved_replaced_by_name_renamed_and_deleted(conn: AsyncConnection) -> None:
    project = await projects.ensure_project(conn, "/src/acme", ADA)
    board = await make_board(conn, project_id=project.id)
    made = await save(conn, board, "  My   view ")
    assert (made.name, made.place, made.filter, made.view) == ("My view", "acme/Flow", "mine", AGE)
    assert made.id.startswith("view-")
    with pytest.raises(Conflict, match="there is a view 'MY VIEW' of this board already"):
        await save(conn, board, "MY VIEW")
    again = await save(
        conn, board, "MY VIEW", filter="p:high", view=View(), actor=BOB, replace=True
    )
    assert (again.id, again.name, again.filter, again.view) == (
        made.id, "MY VIEW", "p:high", View()
    )  # fmt: skip
    other = await save(conn, board, "other", replace=True)
    assert [view.name for view in await views.list_views(conn)] == ["MY VIEW", "other"]
    assert await views.rename_view(conn, made.id, "first", ADA)
    assert not await views.rename_view(conn, made.id, "first", ADA)
    assert await views.delete_view(conn, other.id, BOB) == "other"
    assert [view.name for view in await views.list_views(conn)] == ["first"]
    assert await told(conn) == [
        ("created", "ada", {"name": "My view", "filter": "mine"}),
        ("edited", "bob", {"name": "MY VIEW", "filter": "p:high"}),
        ("created", "ada", {"name": "other", "filter": "mine"}),
        ("edited", "ada",
         {"name": "MY VIEW", "before": {"name": "MY VIEW"}, "after": {"name": "first"}}),
        ("deleted", "bob", {"name": "other"}),
    ]  # fmt: skip
    await conn.commit()
    for verb in (
        views.delete_view(conn, other.id, ADA),
        views.rename_view(conn, other.id, "x", ADA),
    ):
        with pytest.raises(NotFound, match="that view is gone"):
            await verb
    await save(conn, board, "second")
    with pytest.raises(Conflict, match="'SECOND'"):
        await views.rename_view(conn, made.id, "SECOND", ADA)


async def test_boards_and_projects_have_views_of_their_own(conn: AsyncConnection) -> None:
    shared = await make_board(conn, name="Shared")
    acme = await projects.ensure_project(conn, "/src/acme", ADA)
    own = await make_board(conn, name="Own", project_id=acme.id)
    made_up = await boards.find_board(conn, "type:software")
    for board, project in ((shared, None), (shared, acme.id), (own, acme.id), (made_up, None)):
        await save(conn, board, project_id=project)
    for project_id in (None, acme.id):
        with pytest.raises(Conflict):
            await save(conn, shared, "mine", project_id=project_id)
    assert {view.place for view in await views.list_views(conn)} == {
        "all projects/Shared", "acme/Shared", "acme/Own", "all projects/Software Development"
    }  # fmt: skip
    await conn.commit()
    await conn.execute("DELETE FROM boards WHERE id = %s", (own.id,))
    await conn.execute("DELETE FROM projects WHERE id = %s", (acme.id,))
    assert [view.place for view in await views.list_views(conn)] == [
        "all projects/Shared", "all projects/Software Development"
    ]  # fmt: skip
    with pytest.raises(NotFound, match="that board is gone"):
        await save(conn, own, project_id=None)
    await conn.rollback()
    await conn.execute("UPDATE tui_views SET board_key = 'type:gone' WHERE board_id IS NULL")
    assert len(await views.list_views(conn)) == 3


@pytest.mark.parametrize("name", ["", " \n", "x\0", "x" * 101])
async def test_a_name_that_is_none_is_refused(conn: AsyncConnection, name: str) -> None:
    with pytest.raises(BadInput):
        await save(conn, await make_board(conn), name)


async def test_two_who_save_under_one_name_at_once_make_one_view(connect: Connect) -> None:
    first, second = await connect(), await connect()
    board = await make_board(first)
    await first.commit()
    await save(first, board)
    waiting = asyncio.create_task(save(second, board, filter="ready", replace=True))
    await asyncio.sleep(0)
    await first.commit()
    assert (await waiting).filter == "ready"
    await second.commit()
    assert [view.filter for view in await views.list_views(first)] == ["ready"]


async def test_what_another_client_wrote_of_a_view_is_borne(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    await conn.execute(
        """INSERT INTO tui_views (name, board_key, filter, view, created_by_type, created_by_id)
           VALUES ('odd', %s, 'zoom:3 [red]', '"{}"', 'local', 'x')""",
        (board.key,),
    )
    (found,) = await views.list_views(conn)
    assert (found.filter, found.view) == ("zoom:3 [red]", View())
