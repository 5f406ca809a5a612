"""The wheel, installed as a stranger installs it, used, and taken away again."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from genie_tui import __version__
from releasing.artefacts import wheel
from releasing.steps import Skipped, Wrong, run, uv
from tests.ports import free_port

__all__ = ["used", "with_pip", "with_pipx", "with_uv"]

PATIENCE = 60.0


def with_pip(place: Path, out: Path, python: str) -> str:
    """In a fresh environment of one Python."""
    at = place / f"python-{python}"
    at.mkdir()
    try:
        uv("venv", "--quiet", "--python", python, str(at / "venv"), cwd=at)
    except Wrong as wrong:
        raise Skipped(f"not to be had here ({wrong})") from wrong
    interpreter = str(at / "venv" / "bin" / "python")
    uv("pip", "install", "--quiet", "--python", interpreter, str(wheel(out)), cwd=at)
    manual = at / "venv" / "share" / "man" / "man1" / "genie-tui.1"
    if not manual.is_file():
        raise Wrong("without its manual page")
    return used(at, at / "venv" / "bin" / "genie-tui", _environment(at))


def with_uv(place: Path, out: Path) -> str:
    """By `uv tool install`."""
    at = place / "uv-tool"
    at.mkdir()
    own = {"UV_TOOL_DIR": str(at / "tools"), "UV_TOOL_BIN_DIR": str(at / "bin")}
    env = {**os.environ, **_environment(at), **own}
    uv("tool", "install", "--quiet", str(wheel(out)), cwd=at, env=env)
    said = used(at, at / "bin" / "genie-tui", _environment(at))
    uv("tool", "uninstall", "--quiet", "genie-tui", cwd=at, env=env)
    return said + _left(at)


def with_pipx(place: Path, out: Path) -> str:
    """By `pipx install`."""
    at = place / "pipx"
    at.mkdir()
    own = {"PIPX_HOME": str(at / "tools"), "PIPX_BIN_DIR": str(at / "bin")}
    own |= {"PIPX_MAN_DIR": str(at / "man")}
    env = {**os.environ, **_environment(at), **own}
    pipx = ("tool", "run", "--quiet", "--from", "pipx>=1.7,<2", "pipx")
    uv(*pipx, "install", "--quiet", str(wheel(out)), cwd=at, env=env)
    if not (at / "man" / "man1" / "genie-tui.1").exists():
        raise Wrong("without its manual page")
    said = used(at, at / "bin" / "genie-tui", _environment(at))
    uv(*pipx, "uninstall", "genie-tui", cwd=at, env=env)
    return said + _left(at)


def _environment(at: Path) -> dict[str, str]:
    """That of somebody who has nothing yet."""
    (at / "home").mkdir(exist_ok=True)
    kept = ("PATH", "LANG", "SSL_CERT_FILE", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_INDEX_URL")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return {**found, "HOME": str(at / "home"), "GENIE_PG_PORT": str(free_port()), "TERM": "xterm"}


def _left(at: Path) -> str:
    if left := sorted(path.name for path in (at / "bin").iterdir()):
        raise Wrong(f"left behind: {', '.join(left)}")
    return ", nothing left behind"


def used(at: Path, program: Path, env: Mapping[str, str]) -> str:
    """What a first day has: version, server, a task, the dashboard, and all of it gone again.

    Raises:
        Wrong: something of it fails.
    """
    genie = str(program)
    repository = at / "acme"
    (repository / ".git").mkdir(parents=True)
    if __version__ not in (said := run([genie, "--version"], cwd=repository, env=env)):
        raise Wrong(f"it says {said!r} of its version")
    if (at / "home" / ".genie").exists():
        raise Wrong("--version made a home")
    run([genie, "task", "create", "a first task"], cwd=repository, env=env)
    try:
        tasks = json.loads(run([genie, "task", "list", "--json"], cwd=repository, env=env))
        if [task["title"] for task in tasks] != ["a first task"]:
            raise Wrong(f"it lists {tasks}")
        seconds = _dashboard(genie, repository, env)
    finally:
        run([genie, "db", "reset", "--yes"], cwd=repository, env=env)
    if (at / "home" / ".genie").exists():
        raise Wrong("'db reset' left a home")
    return f"{said}, dashboard after {seconds:.1f} s"


def _dashboard(genie: str, repository: Path, env: Mapping[str, str]) -> float:
    """Seconds until the task is on a board in a terminal, which is quit by its key."""
    master, slave = pty.openpty()
    begun = time.monotonic()
    program = subprocess.Popen(
        [genie],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=repository,
        env=env,
        start_new_session=True,
    )
    os.close(slave)
    try:
        _read_until(master, b"first task", begun)
        seen = time.monotonic() - begun
        _read_until(master, b"live", begun)
        os.write(master, b"q")
        while program.poll() is None:
            if time.monotonic() - begun > PATIENCE:
                raise Wrong("the dashboard does not quit")
            if select.select([master], [], [], 0.1)[0]:
                _read(master)
        if program.returncode:
            raise Wrong(f"the dashboard ended with {program.returncode}")
        return seen
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()
        os.close(master)


def _read_until(master: int, what: bytes, begun: float) -> None:
    text = b""
    while what not in text:
        if time.monotonic() - begun > PATIENCE:
            raise Wrong(f"the dashboard does not show {what.decode()!r}: {text[-300:]!r}")
        if select.select([master], [], [], 0.1)[0]:
            text += _read(master)


def _read(master: int) -> bytes:
    try:
        return os.read(master, 1 << 16)
    except OSError:  # The other side is closed.
        return b""
