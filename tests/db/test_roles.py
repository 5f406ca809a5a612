"""Roles that may not do all: what is missing is said, and what is allowed works."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from genie_tui.db import cluster, endpoints, migrations
from genie_tui.db.connection import Database
from genie_tui.db.limits import TABLES
from genie_tui.domain.actors import Actor
from genie_tui.domain.changes import LinkState
from genie_tui.errors import NoDatabase
from genie_tui.settings import Settings
from tests.cli.programs import genie
from tests.conftest import Server
from tests.services.making import make, make_board
from tests.ui.running import Desk, running

PASSWORD = "an0ther s3cret"
Grant = Callable[..., Settings]


@pytest.fixture
def reader(server: Server, settings: Settings, dsn: str) -> Iterator[Grant]:
    """Makes a role, and gives it what is named; the settings of who logs in as it."""
    name = f"reader_{uuid.uuid4().hex[:8]}"
    role = sql.Identifier(name)
    port = server.endpoint.port
    admin = endpoints.admin(port, cluster.secret(server.settings.data))
    with psycopg.connect(admin.conninfo, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, PASSWORD))
    owner = psycopg.connect(dsn, autocommit=True)

    def grant(*what: str) -> Settings:
        for one in what:
            owner.execute(sql.SQL(f"GRANT {one} TO {{}}").format(role))
        host = f"host=127.0.0.1 port={port} dbname={owner.info.dbname}"
        return replace(settings, dsn=f"{host} user={name} password='{PASSWORD}'")

    yield grant
    owner.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role))
    owner.close()
    with psycopg.connect(admin.conninfo, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP ROLE {}").format(role))


ALL = "ON ALL TABLES IN SCHEMA public"


async def test_every_table_that_we_use_is_looked_at(dsn: str) -> None:
    with psycopg.connect(dsn) as conn:
        found = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert {name for (name,) in found} == TABLES


async def test_a_role_that_may_read_nothing_is_told_what_to_ask_for(reader: Grant) -> None:
    with pytest.raises(NoDatabase, match="GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"):
        await Database(reader()).open()


async def test_a_role_that_may_not_make_tables_is_told_who_may(reader: Grant, dsn: str) -> None:
    settings = reader(f"SELECT {ALL}")
    with psycopg.connect(dsn) as conn:
        conn.execute("DELETE FROM _genie_migrations WHERE name LIKE 'tui_%'")
    with pytest.raises(NoDatabase, match=r"may make no tables .* owner \(\w+\) run 'genie-tui"):
        await Database(settings).open()


def test_a_role_that_only_reads_lists_tasks_and_is_told_what_it_lacks(reader: Grant) -> None:
    settings = reader(f"SELECT {ALL}")
    dsn = settings.dsn or ""
    assert genie(settings, "--dsn", dsn, "task", "list", "--all-projects").code == 0
    refused = genie(settings, "--dsn", dsn, "task", "create", "x")
    assert (refused.code, "db status" in refused.err) == (4, True)
    found = genie(settings, "--dsn", dsn, "db", "status", "--json").json
    assert found["missing"][0].startswith("GRANT INSERT, UPDATE, DELETE ON public.agent_")
    assert "may only read" in found["note"]
    assert "GRANT INSERT" in genie(settings, "--dsn", dsn, "db", "status").out


def test_one_table_that_may_not_be_written_is_the_one_that_is_named(
    reader: Grant, dsn: str
) -> None:
    settings = reader(f"ALL {ALL}")
    role = psycopg.conninfo.conninfo_to_dict(settings.dsn or "")["user"]
    with psycopg.connect(dsn) as conn:
        conn.execute(f"REVOKE INSERT ON tags FROM {role}")
    found = genie(settings, "--dsn", settings.dsn or "", "db", "status", "--json").json
    assert found["missing"] == [f"GRANT INSERT ON public.tags TO {role}"]
    made = genie(settings, "--dsn", settings.dsn or "", "task", "create", "x")
    assert (made.code, made.err) == (0, "")


async def test_the_dashboard_of_a_reader_is_live_and_says_why_it_writes_nothing(
    reader: Grant, database: Database, ada: Actor
) -> None:
    async with database.connection() as conn:
        board = await make_board(conn)
        await make(conn, board, "draft")
    settings = replace(reader(f"SELECT {ALL}"), board="Flow", all_projects=True)
    async with running(settings, ada) as desk:
        await _live(desk)
        assert "read-only" in desk.text
        await desk.press("L")
        await desk.until(lambda: "may only read" in desk.text)


async def _live(desk: Desk) -> None:
    await desk.until(lambda: desk.app.workspace.link is LinkState.LIVE)


def test_an_address_is_printed_without_its_password(reader: Grant) -> None:
    settings = reader(f"SELECT {ALL}")
    for command in (["db", "url"], ["db", "status"], ["task", "show", "#99"]):
        done = genie(settings, "--dsn", settings.dsn or "", *command)
        assert "s3cret" not in done.out + done.err


def test_the_surroundings_of_libpq_lead_nowhere_but_where_dsn_says(
    settings: Settings, server: Server, dsn: str
) -> None:
    name = dsn.rpartition("/")[2]
    home = settings.home.parent
    (home / "services").write_text(
        f"[board]\nhost=127.0.0.1\nport={server.endpoint.port}\ndbname={name}\nuser=postgres\n"
    )
    passwords = home / "pass"
    passwords.write_text(f"127.0.0.1:{server.endpoint.port}:*:postgres:postgres\n")
    passwords.chmod(0o600)
    given = {"PGSERVICEFILE": str(home / "services"), "PGPASSFILE": str(passwords)}
    found = genie(settings, "--dsn", "service=board", "db", "status", "--json", **given).json
    assert (found["port"], found["state"]) == (server.endpoint.port, "external")
    assert found["applied"] == [one.name for one in migrations.available()]
    gone = genie(
        settings, "--dsn", "service=board", "db", "status", **(given | {"PGPASSFILE": "/none"})
    )
    assert (gone.code, "the service 'board'" in gone.err) == (5, True)
    astray = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.endpoint.port),
        "PGDATABASE": name,
        "PGSERVICE": "none",
    }
    assert genie(settings, "db", "status", "--json", **astray).json["state"] == "stopped"
    ours = genie(server.settings, "db", "status", "--json", **astray).json
    assert (ours["state"], ours["pid"]) == ("running", server.endpoint.pid)
