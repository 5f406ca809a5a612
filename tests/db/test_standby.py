"""A hot standby, made by pg_basebackup: it is read, said to be one, and noticed when promoted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg import errors

from genie_tui.db import binaries, cluster, endpoints, listener, outcomes, server
from genie_tui.db.connection import Database
from genie_tui.domain.actors import Actor
from genie_tui.domain.changes import LinkState
from genie_tui.errors import NoDatabase
from genie_tui.services import stages
from genie_tui.settings import Settings
from tests.homes import MakeHome
from tests.services.making import make, make_board, row_of
from tests.ui.running import running

pytestmark = pytest.mark.xdist_group("standby")


@pytest.fixture
def primary(ready_home: MakeHome) -> Settings:
    """A server that others may follow."""
    settings = ready_home()
    with (settings.data / "postgresql.conf").open("a") as file:
        file.write("\nwal_level = replica\nmax_wal_senders = 4\nhot_standby = on\n")
    server.ensure(settings)
    return settings


@pytest.fixture
def standby(primary: Settings, empty_home: MakeHome) -> Iterator[Settings]:
    """A server that follows it."""
    settings = empty_home()
    settings.data.parent.mkdir(parents=True)
    port = server.ensure(primary).port
    admin = endpoints.admin(port, cluster.secret(primary.data))
    command = [str(binaries.find().program("pg_basebackup")), "-R", "-X", "stream", "-c", "fast"]
    command += ["-D", str(settings.data), "-h", admin.host, "-p", str(port), "-U", admin.user]
    environment = {**os.environ, "PGPASSWORD": admin.password or ""}
    subprocess.run(command, env=environment, check=True)
    server.ensure(settings)
    yield settings
    server.stop(settings)


async def test_a_standby_is_read_and_followed_until_it_is_promoted(
    primary: Settings, standby: Settings, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "POLL_EVERY", 0.05)
    async with Database(primary) as database, database.connection() as conn:
        board = await make_board(conn)
        task = await make(conn, board, "draft")
    there = server.ensure(standby)
    far = replace(standby, dsn=there.url, board="Flow", all_projects=True, migrate=False)
    async with running(far, ada) as desk:
        await desk.until(lambda: desk.app.workspace.link is LinkState.STANDBY)
        await desk.until(lambda: "standby" in desk.text and "read-only" in desk.text)
        await desk.press("L")
        await desk.until(lambda: "this server is a standby" in desk.text)
        async with Database(primary) as database, database.connection() as conn:
            await stages.move_task(conn, task.id, "build", ada)
        journal = desk.app.workspace.journal
        await desk.until(lambda: len(journal) and "build" in journal[journal.end - 1].text)
        with pytest.raises(errors.ReadOnlySqlTransaction):
            async with Database(far) as database, database.connection() as conn:
                await conn.execute("DELETE FROM tags")
        await _what_was_not_heard_of_is_unknown(primary, far)
        _promote(standby)
        await desk.until(lambda: desk.app.workspace.link is LinkState.LIVE)
        assert "read-only" not in desk.text
        async with Database(far) as database, database.connection() as conn:
            await stages.move_task(conn, task.id, "review", ada)
            assert (await row_of(conn, task.id))["stage"] == "review"


async def _what_was_not_heard_of_is_unknown(primary: Settings, far: Settings) -> None:
    """A standby that is behind must not deny what was committed, nor call it another's."""
    async with Database(primary) as database, database.connection() as conn:
        await conn.execute("SELECT pg_current_xact_id()")
        number = await outcomes.number(conn)
        assert number is not None
        async with Database(far) as there:
            with pytest.raises(NoDatabase, match="look before you repeat it"):
                await outcomes.committed(number, there.dedicated, psycopg.OperationalError("lost"))


def _promote(standby: Settings) -> None:
    admin = endpoints.admin(server.ensure(standby).port, cluster.secret(standby.data))
    with psycopg.connect(admin.conninfo, autocommit=True) as conn:
        conn.execute("SELECT pg_promote()")
