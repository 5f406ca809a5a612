"""The program in processes of their own that do not wait each time for what it imports.

A process that has imported all of it is forked for each command: what runs is the program, with the
arguments, environment, directory and streams that it was given, and with its own end. It saves most
of the time of a test that calls a dozen commands.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

__all__ = ["Done", "begin", "can_be_forked", "import_all", "run"]

_LENGTH = struct.Struct("!i")
_SAYS_HOW_TO_START = ("PYTHON", "LC_", "LANG")


class Done(NamedTuple):
    """What a command printed, and its exit code, which is negative where a signal ended it."""

    stdout: str
    stderr: str
    returncode: int


def run(
    arguments: Sequence[str], env: Mapping[str, str], stdin: str = "", cwd: Path | str | None = None
) -> Done:
    """`python -m genie_tui` with arguments."""
    forks = _idle.pop() if _idle else _Forks()
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        files[0].write(stdin.encode())
        files[0].seek(0)
        code = forks.fork(arguments, env, cwd or Path.cwd(), files)
        _idle.append(forks)
        out, err = (_read(file) for file in files[1:])
    return Done(out, err, code)


def can_be_forked(env: Mapping[str, str]) -> bool:
    """Does no variable tell the interpreter how to start that the tests' own was not told?"""
    ours = os.environ
    names = {name for name in (*env, *ours) if name.startswith(_SAYS_HOW_TO_START)}
    return all(env.get(name) == ours.get(name) for name in names)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


class _Forks:
    """The process that is forked, seen from the tests."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            )
        atexit.register(self.close)

    def fork(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        cwd: Path | str,
        files: Sequence[IO[bytes]],
    ) -> int:
        wish = json.dumps({"arguments": [*arguments], "env": {**env}, "cwd": str(cwd)}).encode()
        fds = [file.fileno() for file in files]
        socket.send_fds(self._socket, [_LENGTH.pack(len(wish))], fds)
        self._socket.sendall(wish)
        code: int = _LENGTH.unpack(_exactly(self._socket, _LENGTH.size))[0]
        return code

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


_idle: list[_Forks] = []


def _exactly(connection: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        part = connection.recv(size - len(read))
        if not part:
            raise EOFError("the other side is gone")
        read += part
    return read


def import_all() -> None:
    """Import whatever a command may need, so that a fork of this process has it."""
    import genie_tui.cli
    import genie_tui.services

    for package in (genie_tui.cli, genie_tui.services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def begin(
    arguments: Sequence[str], env: Mapping[str, str], cwd: Path, files: Sequence[IO[bytes]]
) -> int:
    """Fork this very process, which has no threads, for a command; its pid.

    `files` are its standard input, output and error.
    """
    pid = os.fork()
    if pid == 0:
        try:
            wish = {"arguments": [*arguments], "env": {**env}, "cwd": str(cwd)}
            _become(wish, [os.dup(file.fileno()) for file in files])
            from genie_tui.__main__ import main

            main()
        except SystemExit as end:
            sys.stdout.flush()
            sys.stderr.flush()
            # What stands above us on the stack is the parent's to end.
            os._exit(end.code if isinstance(end.code, int) else 0)
        finally:
            os._exit(70)
    return pid


def _wait_for_a_wish(connection: socket.socket) -> None:
    """Returns in a child, each time that there is something to do; ends with the tests."""
    while True:
        begin, fds, _, _ = socket.recv_fds(connection, _LENGTH.size, 3)
        if not begin:
            sys.exit()
        wish = json.loads(_exactly(connection, _LENGTH.unpack(begin)[0]))
        pid = os.fork()
        if pid == 0:
            connection.close()
            return _become(wish, fds)
        for fd in fds:
            os.close(fd)
        _, status = os.waitpid(pid, 0)
        connection.sendall(_LENGTH.pack(os.waitstatus_to_exitcode(status)))


def _become(wish: Mapping[str, object], fds: Sequence[int]) -> None:
    """What a process is that was started with these."""
    arguments, env, cwd = wish["arguments"], wish["env"], wish["cwd"]
    assert isinstance(arguments, list)
    assert isinstance(env, dict)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(str(cwd))
    for stream, fd in enumerate(fds):
        os.dup2(fd, stream)
        os.close(fd)
    sys.stdin, sys.stdout, sys.stderr = (
        open(  # noqa: SIM115 - they are the process's
            stream, mode, encoding="utf-8", errors=errors, closefd=False
        )
        for stream, (mode, errors) in enumerate(
            (("r", "strict"), ("w", "strict"), ("w", "backslashreplace"))
        )
    )
    sys.argv = ["genie_tui", *arguments]


if __name__ == "__main__":
    import_all()
    _wait_for_a_wish(socket.socket(fileno=int(sys.argv[1])))
    from genie_tui.__main__ import main

    main()
