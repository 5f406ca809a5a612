"""A password of the home's own in place of the one that all clients know, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg

from genie_tui.db import endpoints, passwords, server, starting
from genie_tui.db.endpoints import SHARED, Endpoint
from genie_tui.db.starting import Progress
from genie_tui.errors import NoDatabase, Refused
from genie_tui.settings import Settings

__all__ = ["Secured", "secure", "share"]

# Ours take the password from its file; of the others, each is told by the name it gives itself.
OTHERS = """
    SELECT coalesce(nullif(application_name, ''), 'without a name'), count(*)
      FROM pg_stat_activity
     WHERE usename = 'postgres' AND application_name <> 'genie-tui' AND pid <> pg_backend_pid()
  GROUP BY 1
  ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """What was done: `changed` is false where the password was as it was asked for.

    `others` are the sessions of other clients that go on for now, by the names they gave.
    """

    endpoint: Endpoint
    changed: bool
    others: Mapping[str, int] = field(default_factory=dict)


def secure(settings: Settings, progress: Progress | None = None) -> Secured:
    """Give the role `postgres` a random password of this home's own; starts the server if need be.

    Raises:
        Refused: the server is not ours.
        NoDatabase: there is none, or it does not let us.
    """
    return _change(settings, None, progress)


def share(settings: Settings, progress: Progress | None = None) -> Secured:
    """Give the role `postgres` the password back that all clients know; raises as `secure`."""
    return _change(settings, SHARED, progress)


def _change(settings: Settings, to: str | None, progress: Progress | None) -> Secured:
    if settings.read_only:
        raise Refused("--read-only writes nothing; leave it out to change the password")
    if settings.dsn is not None:
        raise Refused("an external server is in use; change its password there")
    found = server.ensure(settings, progress)
    if not found.owned:
        raise Refused("another Genie client started the server; its password is its own affair")
    with starting.locked(settings):
        new = to or passwords.own(settings)
        known = passwords.candidates(settings) == (new,)
        changed = not (known and isinstance(endpoints.ask(found.port, [new]), tuple))
        if changed and new != SHARED:
            _refuse_an_open_door(settings, found.port)
        if changed:
            passwords.change(settings, found.port, new)
        endpoint = endpoints.local(found.port, pid=found.pid, owned=True, password=new)
        return Secured(endpoint=endpoint, changed=changed, others=_others(endpoint))


def _refuse_an_open_door(settings: Settings, port: int) -> None:
    """Where nobody is asked for a password, a new one keeps nobody out, and proves nothing."""
    try:
        with passwords.as_admin(settings, port) as conn:
            place = passwords.open_door(conn)
    except psycopg.Error as error:
        raise NoDatabase(f"the server cannot be asked ({' '.join(str(error).split())})") from error
    if place is not None:
        raise Refused(f"the server asks nobody for a password ({place}); {passwords.SHUT_IT}")


def _others(endpoint: Endpoint) -> dict[str, int]:
    try:
        with psycopg.connect(endpoint.conninfo, autocommit=True) as conn:
            return {str(name): int(count) for name, count in conn.execute(OTHERS)}
    except psycopg.Error as error:
        raise NoDatabase(endpoints.refusal(endpoint, error)) from error
