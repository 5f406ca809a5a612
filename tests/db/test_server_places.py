"""A server in odd places: full and read-only disks, no home, a home of others, clocks that jump."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from genie_tui.db import privileges, securing, server, status
from genie_tui.errors import BadInput, NoDatabase
from genie_tui.settings import Settings
from tests.cli.programs import started
from tests.db.programs import kill_all, outcome, starter
from tests.db.test_server_users import IS_ROOT, NAMELESS, ORDINARY, as_user, home_of
from tests.homes import MakeHome, Running

MAY_MOUNT = IS_ROOT and subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0
"""In most containers not even root may; there a limit on files' sizes must do."""
MINE = "CREATE TABLE mine AS SELECT 42 AS answer"
FAKE_TIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))

Remount = Callable[[str], None]


def has_my_row(settings: Settings) -> bool:
    """Is what `MINE` has written there, once the server is up?"""
    with psycopg.connect(server.ensure(settings).conninfo) as conn:
        return conn.execute("SELECT answer FROM mine").fetchall() == [(42,)]


def error_of(settings: Settings) -> str:
    """What the command line says when the server cannot be started."""
    done = started(settings, "--json", "db", "start")
    assert (done.code, done.error["code"]) == (5, "no_database"), done.err
    return done.error["message"]


def fill(disk: Path) -> None:
    """Leave no room on it."""
    room = os.statvfs(disk)
    with (disk / "fill").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize)


@pytest.fixture
def remount(empty_home: MakeHome, home: Settings) -> Iterator[tuple[Settings, Remount]]:
    """A home on a disk of its own, and what changes that disk's options."""
    settings = replace(empty_home(), port=home.port)
    disk = settings.home
    disk.mkdir()

    def again(options: str) -> None:
        mount = ["mount", "-o", f"remount,{options}", str(disk)]
        subprocess.run(mount, check=True)

    mount = ["mount", "-t", "tmpfs", "-o", "size=200m,mode=700", "genie-test", str(disk)]
    subprocess.run(mount, check=True)
    try:
        yield settings, again
    finally:
        again("rw,size=250m")
        server.stop(settings)
        subprocess.run(["umount", str(disk)], check=True)


if MAY_MOUNT:

    @pytest.mark.parametrize("size", ["20m", "34m", "70m"])
    def test_a_first_start_on_a_full_disk_says_so_and_takes_no_room(
        remount: tuple[Settings, Remount], size: str
    ) -> None:
        # Full while programs are copied, at initdb, and when the database is made.
        settings, again = remount
        again(f"size={size}")
        assert "No space left on device" in (message := error_of(settings))
        assert len(message) < 1500
        assert list((settings.home / "pg").glob(".*")) == []
        again("size=200m")
        assert server.ensure(settings).owned

    def test_a_disk_that_fills_or_becomes_read_only_hurts_no_data(
        remount: tuple[Settings, Remount], home: Settings
    ) -> None:
        settings, again = remount
        subprocess.run(["cp", "-a", f"{home.home}/.", str(settings.home)], check=True)
        with psycopg.connect(server.ensure(settings).conninfo) as conn:
            conn.execute(MINE)
        kill_all(settings.data)
        again("ro")
        assert "Read-only file system" in error_of(settings)
        again("rw")
        fill(settings.home)
        assert "No space left on device" in error_of(settings)
        again("size=250m")
        assert has_my_row(settings)


def test_a_limit_on_the_size_of_files_is_said_and_the_next_start_goes_well(
    empty_home: MakeHome,
) -> None:
    settings = empty_home()
    limited = outcome(starter(settings, before=["prlimit", "--fsize=5000000"]))
    assert "ulimit -f" in limited["error"]
    assert list((settings.home / "pg").iterdir()) == []
    assert server.ensure(settings).owned


def test_a_home_that_may_not_be_written_is_said_with_what_to_do(empty_home: MakeHome) -> None:
    settings = empty_home()
    home_of(ORDINARY if IS_ROOT else os.geteuid())(settings)
    settings.home.chmod(0o500)
    answer = outcome(starter(settings, before=as_user(ORDINARY) if IS_ROOT else []))
    settings.home.chmod(0o700)
    assert "Permission denied" in answer["error"]
    assert "--home DIR names another" in answer["error"]


def test_without_a_variable_home_the_users_own_home_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    assert Settings.read({}).home == Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".genie"


@pytest.mark.parametrize("home", [None, "~no-such-user/genie"] if IS_ROOT else ["~no-such-user/g"])
def test_where_no_home_is_known_one_is_asked_for(home: str | None) -> None:
    before = as_user(NAMELESS) if IS_ROOT else []
    env = {name: value for name, value in os.environ.items() if name not in ("HOME", "GENIE_HOME")}
    env |= {"GENIE_HOME": home} if home else {}
    command = [*before, sys.executable, "-m", "genie_tui", "db", "start"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "name a directory with --home DIR or GENIE_HOME" in done.stderr


def test_a_home_that_is_closed_to_us_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0)
    script = (
        "import os, sys; from genie_tui.settings import Settings\n"
        f"os.geteuid() or os.setresuid({NAMELESS}, {NAMELESS}, {NAMELESS})\n"
        "try: Settings.read({'GENIE_HOME': sys.argv[1]})\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    for place in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        place.chmod(0o755)
    command = [sys.executable, "-c", script, str(tmp_path / "home")]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/").stdout
    assert said == f"{BadInput.__name__} {tmp_path}/home is closed to you; " + (
        "name another home with --home DIR\n"
    )


def test_the_second_user_of_a_machine_shares_the_server_until_it_is_secured(
    home: Settings, empty_home: MakeHome
) -> None:
    first = server.ensure(home)
    theirs = replace(empty_home(), port=home.port)
    home_of(ORDINARY if IS_ROOT else os.geteuid())(theirs)
    them = as_user(ORDINARY) if IS_ROOT else []
    adopted = outcome(starter(theirs, before=them))
    assert (adopted["port"], adopted["owned"]) == (first.port, False)
    assert "never stopped from here" in outcome(starter(theirs, "stop", before=them))["error"]
    securing.secure(home)
    own = outcome(starter(theirs, before=them))
    assert (own["port"], own["owned"]) == (home.port + 1, True)
    assert outcome(starter(theirs, "stop", before=them)) == {"stopped": True}
    found = server.find(home)
    assert found is not None
    assert found.pid == first.pid


@pytest.mark.parametrize("then", [0, 2**32], ids=["in 1970", "in 2106"])
def test_files_of_another_time_stop_no_start(home: Settings, then: int) -> None:
    with psycopg.connect(server.ensure(home).conninfo) as conn:
        conn.execute(MINE)
    kill_all(home.data)
    lines = (home.data / "postmaster.pid").read_text().split("\n")
    (home.data / "postmaster.pid").write_text("\n".join([*lines[:2], str(then), *lines[3:]]))
    for path in [home.port_file, *home.home.rglob("*")]:
        os.utime(path, (then, then), follow_symlinks=False)
    assert has_my_row(home)


if FAKE_TIME:

    def test_a_clock_that_jumps_while_the_server_runs_changes_nothing(
        home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = tmp_path / "clock"
        fake = {"FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"}
        fake |= {"LD_PRELOAD": str(FAKE_TIME[0]), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        for name, value in fake.items():
            monkeypatch.setitem(privileges.ENVIRONMENT, name, value)
        tmp_path.chmod(0o755)
        for place in (tmp_path.parent, tmp_path.parent.parent):
            place.chmod(0o755)
        clock.write_text("+0\n")
        first = server.ensure(home)
        with psycopg.connect(first.conninfo, autocommit=True) as conn:
            conn.execute(MINE)
            for years in (10, -10):
                clock.write_text(f"{years:+}y\n")
                row = conn.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()
                assert row is not None
                assert abs(float(row[0]) - time.time() - years * 31_536_000) < 10_000_000
                assert server.ensure(home).pid == first.pid
        for years in (5, -5):
            assert server.stop(home)
            clock.write_text(f"{years:+}y\n")
            assert has_my_row(home)
            kill_all(home.data)
            assert has_my_row(home)


def test_a_look_at_a_server_that_goes_away_says_that_it_has_gone(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "FACTS", "SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(NoDatabase, match=r"has gone .*; repeat it"):
        server.status(running.settings)
