"""Who acts, and in which repository: what a process takes from where it was started.

Needs no database, and imports none, so that a first frame can show it.
"""

from __future__ import annotations

import getpass
import os
import socket
from pathlib import Path

from genie_tui.domain.actors import Actor, acting
from genie_tui.settings import Settings

__all__ = ["me", "repository"]


def me(settings: Settings) -> Actor:
    """The actor that options and environment name, else whoever is logged in.

    Raises:
        BadInput: the name that was given cannot be one.
    """
    return acting(
        name=settings.actor,
        agent_name=settings.agent_name,
        login=_login(),
        host=socket.gethostname(),
        run_id=settings.run_id,
    )


def repository(start: Path | None = None) -> str:
    """The top of the git work tree around a directory (the current one), else that directory."""
    here = (start or Path.cwd()).absolute()
    for directory in (here, *here.parents):
        if (directory / ".git").exists():
            return str(directory)
    return str(here)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # A user id without a name, as in many containers.
        return f"uid-{os.getuid()}"
