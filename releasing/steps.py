"""How a step is run, and how it ends."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["ROOT", "Skipped", "Wrong", "run", "uv"]

ROOT = Path(__file__).resolve().parents[1]


class Wrong(Exception):
    """A step found something that must not be released."""


class Skipped(Exception):
    """A step could not be taken here."""


def run(command: Sequence[str], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    """What a program prints.

    Raises:
        Wrong: it fails.
    """
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise Wrong(f"{' '.join(command)} ended with {done.returncode}: {' | '.join(last)}")
    return done.stdout.strip()


def uv(*arguments: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    """What uv prints; see `run`."""
    program = shutil.which("uv")
    command = [program] if program else [sys.executable, "-m", "uv"]
    return run([*command, *arguments], cwd=cwd, env=env)
