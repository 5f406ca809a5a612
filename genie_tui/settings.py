"""Settings: the environment, `<home>/tui.toml` and the command line's options, read once.

Nothing else reads the environment; what is not here is not configurable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from genie_tui.errors import BadInput

__all__ = ["DEFAULT_PORT", "FALLBACK_PORTS", "Settings"]

DEFAULT_PORT = 19642
FALLBACK_PORTS = 3
"""How many ports above the first are tried when a stranger holds it."""

NOTIFY = frozenset({"bell", "tmux", "desktop"})
"""The ways of calling somebody who looks elsewhere; `[notify]` in tui.toml turns them off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the program was told, from outside and for all of its parts.

    `dsn` set means an existing server, which is never started or stopped; `listen_dsn` is the same
    database without the pooler that `dsn` leads to. `schema` is
    GENIE_TEST_SCHEMA. `actor` is what `--as` said; `agent_name` and `run_id` are the environment's.
    `max_concurrent` runs of schedules there may be at once, of a class as many as `classes` says.
    `keys` maps binding ids to keys, as `[keys]` in tui.toml has them.
    """

    home: Path
    port: int = DEFAULT_PORT
    dsn: str | None = None
    listen_dsn: str | None = None
    schema: str | None = None
    migrate: bool = True
    actor: str | None = None
    agent_name: str | None = None
    run_id: str | None = None
    project: str | None = None
    all_projects: bool = False
    board: str | None = None
    read_only: bool = False
    ascii: bool = False
    color: bool = True
    theme: str | None = None
    reduced_motion: bool = False
    notify: frozenset[str] = NOTIFY
    editor: str = "vi"
    max_concurrent: int = 5
    classes: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None, /, **options: Any) -> Settings:
        """The settings of this process; an option that is None was not given.

        Raises:
            BadInput: there is no home or it is closed, GENIE_PG_PORT is no port, tui.toml cannot be
                read, or listen_dsn stands alone.
        """
        env = os.environ if environment is None else environment
        given = {name: value for name, value in options.items() if value is not None}
        home = _home(given.pop("home", None) or env.get("GENIE_HOME") or "~/.genie")
        file = _tui_toml(home)
        found: dict[str, Any] = {
            "port": _port(env.get("GENIE_PG_PORT")),
            "dsn": env.get("GENIE_DATABASE_URL") or None,
            "listen_dsn": env.get("GENIE_LISTEN_URL") or None,
            "schema": env.get("GENIE_TEST_SCHEMA") or None,
            "agent_name": env.get("GENIE_AGENT_NAME") or None,
            "run_id": env.get("GENIE_RUN_ID") or None,
            "color": not env.get("NO_COLOR"),
            "editor": env.get("VISUAL") or env.get("EDITOR") or "vi",
            "theme": file.get("theme"),
            "ascii": file.get("ascii") is True,
            "reduced_motion": file.get("reduced_motion") is True,
            "notify": NOTIFY - {way for way in NOTIFY if file.get("notify", {}).get(way) is False},
            "max_concurrent": _cap(env.get("GENIE_MAX_CONCURRENT")),
            "classes": file.get("scheduler", {}).get("classes", {}),
            "keys": {str(key): str(value) for key, value in file.get("keys", {}).items()},
        }
        settings = cls(home=home.absolute(), **(found | given))
        if settings.listen_dsn is not None and settings.dsn is None:
            raise BadInput(
                "--listen-dsn (or GENIE_LISTEN_URL) goes with --dsn (or GENIE_DATABASE_URL): "
                "it names the same database, without the pooler"
            )
        if settings.dsn is None and environment is None:
            # libpq would look it up, and fail where it is gone, although nothing of it is used.
            os.environ.pop("PGSERVICE", None)
        return settings

    def with_cap(self, max_concurrent: int | None) -> Settings:
        """These, with another number of runs at once; None changes nothing."""
        if max_concurrent is None:
            return self
        return replace(self, max_concurrent=max_concurrent)

    def environment(self) -> dict[str, str]:
        """What leads a process that is begun from here to the same home and database."""
        found = {
            "GENIE_HOME": str(self.home),
            "GENIE_PG_PORT": str(self.port),
            "GENIE_DATABASE_URL": self.dsn,
            "GENIE_LISTEN_URL": self.listen_dsn,
            "GENIE_TEST_SCHEMA": self.schema,
            "GENIE_MAX_CONCURRENT": str(self.max_concurrent),
        }
        return {name: value for name, value in found.items() if value}

    @property
    def data(self) -> Path:
        """The cluster's data directory."""
        return self.home / "data" / "pgserve"

    @property
    def port_file(self) -> Path:
        """Where the port of the running server is written."""
        return self.home / "pgserve.port"

    @property
    def logs(self) -> Path:
        """Where the server and the daemon log."""
        return self.home / "logs"

    @property
    def ports(self) -> range:
        """The ports to try, in order."""
        return range(self.port, min(self.port + FALLBACK_PORTS, 65535) + 1)


def _home(path: str | Path) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise BadInput(
            f"it is not known where {path} is: HOME is not set, or there is no such user; "
            "name a directory with --home DIR or GENIE_HOME"
        ) from error


def _port(text: str | None) -> int:
    if not text:
        return DEFAULT_PORT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise BadInput(f"GENIE_PG_PORT is {text!r}; it takes a port from 1 to 65535")
    return int(text)


def _cap(text: str | None) -> int:
    if not text:
        return 5
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise BadInput(f"GENIE_MAX_CONCURRENT is {text!r}; it takes a number from 1 to 1000")
    return int(text)


def _tui_toml(home: Path) -> dict[str, Any]:
    path = home / "tui.toml"
    try:
        text = path.read_text(encoding="utf-8")
        # Most homes have no such file, and every start would pay for the parser.
        import tomllib

        values = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        # Whoever may not enter a directory above it is not even told whether it is there.
        if isinstance(error, PermissionError) and not os.access(home, os.X_OK):
            raise BadInput(f"{home} is closed to you; name another home with --home DIR") from error
        raise BadInput(f"{path} cannot be read ({error}); mend it or move it away") from error
    if not isinstance(values.get("keys", {}), dict):
        raise BadInput(f'{path}: [keys] takes lines like `task.advance = "l"`')
    if not isinstance(values.get("notify", {}), dict):
        raise BadInput(f"{path}: [notify] takes lines like `desktop = false`")
    scheduler = values.get("scheduler", {})
    classes = scheduler.get("classes", {}) if isinstance(scheduler, dict) else None
    if not isinstance(classes, dict) or not all(
        type(most) is int and most > 0 for most in classes.values()
    ):
        raise BadInput(f"{path}: [scheduler.classes] takes lines like `heavy = 2`")
    if not isinstance(values.get("theme", ""), str):
        raise BadInput(f'{path}: theme takes a name, as in `theme = "textual-light"`')
    return values
