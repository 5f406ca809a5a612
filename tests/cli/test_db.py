"""`genie-tui db`, run as a user runs it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from genie_tui.db import cluster, migrations, processes, server
from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment, genie
from tests.db.programs import kill, listener
from tests.homes import MakeHome, Running
from tests.terminal import Terminal
from tests.waiting import wait_until

NAMES = [migration.name for migration in migrations.available()]
HTTP = b"HTTP/1.1 400 Bad Request\r\n\r\n"


def test_start_makes_starts_and_migrates_and_status_tells_all_of_it(empty_home: MakeHome) -> None:
    settings = empty_home()
    started = genie(settings, "db", "start")
    assert (started.code, started.err) == (0, "")
    assert started.out == f"running on 127.0.0.1:{settings.port}\n"
    status = genie(settings, "db", "status", "--json").json
    assert status.pop("data_size") > 20_000_000
    assert status.pop("database_size") > 5_000_000
    found = server.find(settings)
    assert found is not None
    assert status == {
        "state": "running",
        "host": "127.0.0.1",
        "port": settings.port,
        "pid": found.pid,
        "server_version": "18.6",
        "data_directory": str(settings.data),
        "connections": 0,
        "applied": NAMES,
        "pending": [],
        "unknown": [],
        "password": "shared",
        "kept": [],
        "unfinished": [],
        "role": None,
        "pooled": None,
        "standby": None,
        "missing": None,
        "note": None,
    }


def test_status_starts_nothing(empty_home: MakeHome) -> None:
    settings = empty_home()
    found = genie(settings, "db", "status", "--json")
    assert found.code == 0
    assert found.json["state"] == "stopped"
    assert found.json["applied"] is None
    assert not settings.home.exists()


def test_status_for_readers_has_a_line_for_each_fact(running: Running) -> None:
    lines = genie(running.settings, "db", "status").out.splitlines()
    facts = {line.split()[0]: line for line in lines}
    assert list(facts)[:4] == ["state", "server", "pid", "data"]
    assert "PostgreSQL 18" in facts["server"]
    assert str(running.settings.data) in facts["data"]
    assert " MB" in facts["data"]


def test_status_tells_a_crash_from_a_stop(home: Settings) -> None:
    assert genie(home, "db", "status", "--json").json["note"] is None
    kill(server.ensure(home).pid)
    status = genie(home, "db", "status", "--json").json
    assert status["state"] == "stopped"
    assert "died" in status["note"]


def test_status_names_migrations_of_a_newer_genie(home: Settings) -> None:
    genie(home, "db", "migrate")
    found = server.ensure(home)
    with psycopg.connect(found.conninfo) as conn:
        conn.execute("INSERT INTO _genie_migrations (name) VALUES ('042_future')")
    assert genie(home, "db", "status", "--json").json["unknown"] == ["042_future"]
    assert "042_future" in genie(home, "db", "status").out
    assert "unknown  042_future" in genie(home, "db", "migrations").out
    assert genie(home, "db", "start").code == 0


def test_a_stranger_on_the_port_is_called_foreign_until_ours_runs_beside_it(home: Settings) -> None:
    with listener(home.port, HTTP):
        status = genie(home, "db", "status", "--json").json
        assert status["state"] == "foreign"
        assert str(home.port) in status["note"]
        started = genie(home, "db", "start", "--json").json
        assert (started["state"], started["port"]) == ("running", home.port + 1)


def test_the_server_of_another_client_is_used_but_not_stopped(
    empty_home: MakeHome, running: Running
) -> None:
    adopting = replace(empty_home(), port=running.endpoint.port)
    assert genie(adopting, "db", "status", "--json").json["state"] == "foreign"
    for command in ("stop", "reset"):
        refused = genie(adopting, "db", command, "--yes" if command == "reset" else "--json")
        assert refused.code == 4
        assert "another Genie client" in refused.err
    assert server.find(running.settings) is not None


def test_stop_stops_and_says_so(home: Settings) -> None:
    server.ensure(home)
    assert genie(home, "db", "stop").out == "stopped\n"
    assert genie(home, "db", "stop").out == "no server was running\n"
    assert genie(home, "db", "stop", "--json").json == {"stopped": False}
    assert processes.live(home.data) == []


def test_migrate_says_what_it_applied(home: Settings) -> None:
    first = genie(home, "db", "migrate", "--json")
    assert first.json == {"applied": NAMES}
    assert genie(home, "db", "migrate").out == "the database is up to date\n"
    listed = genie(home, "db", "migrations").out.splitlines()
    assert listed == [f"applied  {name}" for name in NAMES]


def test_migrations_are_not_listed_by_starting_a_server(home: Settings) -> None:
    refused = genie(home, "db", "migrations", "--json")
    assert refused.code == 5
    assert refused.error["code"] == "no_database"
    assert processes.live(home.data) == []


def test_no_migrate_and_read_only_leave_the_database_as_it_is(home: Settings) -> None:
    assert genie(home, "db", "start", "--no-migrate").code == 5
    assert genie(home, "--read-only", "db", "migrate").code == 4
    assert genie(home, "db", "status", "--json").json["applied"] == []


def test_url_is_one_that_other_programs_can_use(home: Settings) -> None:
    address = genie(home, "db", "url").out.strip()
    assert address == f"postgresql://postgres:postgres@127.0.0.1:{home.port}/genie"
    psycopg.connect(address).close()
    assert genie(home, "db", "url", "--json").json == {"url": address}


def test_shell_is_psql_on_the_database(home: Settings) -> None:
    asked = genie(home, "db", "shell", "--", "-Atc", "SELECT current_user, current_database()")
    assert (asked.out, asked.code) == ("postgres|genie\n", 0)
    piped = genie(
        home,
        "db",
        "shell",
        stdin="\\pset format unaligned\nSHOW search_path;\n",
        GENIE_TEST_SCHEMA="apart",
    )
    assert '"apart",public' in piped.out or "apart, public" in piped.out
    failed = genie(home, "db", "shell", "--", "-v", "ON_ERROR_STOP=1", "-c", "SELECT 1 / 0")
    assert failed.code == 1


def test_shell_shows_no_password_to_those_who_list_processes(home: Settings) -> None:
    found = server.ensure(home)
    with Terminal([*COMMAND, "db", "shell"], environment(home)) as terminal:
        terminal.wait_for("genie=>")
        command = Path(f"/proc/{terminal.process.pid}/cmdline").read_text()
        assert f"port={found.port}" in command
        assert "password" not in command
        terminal.send("\\q", "enter")
        assert terminal.wait_for_end() == 0


def test_shell_takes_the_wheels_psql_where_the_machine_has_none(home: Settings) -> None:
    asked = genie(home, "db", "shell", "--", "-Atc", "SELECT 1", PATH="/nowhere")
    assert asked.out == "1\n"


def test_reset_asks_first_and_says_what_is_lost(home: Settings) -> None:
    refused = genie(home, "db", "reset")
    assert refused.code == 4
    assert str(home.data) in refused.err
    assert "--yes" in refused.err
    with Terminal([*COMMAND, "db", "reset"], environment(home)) as terminal:
        terminal.wait_for("Go on? [y/N]")
        assert str(home.data) in terminal.text().replace("\n", "")
        terminal.send("enter")
        assert terminal.wait_for_end() == 4
    assert home.data.exists()


def test_reset_leaves_nothing_where_nothing_is_anybody_elses(
    home: Settings, tmp_path: Path
) -> None:
    settings = home
    (settings.home / "pg").unlink()  # That of all tests.
    env = environment(settings, TERM="xterm-256color")
    assert genie(settings, "db", "secure").code == 0
    with Terminal(COMMAND, env, columns=120, rows=30, cwd=tmp_path) as terminal:
        terminal.wait_for("help")
        terminal.send("q")
        assert terminal.wait_for_end() == 0
    (fetched := settings.home / "registry" / "item-1" / "git").mkdir(parents=True)
    (fetched / "HEAD").touch()
    (settings.home / "tui.drafts.json").write_text('{"drafts": {}}')
    assert genie(settings, "daemon", "start").code == 0
    try:
        refused = genie(settings, "db", "reset", "--yes")
    finally:
        assert genie(settings, "daemon", "stop").code == 0
    assert (refused.code, "'genie-tui daemon stop' first" in refused.err) == (4, True)
    assert {path.name for path in settings.home.iterdir()} >= {
        *("daemon.pid", "data", "logs", "pg", "pgserve.lock", "postgres.secret", "seen"),
        "tui.state.json",
    }
    done = genie(settings, "db", "reset", "--yes")
    assert done.out.startswith(f"deleted {settings.data}")
    assert "'genie-tui db secure'" in done.out
    assert not settings.home.exists()
    assert genie(settings, "db", "reset", "--yes").out == "there was no database\n"
    assert not settings.home.exists()


def test_reset_keeps_what_a_person_or_another_program_put_into_the_home(home: Settings) -> None:
    theirs = [
        *("tui.toml", "backups/before.dump", "config.json", "data/other/rows", "logs/other.log"),
        *("runs/notes.md", "seen/film.txt", "registry/mine/file", "pg/notes.txt"),
    ]
    (home.home / "pg").unlink()
    for name in theirs:
        (home.home / name).parent.mkdir(parents=True, exist_ok=True)
        (home.home / name).touch()
    assert genie(home, "db", "stop").code == 0
    done = genie(home, "db", "reset", "--yes", "--json").json
    kept = [str(home.home / name) for name in ("tui.toml", "backups")]
    assert done == {"deleted": str(home.data), "kept": kept}
    left = [path for path in home.home.rglob("*") if not path.is_dir()]
    assert sorted(left) == sorted(home.home / name for name in theirs)


def test_an_external_server_is_told_of_but_never_started_or_stopped(
    empty_home: MakeHome, running: Running
) -> None:
    settings = empty_home()
    dsn = running.endpoint.url
    for arguments in (["--dsn", dsn, "db", "start"], ["db", "start", "--dsn", dsn]):
        assert genie(settings, *arguments).out.startswith("external on 127.0.0.1:")
    status = genie(settings, "db", "status", "--json", GENIE_DATABASE_URL=dsn).json
    assert (status["state"], status["port"]) == ("external", running.endpoint.port)
    assert (status["data_directory"], status["pid"]) == (None, None)
    for command in (["stop"], ["reset", "--yes"]):
        assert genie(settings, "--dsn", dsn, "db", *command).code == 4
    address = genie(settings, "--dsn", dsn, "db", "url").out.strip()
    assert conninfo_to_dict(address) == {
        name: value for name, value in conninfo_to_dict(dsn).items() if name != "password"
    }
    assert not settings.home.exists()
    assert server.find(running.settings) is not None


def test_an_external_server_that_does_not_answer_is_an_error_without_its_password(
    empty_home: MakeHome,
) -> None:
    settings = empty_home()
    dsn = f"postgresql://me:s3cret@127.0.0.1:{settings.port}/genie"
    for command in ("start", "status", "migrate", "url", "migrations"):
        failed = genie(settings, "--dsn", dsn, "db", command, "--json")
        assert failed.code == 5, command
        assert f"127.0.0.1:{settings.port}" in failed.error["message"]
        assert "s3cret" not in failed.err + failed.out


def test_a_first_start_shows_its_progress_on_a_terminal_and_clears_it(empty_home: MakeHome) -> None:
    settings = empty_home()
    with Terminal([*COMMAND, "db", "start"], environment(settings)) as terminal:
        assert terminal.wait_for_end() == 0
        terminal.read()
    shown = terminal.raw.decode()
    for step in ("copying", "making the database", "starting the server"):
        assert step in shown
    assert terminal.text().strip() == f"running on 127.0.0.1:{settings.port}"


def test_interrupting_a_first_start_leaves_nothing_that_hinders_the_next(
    empty_home: MakeHome,
) -> None:
    settings = empty_home()
    with Terminal([*COMMAND, "db", "start"], environment(settings)) as terminal:
        terminal.wait_for("making the database")
        terminal.send("\x03")
        assert terminal.wait_for_end() == 130
        terminal.read()
    assert "Traceback" not in terminal.raw.decode()
    assert list(settings.data.parent.glob(".pgserve*")) == []
    assert genie(settings, "db", "start").code == 0


def test_a_terminal_that_is_closed_takes_no_server_with_it(home: Settings) -> None:
    with Terminal([*COMMAND, "db", "shell"], environment(home)) as terminal:
        terminal.wait_for("genie=>")
        terminal.hang_up()
    wait_until(lambda: server.find(home) is not None)
    assert cluster.pid_file(home.data) is not None


@pytest.mark.parametrize(
    "command", ["start", "stop", "status", "migrate", "migrations", "url", "shell", "reset"]
)
def test_every_command_helps_with_an_example(home: Settings, command: str) -> None:
    shown = genie(home, "db", command, "--help")
    assert shown.code == 0
    assert f"genie-tui db {command}" in shown.out.partition("\n")[2]
