"""The dashboard and its database: a first start, a server that dies, one that is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from psycopg import AsyncConnection

from genie_tui.db import backups, restoring, server
from genie_tui.db.connection import Database
from genie_tui.db.starting import LOCK
from genie_tui.domain.actors import Actor
from genie_tui.domain.changes import LinkState
from genie_tui.services import conversations, projects, stages
from genie_tui.settings import Settings
from genie_tui.ui.screens.task import TaskPage
from genie_tui.ui.widgets.startup import Startup
from tests.ports import free_port
from tests.services.making import REPO, make, make_board, row_of
from tests.ui.running import Desk, running

pytestmark = pytest.mark.xdist_group("link")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Settings]:
    """A home of its own, whose server is stopped in the end."""
    settings = Settings(home=tmp_path / "genie", port=free_port(), project="acme", board="Flow")
    yield settings
    server.stop(settings)


async def live(desk: Desk) -> None:
    """Wait until changes come in."""
    await desk.until(lambda: desk.app.workspace.link is LinkState.LIVE)


async def kill(settings: Settings) -> None:
    """Kill the server the hard way."""
    endpoint = await asyncio.to_thread(server.ensure, settings)
    assert endpoint.pid is not None
    os.kill(endpoint.pid, signal.SIGKILL)


async def connect(settings: Settings) -> AsyncConnection:
    """A connection beside the dashboard's."""
    endpoint = await asyncio.to_thread(server.ensure, settings)
    return await AsyncConnection.connect(endpoint.conninfo)


async def furnish(settings: Settings, me: Actor) -> str:
    """Make the board Flow with one task, whose id is given."""
    async with Database(settings) as database, database.connection() as conn:
        project = await projects.ensure_project(conn, REPO, me)
        board = await make_board(conn, project_id=project.id)
        return (await make(conn, board, "draft", title="carry on")).id


async def test_the_first_start_shows_its_steps_and_keeps_the_keys_that_are_pressed(
    home: Settings, ada: Actor
) -> None:
    settings = Settings(home=home.home, port=home.port)
    home.home.mkdir(mode=0o700)
    async with running(settings, ada, ready=False) as desk:
        startup = desk.app.screen.query_one(Startup)
        # As long as this is held, the start does not get on, however quick the machine is.
        with FileLock(home.home / LOCK, mode=0o600):
            await desk.until(lambda: startup.display)
            await desk.sees("Starting", "keys are kept until the board is there")
            await desk.press("n")
            await desk.type("early bird")
            await desk.press("enter")
            assert desk.app.workspace.link is LinkState.CONNECTING
        await desk.until(lambda: desk.under_cursor == "early bird")
        assert not startup.display


async def test_a_database_that_is_not_there_is_said_with_what_to_do(
    tmp_path: Path, ada: Actor
) -> None:
    dsn = f"postgresql://nobody@127.0.0.1:{free_port()}/genie"
    async with running(Settings(home=tmp_path, dsn=dsn), ada, ready=False) as desk:
        await desk.sees("No database", "r tries again, q quits")
        await desk.press("n")
        await desk.told("the database is away")
        await desk.press("q")
        await desk.until(lambda: not desk.app.is_running)


@pytest.fixture
def apart(home: Settings, tmp_path: Path) -> Settings:
    """The same server, but as one that the dashboard may not start."""
    endpoint = server.ensure(home)
    dsn = f"postgresql://{endpoint.user}:{endpoint.password}@{endpoint.host}:{endpoint.port}/genie"
    return Settings(home=tmp_path / "apart", dsn=dsn, project="acme", board="Flow")


async def test_while_the_server_is_dead_one_can_look_and_lose_nothing(
    home: Settings, apart: Settings, ada: Actor, eng: Actor
) -> None:
    task_id = await furnish(home, ada)
    async with running(apart, ada) as desk:
        await live(desk)
        await desk.press("c")
        await desk.type("do not lose me")
        await kill(home)
        await desk.until(lambda: desk.app.workspace.link is LinkState.RECONNECTING)
        await desk.press("enter")
        await desk.sees("not written", "do not lose me")
        await desk.sees("○ reconnecting")
        await desk.press("escape", "L")
        await desk.told("not written")
        await desk.press("enter")
        await desk.until(lambda: isinstance(desk.app.screen, TaskPage))
        await desk.press("escape", "c")
        await desk.sees("do not lose me")

        async with await connect(home) as conn:
            await stages.move_task(conn, task_id, "build", eng)
        await live(desk)
        await desk.press("enter")
        await desk.sees("● live", "Build 1", "✎1", "draft → build")
        async with await connect(home) as conn:
            assert [said.body for said in await conversations.comments(conn, task_id)] == [
                "do not lose me"
            ]


async def test_a_server_that_died_is_started_again_by_itself(home: Settings, ada: Actor) -> None:
    task_id = await furnish(home, ada)
    async with running(home, ada) as desk:
        await live(desk)
        await kill(home)
        await desk.until(lambda: desk.app.workspace.link is not LinkState.LIVE)
        await live(desk)
        await desk.press("L")
        await desk.sees("Build 1")
        async with await connect(home) as conn:
            assert (await row_of(conn, task_id))["stage"] == "build"


async def test_a_restore_beneath_a_dashboard_is_shown_and_what_follows_is_told(
    home: Settings, ada: Actor, eng: Actor
) -> None:
    task_id = await furnish(home, ada)
    backup = home.home / "one.dump"
    await asyncio.to_thread(backups.back_up, home, backup, lambda _: None)

    def put_back() -> None:
        with restoring.restore(home, backup, lambda _: None) as ready:
            ready.swap()

    async with running(home, ada) as desk:
        await live(desk)
        async with await connect(home) as conn:
            await stages.move_task(conn, task_id, "build", eng)
        await desk.sees("Build 1", "draft → build")
        await asyncio.to_thread(put_back)
        await desk.sees("Draft 1")
        await live(desk)
        # Its logs have lower ids than those that were read before.
        async with await connect(home) as conn:
            await stages.move_task(conn, task_id, "ship", eng)
        await desk.sees("Ship 1", "draft → ship", "another database")
        assert desk.app.is_running


async def test_a_server_that_was_stopped_stays_so_until_r_starts_it(
    home: Settings, ada: Actor
) -> None:
    async with running(home, ada, ready=False) as desk:
        await live(desk)
        await asyncio.to_thread(server.stop, home)
        await desk.until(lambda: desk.app.workspace.link is LinkState.STOPPED)
        await desk.sees("○ stopped", "as of ")
        await desk.press("r")
        await live(desk)
        await desk.sees("● live")
