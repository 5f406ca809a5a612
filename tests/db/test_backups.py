"""Backups: whole, of one moment, private, and never half a file."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from genie_tui.db import backups, binaries, clients, endpoints, restoring
from genie_tui.errors import BadInput, NoDatabase, Refused
from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment, genie
from tests.homes import Running
from tests.waiting import wait_until

WRITERS = 8
LEDGER = '"the ""ledger"" (of others)"'
OF_OTHERS = f"""
    CREATE TABLE {LEDGER} (id bigserial PRIMARY KEY, writer int, text text);
    CREATE TABLE mirror (id bigint PRIMARY KEY);
    CREATE VIEW both_sides AS SELECT l.id FROM {LEDGER} l JOIN mirror USING (id)
"""
ENTER = f"""
    WITH entered AS (
        INSERT INTO {LEDGER} (writer, text) VALUES (%s, E'a\\tb\\nc') RETURNING id)
    INSERT INTO mirror SELECT id FROM entered
"""
AGREE = f"""
    SELECT (SELECT count(*) FROM {LEDGER}), (SELECT count(*) FROM mirror),
           (SELECT count(*) FROM both_sides)
"""
DUMPING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump'"


def silent(_: str) -> None:
    """Nobody is told."""


@contextmanager
def writing(dsn: str) -> Iterator[list[int]]:
    """Eight writers at work, each of whose transactions writes two tables; how much they did."""
    stop, done = threading.Event(), [0] * WRITERS

    def write(writer: int) -> None:
        with psycopg.connect(dsn) as conn:
            while not stop.is_set():
                conn.execute(ENTER, (writer,))
                conn.commit()
                done[writer] += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_backup_beside_eight_writers_is_of_one_moment(
    settings: Settings, dsn: str, tmp_path: Path
) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(OF_OTHERS)
    with writing(dsn) as done:
        wait_until(lambda: min(done) > 20)
        made = backups.back_up(settings, tmp_path / "one", silent)
        so_far = sum(done)
        wait_until(lambda: sum(done) > so_far + 100)
    assert made.file is not None
    with restoring.restore(settings, made.file, silent) as ready:
        beside = endpoints.external(dsn.replace(made.database, ready.found.database))
        with psycopg.connect(beside.conninfo) as conn:
            ledger, mirror, both = conn.execute(AGREE).fetchone() or (0, 1, 2)
    assert 20 * WRITERS < ledger <= so_far + WRITERS
    assert ledger == mirror == both


def test_a_backup_is_private_and_never_overwrites(settings: Settings, tmp_path: Path) -> None:
    first = genie(settings, "db", "backup", "--json", GENIE_DATABASE_URL=settings.dsn or "").json
    path = Path(first["file"])
    assert path.parent == settings.home / "backups"
    assert path.name.startswith(f"{first['database']}-20")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert first["size"] == path.stat().st_size
    with pytest.raises(Refused, match="--force overwrites it"):
        backups.back_up(settings, path, silent)
    (tmp_path / "old").write_text("old")
    backups.back_up(settings, tmp_path / "old", silent, force=True)
    assert (tmp_path / "old").read_bytes().startswith(b"PGDMP")
    with pytest.raises(BadInput, match="make it, or name another file"):
        backups.back_up(settings, tmp_path / "no" / "such", silent)


def test_no_argument_of_a_program_holds_the_password(dsn: str) -> None:
    secret = endpoints.external(f"{dsn}?password=s3cret&sslpassword=s3cret")
    conninfo, env = clients.login(secret)
    assert "s3cret" not in conninfo
    assert env["PGPASSWORD"] == "s3cret"


def test_a_backup_goes_to_standard_output_or_says_why_not(
    settings: Settings, tmp_path: Path
) -> None:
    command = [*COMMAND, "db", "backup", "-", "--dsn", settings.dsn or ""]
    env = environment(settings)
    with (tmp_path / "piped").open("wb") as file:
        subprocess.run(command, env=env, stdout=file, check=True)
    with restoring.restore(settings, tmp_path / "piped", silent) as ready:
        assert ready.found.rows["boards"] == ready.found.before["boards"] > 0
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, env=env, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert b"No space left" in done.stderr


def test_a_disk_that_is_full_leaves_no_half_file(settings: Settings, tmp_path: Path) -> None:
    line = (
        f"ulimit -f 40; exec {' '.join(COMMAND)} db backup {tmp_path}/half --dsn '{settings.dsn}'"
    )
    done = subprocess.run(
        ["bash", "-c", line], env=environment(settings), capture_output=True, text=True, check=False
    )
    assert done.returncode == 5
    assert done.stderr.startswith("error: no backup was made (pg_dump: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_backup_that_is_ended_leaves_no_half_file(
    settings: Settings, dsn: str, tmp_path: Path, number: signal.Signals
) -> None:
    command = [*COMMAND, "db", "backup", str(tmp_path / "half"), "--dsn", dsn]
    with psycopg.connect(dsn) as holder, psycopg.connect(dsn, autocommit=True) as looking:

        def dumping() -> int:
            return (looking.execute(DUMPING).fetchone() or [0])[0]

        holder.execute("LOCK TABLE tasks")
        with subprocess.Popen(command, env=environment(settings)) as program:
            wait_until(dumping)
            program.send_signal(number)
        holder.rollback()
        wait_until(lambda: not dumping())
    left = [path.name for path in tmp_path.iterdir()]
    if number is not signal.SIGKILL:
        assert left == []
        return
    # Nobody could clear up; the next one does.
    [name] = left
    assert name.startswith(backups.PARTIAL)
    long_ago = time.time() - backups.STALE_AFTER - 1
    os.utime(tmp_path / name, (long_ago, long_ago))
    backups.back_up(settings, tmp_path / "whole", silent)
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]


def test_a_database_of_a_newer_or_an_older_genie_is_backed_up_as_it_is(
    settings: Settings, dsn: str, tmp_path: Path
) -> None:
    with psycopg.connect(dsn) as conn:
        conn.execute("INSERT INTO _genie_migrations (name) VALUES ('042_future')")
        conn.execute("DELETE FROM _genie_migrations WHERE name = '009_app_store'")
    backups.back_up(settings, tmp_path / "as it is", silent)
    with psycopg.connect(dsn) as conn:
        names = [row[0] for row in conn.execute("SELECT name FROM _genie_migrations")]
    assert "042_future" in names
    assert "009_app_store" not in names
    looking = replace(settings, migrate=False)
    with restoring.restore(looking, tmp_path / "as it is", silent) as ready:
        assert ready.found.unknown == ("042_future",)
        assert ready.found.pending == ("009_app_store",)


def test_where_nothing_is_nothing_is_backed_up(settings: Settings, running: Running) -> None:
    empty = replace(settings, dsn=None, port=running.settings.port + 1)
    with pytest.raises(NoDatabase, match="no database yet"):
        backups.back_up(empty, None, silent)
    assert not empty.home.exists()


def test_a_server_that_is_newer_than_pg_dump_is_not_dumped(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = replace(binaries.find(), version="17.2.0")
    monkeypatch.setattr(binaries, "find", lambda: older)
    with pytest.raises(NoDatabase, match=r"server is PostgreSQL 18, and the pg_dump .* is 17"):
        backups.back_up(settings, None, silent)
