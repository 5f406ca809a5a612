"""`genie-tui db secure`: only who may read the home gets in, and nobody who may is locked out."""

from __future__ import annotations

import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from genie_tui.db import cluster, endpoints, passwords, processes, securing, server
from genie_tui.db.connection import Database
from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment, genie
from tests.db.programs import kill
from tests.homes import MakeHome, Running
from tests.terminal import Terminal

KILLED = """
import os, signal, sys
from pathlib import Path
from genie_tui.db import passwords, securing, server
from genie_tui.settings import Settings

settings = Settings(home=Path(sys.argv[1]), port=int(sys.argv[2]))
server.ensure(settings)
keep, unlink, kept = passwords._keep, Path.unlink, []

def dying(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[3] == "before":
    passwords.hashed = dying
else:
    passwords._keep = lambda *given: dying() if kept else kept.append(keep(*given))
    Path.unlink = lambda path, **how: dying() if path == passwords.file(settings) else unlink(
        path, **how
    )
(securing.share if sys.argv[4] == "share" else securing.secure)(settings)
"""
"""Changes the password, and is killed (-9) before or after the server has it."""


def lets_in(port: int, password: str) -> bool:
    try:
        psycopg.connect(endpoints.local(port, password=password).conninfo).close()
    except psycopg.OperationalError:
        return False
    return True


def test_secure_shuts_the_door_that_all_know_and_every_way_of_ours_goes_on(home: Settings) -> None:
    genie(home, "db", "start")
    with psycopg.connect(endpoints.local(home.port).conninfo, application_name="genie-node"):
        done = genie(home, "db", "secure")
    assert done.code == 0
    assert "genie-node (1)" in done.out
    file = passwords.file(home)
    secret = file.read_text().strip()
    assert file.stat().st_mode & 0o777 == 0o600
    assert secret not in done.out
    assert (lets_in(home.port, "postgres"), lets_in(home.port, secret)) == (False, True)
    assert "this home's own" in genie(home, "db", "status").out
    assert genie(home, "task", "list", "--all-projects", "--json").json == []
    assert genie(home, "status").out.startswith("genie ok")
    assert genie(home, "db", "shell", "--", "-Atc", "SELECT 1").out == "1\n"
    psycopg.connect(genie(home, "db", "url").out.strip()).close()
    line = genie(home, "db", "url", "--pgpass").out
    assert line == f"127.0.0.1:{home.port}:*:postgres:{secret}\n"
    again = genie(home, "db", "secure", "--json").json
    assert (again["changed"], file.read_text().strip()) == (False, secret)
    undone = genie(home, "db", "secure", "--undo", "--json").json
    assert (undone["password"], undone["changed"]) == ("shared", True)
    assert lets_in(home.port, "postgres")
    assert not file.exists()
    assert genie(home, "db", "secure", "--undo").out.startswith("the password is already")


@pytest.mark.parametrize("step", ["before", "after"])
@pytest.mark.parametrize("done", ["secure", "share"])
def test_a_kill_in_the_middle_locks_nobody_out_and_the_next_finishes(
    home: Settings, step: str, done: str
) -> None:
    if done == "share":
        securing.secure(home)
    arguments = [str(home.home), str(home.port), step, done]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert passwords.standing(home) == "unsettled"
    assert genie(home, "task", "list", "--all-projects", "--json").json == []
    assert genie(home, "status").out.startswith("genie ok")
    assert genie(home, "db", "status", "--json").json["password"] == "unsettled"
    again = genie(home, "db", "secure", *(["--undo"] if done == "share" else []))
    assert again.code == 0, again.err
    assert passwords.standing(home) == ("shared" if done == "share" else "own")
    assert lets_in(home.port, "postgres") == (done == "share")


async def test_whoever_is_connected_goes_on_and_reconnects(home: Settings) -> None:
    async with Database(home, pool_size=1) as database:
        for change in (securing.secure, securing.share):
            async with database.connection() as conn:
                await conn.execute("SELECT 1")
            change(home)
            async with database.connection() as conn:
                await conn.execute("SELECT 1")
                pid = conn.info.backend_pid
            with passwords.as_admin(home, home.port) as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            async with database.connection() as conn:
                await conn.execute("SELECT 1")
            await (await database.dedicated()).close()


def test_a_dashboard_goes_on_while_the_password_changes(home: Settings) -> None:
    genie(home, "db", "start")
    with Terminal([*COMMAND], environment(home)) as terminal:
        terminal.wait_for("live")
        securing.secure(home)
        with passwords.as_admin(home, home.port) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'genie-tui'"
            )
        genie(home, "task", "create", "after the change", cwd="/tmp")
        terminal.wait_for("live")
        terminal.send("\x11")
        assert terminal.wait_for_end() == 0


def test_a_secret_that_was_lost_is_told_and_made_anew(home: Settings) -> None:
    securing.secure(home)
    passwords.file(home).unlink()
    failed = genie(home, "task", "list")
    assert failed.code == 5
    assert "'genie-tui db secure'" in failed.err
    assert genie(home, "db", "secure", "--json").json["changed"] is True
    assert genie(home, "task", "list", "--all-projects").code == 0
    passwords.file(home).write_text("")
    assert genie(home, "db", "secure", "--undo", "--json").json["password"] == "shared"


def test_a_database_made_anew_has_the_secret_of_its_home(home: Settings) -> None:
    securing.secure(home)
    assert server.reset(home)
    assert genie(home, "db", "start").code == 0
    assert genie(home, "db", "status", "--json").json["password"] == "own"
    assert not lets_in(home.port, "postgres")


def test_a_reset_home_says_that_its_next_database_is_open_to_those_who_know_the_usual(
    home: Settings,
) -> None:
    securing.secure(home)
    assert "'genie-tui db secure'" in genie(home, "db", "reset", "--yes").out
    assert not passwords.file(home).exists()


def test_a_cluster_of_another_client_is_secured_and_not_where_it_trusts_everybody(
    home: Settings,
) -> None:
    # Theirs has a superuser called postgres, and no secret of ours.
    found = server.ensure(home)
    with passwords.as_admin(home, found.port) as admin:
        admin.execute("ALTER ROLE postgres SUPERUSER")
    server.stop(home)
    (home.data / cluster.SECRET).unlink()
    rules = home.data / "pg_hba.conf"
    strict = rules.read_text()
    rules.write_text(strict.replace("scram-sha-256", "trust"))
    refused = genie(home, "db", "secure")
    assert (refused.code, "pg_hba.conf" in refused.err) == (4, True)
    assert genie(home, "doctor", "--json").code == 1
    assert not passwords.file(home).exists()
    rules.write_text(strict)
    genie(home, "db", "stop")
    assert genie(home, "db", "secure", "--json").json["changed"] is True
    assert not lets_in(home.port, "postgres")
    genie(home, "db", "stop")
    assert genie(home, "task", "list", "--all-projects", "--json").json == []
    assert genie(home, "db", "secure", "--undo").code == 0
    assert lets_in(home.port, "postgres")


def test_the_server_of_somebody_else_is_not_secured(empty_home: MakeHome, running: Running) -> None:
    adopting = replace(empty_home(), port=running.endpoint.port)
    refusing: list[tuple[Settings, list[str]]] = [
        (adopting, []),
        (adopting, ["--dsn", running.endpoint.url]),
        (running.settings, ["--read-only"]),
    ]
    for settings, more in refusing:
        refused = genie(settings, "db", "secure", *more)
        assert (refused.code, refused.out) == (4, ""), refused
        assert not passwords.file(settings).exists()


def test_the_secret_is_in_no_log_and_in_no_list_of_processes(home: Settings) -> None:
    found = server.ensure(home)
    with passwords.as_admin(home, found.port) as admin:
        admin.execute("ALTER SYSTEM SET log_statement = 'all'")
        admin.execute("SELECT pg_reload_conf()")
    securing.secure(home)
    (secret,) = passwords.candidates(home)
    assert secret not in repr(server.find(home))
    assert secret not in genie(home, "db", "status").out
    with Terminal([*COMMAND, "db", "shell"], environment(home)) as terminal:
        terminal.wait_for("genie=>")
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert secret not in listed.stdout
    for process in processes.live(home.data):
        with suppress(OSError):  # Where not even root may look.
            assert secret.encode() not in Path(f"/proc/{process.pid}/environ").read_bytes()
    logs = [log.read_text() for log in home.logs.iterdir()]
    assert any("ALTER ROLE" in log for log in logs)
    assert not any(secret in log for log in logs)


@contextmanager
def thief(port: int) -> Iterator[bytearray]:
    """A program that takes the server's place, and asks for the password in the clear."""
    got = bytearray()

    def serve() -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(1)
                try:
                    peer.recv(1 << 16)
                    peer.sendall(b"R" + struct.pack("!II", 8, 3))
                    got.extend(peer.recv(1 << 16) or b"-")
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", port)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield got
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_the_secret_is_never_sent_to_who_takes_the_servers_place(home: Settings) -> None:
    securing.secure(home)
    (secret,) = passwords.candidates(home)
    found = server.find(home)
    assert found is not None
    kill(found.pid)
    with thief(found.port) as got:
        assert genie(home, "status").out == "genie: stopped\n"
        assert genie(home, "db", "status", "--json").json["state"] != "running"
        assert genie(home, "db", "shell", "--", "-Atc", "SELECT 1").out == "1\n"
    assert got
    assert secret.encode() not in got
