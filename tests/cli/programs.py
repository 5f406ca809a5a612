"""The program as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genie_tui.settings import Settings
from tests.cli import forks

COMMAND = [sys.executable, "-m", "genie_tui"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a command printed, and its exit code."""

    out: str
    err: str
    code: int

    @property
    def json(self) -> Any:
        """What it printed, as the JSON value that it is."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """The error it printed as JSON."""
        found: dict[str, str] = json.loads(self.err)["error"]
        return found


def environment(settings: Settings, **more: str) -> Mapping[str, str]:
    """The environment that makes a program use these settings' home and ports."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GENIE_")}
    return {**kept, "GENIE_HOME": str(settings.home), "GENIE_PG_PORT": str(settings.port), **more}


def genie(
    settings: Settings, *arguments: str, stdin: str = "", cwd: Path | str | None = None, **more: str
) -> Result:
    """Run `genie-tui` with arguments, and more environment variables if need be."""
    env = environment(settings, **more)
    if not forks.can_be_forked(env):
        return started(settings, *arguments, stdin=stdin, cwd=cwd, **more)
    return Result(*forks.run(arguments, env, stdin, cwd))


def started(
    settings: Settings, *arguments: str, stdin: str = "", cwd: Path | str | None = None, **more: str
) -> Result:
    """The same, by a new interpreter."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=environment(settings, **more),
        input=stdin,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    return Result(done.stdout, done.stderr, done.returncode)
