"""Other programs for the tests: starters, and strangers on a port or in a directory."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from genie_tui.db import processes
from genie_tui.settings import Settings
from tests.waiting import wait_until

STARTER = """
import json, os, signal, sys
from pathlib import Path
from genie_tui.db import server, starting
from genie_tui.errors import GenieError
import psutil

from genie_tui.db import processes
from genie_tui.settings import Settings

settings = Settings(home=Path(sys.argv[1]), port=int(sys.argv[2]))
die_at = sys.argv[3] if len(sys.argv) > 3 else None

def progress(step):
    if die_at is not None and die_at in step:
        os.kill(os.getpid(), signal.SIGKILL)

def dying(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if die_at in ("_is_ready", "_furnished"):
    setattr(starting, die_at, dying)
try:
    if die_at == "stop":
        print(json.dumps({"stopped": server.stop(settings)}))
        sys.exit()
    found = server.ensure(settings, progress)
except GenieError as error:
    print(json.dumps({"error": str(error)}))
else:
    print(json.dumps({"port": found.port, "pid": found.pid, "owned": found.owned}))
"""


def starter(
    settings: Settings, *arguments: str, before: Sequence[str] = ()
) -> subprocess.Popen[str]:
    """A program that needs the server; `before` is what runs it, such as setpriv.

    The argument `stop` makes it stop the server instead; another kills it (-9) where it begins
    that step: one of its progress, or a function.
    """
    command = [sys.executable, "-c", STARTER, str(settings.home), str(settings.port), *arguments]
    return subprocess.Popen(
        [*before, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/"
    )


def killed_starter(settings: Settings, step: str) -> None:
    """Let a starter begin a step, and no more."""
    program = starter(settings, step)
    program.communicate(timeout=120)
    assert program.returncode == -signal.SIGKILL


def outcome(program: subprocess.Popen[str]) -> dict[str, Any]:
    """What a starter that was left alone says in the end."""
    out, err = program.communicate(timeout=120)
    assert program.returncode == 0, err
    answer: dict[str, Any] = json.loads(out)
    return answer


@contextmanager
def listener(port: int, greeting: bytes | None = None) -> Iterator[None]:
    """A program on a port that is no PostgreSQL: it says nothing, or something else."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        talking = threading.Thread(target=_talk, args=(listening, greeting), daemon=True)
        talking.start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            talking.join()


def _talk(listening: socket.socket, greeting: bytes | None) -> None:
    accepted: list[socket.socket] = []
    while True:
        try:
            peer, _ = listening.accept()
        except OSError:
            break
        accepted.append(peer)
        if greeting is not None:
            peer.sendall(greeting)
            peer.close()
    for peer in accepted:
        peer.close()


@contextmanager
def impostor(
    directory: Path, name: str = "postgres", *, cwd: Path, script: str = "read"
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of that name which is no PostgreSQL: a shell that runs `script`."""
    program = directory / name
    program.write_bytes(Path("/bin/bash").read_bytes())
    program.chmod(0o755)
    with subprocess.Popen([program, "-c", script], cwd=cwd, stdin=subprocess.PIPE) as process:
        wait_until(lambda: Path(f"/proc/{process.pid}/comm").read_text().strip() == name)
        try:
            yield process
        finally:
            process.kill()


def kill(pid: int | None) -> None:
    """kill -9, and wait until the process is gone."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid))


def kill_all(data: Path) -> None:
    """kill -9 every process of the cluster at once, as a power cut would."""
    for process in processes.live(data):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until(lambda: not processes.live(data))


def is_alive(pid: int) -> bool:
    """Is there such a process, and no zombie?"""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
