"""What killed and hung servers, initdbs and starters leave, and how the next start copes."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from genie_tui.db import (
    binaries,
    cluster,
    endpoints,
    launcher,
    privileges,
    processes,
    server,
    starting,
)
from genie_tui.errors import NoDatabase
from genie_tui.settings import Settings
from tests.db.programs import (
    impostor,
    is_alive,
    kill,
    kill_all,
    killed_starter,
    outcome,
    starter,
)
from tests.homes import MakeHome
from tests.waiting import PATIENCE, wait_until

MINE = "CREATE TABLE mine AS SELECT 42 AS answer"


def answer(settings: Settings) -> object:
    """What `MINE` has put into the database, once the server is up."""
    with psycopg.connect(server.ensure(settings).conninfo) as conn:
        row = conn.execute("SELECT answer FROM mine").fetchone()
    return row and row[0]


def write_pid_file(data: Path, pid: int, port: int) -> None:
    """A postmaster.pid as a server leaves it."""
    text = f"{pid}\n{data}\n{int(time.time())}\n{port}\n\n127.0.0.1\n\nready   \n"
    (data / "postmaster.pid").write_text(text)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same signals, sooner."""
    monkeypatch.setattr(starting, "SILENT_FOR", 1.0)
    monkeypatch.setattr(processes, "TERMINATE_FOR", 0.1)
    monkeypatch.setattr(processes, "INTERRUPT_FOR", 0.2)


def test_a_server_that_was_killed_is_started_again_with_its_data(home: Settings) -> None:
    found = server.ensure(home)
    with psycopg.connect(found.conninfo) as conn:
        conn.execute(MINE)
    kill(found.pid)
    assert server.crashed(home)
    assert server.status(home).note is not None
    assert answer(home) == 42
    assert not server.crashed(home)


@pytest.mark.usefixtures("impatient")
def test_a_server_that_hangs_is_ended_and_started_again(home: Settings) -> None:
    found = server.ensure(home)
    with psycopg.connect(found.conninfo) as conn:
        conn.execute(MINE)
    assert found.pid is not None
    os.kill(found.pid, signal.SIGSTOP)
    looked_at = server.status(home)
    assert (looked_at.state, looked_at.pid) == ("stopped", found.pid)
    assert answer(home) == 42
    assert not is_alive(found.pid)


@pytest.mark.usefixtures("impatient")
def test_a_server_that_hangs_can_be_stopped(home: Settings) -> None:
    found = server.ensure(home)
    assert found.pid is not None
    os.kill(found.pid, signal.SIGSTOP)
    assert server.stop(home)
    assert processes.live(home.data) == []


@pytest.mark.usefixtures("impatient")
def test_backends_that_outlive_their_postmaster_are_ended(home: Settings) -> None:
    found = server.ensure(home)
    with psycopg.connect(found.conninfo, autocommit=True) as conn:
        # Stopped, it does not notice that the postmaster has gone, and holds its shared memory.
        os.kill(conn.info.backend_pid, signal.SIGSTOP)
        kill(found.pid)
        wait_until(lambda: len(processes.live(home.data)) == 1)
        assert server.ensure(home).pid != found.pid
        assert not is_alive(conn.info.backend_pid)


def test_a_killed_server_leaves_no_shared_memory_once_it_ran_again(home: Settings) -> None:
    found = server.ensure(home)
    segments = shared_memory(home, found.pid)
    assert len(segments) >= 2
    assert all(path.exists() or number in system_v() for path, number in segments)
    kill(found.pid)
    server.ensure(home)
    server.stop(home)
    assert not any(path.exists() or number in system_v() for path, number in segments)


def shared_memory(settings: Settings, pid: int | None) -> list[tuple[Path, str]]:
    """A server's segments of either kind, as a path and a number of which one means nothing."""
    maps = Path(f"/proc/{pid}/maps").read_text().split()
    posix = {Path(word) for word in maps if word.startswith("/dev/shm/PostgreSQL.")}
    number = (settings.data / "postmaster.pid").read_text().split("\n")[6].split()[1]
    return [*((path, "none") for path in posix), (Path("/nowhere"), number)]


def system_v() -> set[str]:
    """The numbers of all System V segments."""
    lines = Path("/proc/sysvipc/shm").read_text(encoding="ascii").splitlines()[1:]
    return {line.split()[1] for line in lines}


def test_signals_get_stronger_second_by_second() -> None:
    assert processes.TERMINATE_FOR == 1
    assert processes.TERMINATE_FOR + processes.INTERRUPT_FOR == 5


@pytest.mark.usefixtures("impatient")
def test_a_process_that_ignores_all_else_gets_term_then_int_then_kill(
    home: Settings, tmp_path: Path
) -> None:
    heard = tmp_path / "heard"
    script = f"trap 'echo TERM >>{heard}' TERM; trap 'echo INT >>{heard}' INT; " + (
        f"echo ready >{heard}; while :; do read -t 0.01 || :; done"
    )
    with impostor(tmp_path, cwd=home.data, script=script) as process:
        wait_until(heard.exists)
        assert [one.pid for one in processes.live(home.data)] == [process.pid]
        assert processes.end(home.data, process.pid)
        assert heard.read_text().split() == ["ready", "TERM", "INT"]
        assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("name", ["postgres", "postmaster"])
def test_a_reused_pid_is_left_alone_and_its_file_removed(
    home: Settings, tmp_path: Path, name: str
) -> None:
    # A postgres of another directory, and something else in ours: neither is our server.
    cwd = tmp_path if name == "postgres" else home.data
    with impostor(tmp_path, name, cwd=cwd) as process:
        write_pid_file(home.data, process.pid, home.port)
        assert server.crashed(home)
        assert server.ensure(home).pid != process.pid
        assert process.poll() is None


@pytest.mark.parametrize("text", ["", "\n\n\n", "junk", "-{pid}\n", "0\n", "999999999\n"])
def test_a_pid_file_that_names_no_process_of_ours_is_removed(home: Settings, text: str) -> None:
    sleeper = subprocess.Popen(["sleep", "60"], process_group=0)
    try:
        (home.data / "postmaster.pid").write_text(text.format(pid=sleeper.pid))
        assert server.ensure(home).owned
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_server_that_is_still_recovering_is_waited_for(home: Settings) -> None:
    with psycopg.connect(server.ensure(home).conninfo, autocommit=True) as conn:
        conn.execute("CREATE TABLE many (t text)")
        # Not in the same statement: then it would be synced, and nothing to replay.
        conn.execute("INSERT INTO many SELECT repeat('x', 900) FROM generate_series(1, 200000)")
    kill_all(home.data)
    killed_starter(home, "_is_ready")
    startup = suspended_recovery(home)
    postmaster = startup.ppid()
    steps: list[str] = []
    with ThreadPoolExecutor() as pool:
        found = pool.submit(server.ensure, home, steps.append)
        wait_until(lambda: "waiting for the server" in steps)
        assert server.status(home).note == f"the server (pid {postmaster}) is starting"
        startup.resume()
        assert found.result().pid == postmaster


def suspended_recovery(settings: Settings) -> psutil.Process:
    """The process that replays what was written before a crash, stopped as soon as it is seen."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for process in processes.live(settings.data):
            with suppress(psutil.NoSuchProcess):
                if "startup" in "".join(process.cmdline()):
                    process.suspend()
                    return process
    raise AssertionError("nothing was recovered")


def test_data_in_use_where_its_processes_cannot_be_seen_is_not_touched(home: Settings) -> None:
    write_pid_file(home.data, 1, home.port)
    before = (home.data / "postmaster.pid").read_text()
    with processes.lock_file(home.data).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for act in (server.ensure, server.stop, server.reset):
            with pytest.raises(NoDatabase, match="another container"):
                act(home)
    assert (home.data / "postmaster.pid").read_text() == before


@pytest.mark.parametrize("step", ["copying", "making", "starting", "_is_ready", "_furnished"])
def test_a_starter_killed_at_any_step_hinders_nobody(empty_home: MakeHome, step: str) -> None:
    settings = empty_home()
    killed_starter(settings, step)
    assert server.ensure(settings).owned
    assert leftovers(settings) == []


def leftovers(settings: Settings) -> list[Path]:
    """What should not be in a home."""
    found = [path for path in settings.data.parent.iterdir() if path != settings.data]
    return found + [path for path in (settings.home / "pg").iterdir() if path.name.startswith(".")]


@pytest.fixture
def bare_home(prepared: Path, empty_home: MakeHome) -> Settings:
    """A home that has the programs, so that a start begins with initdb."""
    settings = empty_home()
    settings.home.mkdir(mode=0o700)
    (settings.home / "pg").symlink_to(prepared / "pg")
    return settings


@pytest.mark.parametrize("victim", ["initdb", "starter"])
@pytest.mark.parametrize("when", ["PG_VERSION", "global/pg_control"])
def test_an_initdb_killed_in_the_middle_is_begun_again(
    bare_home: Settings, victim: str, when: str
) -> None:
    parent = bare_home.data.parent
    with starter(bare_home) as program:
        wait_until(lambda: list(parent.glob(f".pgserve.new-*/{when}")))
        if victim == "initdb":
            initdb_of(bare_home).kill()
            assert "initdb could not make a database" in outcome(program)["error"]
        else:
            program.kill()
    assert not bare_home.data.exists()
    # The single-user backend ends by itself once nobody talks to it.
    wait_until(lambda: not any(processes.live(path) for path in parent.glob(".pgserve.new-*")))
    assert server.ensure(bare_home).owned
    assert leftovers(bare_home) == []


def initdb_of(settings: Settings) -> psutil.Process:
    """The initdb that works for a home."""
    (process,) = (
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "initdb"
        and str(settings.data.parent) in " ".join(process.info["cmdline"] or ())
    )
    return process


def foreign_initdb(settings: Settings) -> subprocess.Popen[bytes]:
    """Another client's initdb, which works on the data directory itself."""
    settings.data.mkdir(parents=True, mode=0o700)
    way = privileges.ways(settings.home, settings.data)[0].name
    log = settings.home / "initdb.log"
    password = settings.home / "password"
    password.write_text("postgres")
    program = binaries.find().program("initdb")
    options = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}"]
    command = [str(program), f"--pgdata={settings.data}", *options]
    python = [sys.executable, "-I", "-S", launcher.__file__, "run", way, str(log)]
    return subprocess.Popen([*python, *command], env={"LC_ALL": "C.UTF-8"})


@pytest.mark.parametrize("when", ["PG_VERSION", "global/pg_control"])
def test_a_directory_that_another_clients_killed_initdb_left_is_made_again(
    bare_home: Settings, when: str
) -> None:
    with foreign_initdb(bare_home) as initdb:
        wait_until((bare_home.data / when).exists)
        initdb.kill()
    wait_until(lambda: processes.live(bare_home.data) == [])
    assert server.ensure(bare_home).owned
    assert cluster.secret(bare_home.data) is not None


def test_another_clients_initdb_is_left_to_finish_and_its_cluster_used(bare_home: Settings) -> None:
    with foreign_initdb(bare_home) as initdb:
        wait_until((bare_home.data / "PG_VERSION").exists)
        assert server.ensure(bare_home).owned
        assert initdb.wait() == 0
    assert cluster.secret(bare_home.data) is None


def test_a_killed_process_that_is_not_quite_gone_is_waited_for(home: Settings) -> None:
    descriptor = os.open(processes.lock_file(home.data), os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    dying = threading.Timer(0.5, os.close, [descriptor])
    dying.start()
    assert server.ensure(home).owned
    dying.join()


def test_a_directory_of_another_major_version_is_never_touched(home: Settings) -> None:
    (home.data / "PG_VERSION").write_text("17\n")
    before = listing(home.data)
    with pytest.raises(NoDatabase, match=r"PostgreSQL 17.*this is 18.*db backup.*db restore"):
        server.ensure(home)
    assert listing(home.data) == before


def test_a_directory_that_holds_something_else_is_never_touched(empty_home: MakeHome) -> None:
    settings = empty_home()
    settings.data.mkdir(parents=True)
    (settings.data / "thesis.txt").write_text("final")
    with pytest.raises(NoDatabase, match="no PostgreSQL database"):
        server.ensure(settings)
    assert listing(settings.data) == {"thesis.txt": 5}


def listing(directory: Path) -> dict[str, int]:
    """Every file below, with its size."""
    return {
        str(path.relative_to(directory)): path.stat().st_size
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_a_start_that_another_program_holds_up_too_long_says_so(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "LOCK_WITHIN", 0.2)
    steps: list[str] = []
    with starting.locked(home), pytest.raises(NoDatabase, match=r"pgserve\.lock"):
        server.ensure(home, steps.append)
    assert "waiting for another program that starts or stops the server" in steps


def test_a_log_that_has_grown_large_is_put_aside_at_a_start(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "LARGEST_LOG", 10)
    for _ in range(2):
        server.ensure(home)
        server.stop(home)
    for name in ("pgserve.log", "pgserve.log.1"):
        assert (home.logs / name).read_text().count("ready to accept connections") == 1


def test_a_port_that_somebody_takes_meanwhile_costs_only_the_next_one(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The port is free when it is looked at, and taken when postgres wants it.
    with socket.create_server(("127.0.0.1", home.port)):
        answers = iter([True])
        free = endpoints.is_free
        monkeypatch.setattr(endpoints, "is_free", lambda port: next(answers, None) or free(port))
        assert server.ensure(home).port == home.port + 1
