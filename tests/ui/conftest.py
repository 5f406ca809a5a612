"""A furnished database for the tests of the dashboard."""

from __future__ import annotations

from dataclasses import replace

import pytest_asyncio
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.services import projects
from genie_tui.settings import Settings
from tests.services.making import REPO, make, make_board
from tests.ui.running import Room


@pytest_asyncio.fixture
async def room(conn: AsyncConnection, settings: Settings, ada: Actor) -> Room:
    """The board Flow of the project acme, with two tasks in draft and one in build."""
    project = await projects.ensure_project(conn, REPO, ada)
    board = await make_board(conn, project_id=project.id)
    made = [
        await make(conn, board, "draft", title="first", priority="urgent"),
        await make(conn, board, "draft", title="second"),
        await make(conn, board, "build", title="third", priority="high"),
    ]
    await conn.commit()
    return Room(
        conn=conn,
        settings=replace(settings, project=project.name, board=board.name),
        board=board,
        tasks=tuple(made),
    )
