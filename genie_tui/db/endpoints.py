"""Where a PostgreSQL answers, and who it is: told by a real handshake, never by the port alone."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo, timeout_from_conninfo
from psycopg.pq import Conninfo

from genie_tui.db.cluster import ADMIN
from genie_tui.errors import BadInput

__all__ = [
    "HOST",
    "IDENTITY",
    "SECRETS",
    "SHARED",
    "Answer",
    "Endpoint",
    "admin",
    "ask",
    "complaint",
    "external",
    "gone",
    "is_free",
    "local",
    "redacted",
    "refusal",
]

HOST = "127.0.0.1"
SHARED = "postgres"
"""The password that every Genie client knows."""
PATIENCE = 2
"""Seconds after which a port that says nothing is a stranger's."""

MALFORMED = (
    "the address of the database cannot be understood; it looks like "
    "postgresql://user:password@host:5432/name, with signs such as @ / : in a password written %40"
)
RIGHT_ONE = "is it the right one?"
IT_MAY_BE_BACK = "repeat it, or see what 'genie-tui db status' says"
# A startup message of protocol 3.0, and what answers it: R asks for a password, E is an error whose
# fields are letters with texts; C is its code.
_LOGIN = b"user\0postgres\0database\0genie\0\0"
STARTUP = struct.pack("!II", 8 + len(_LOGIN), 3 << 16) + _LOGIN
CANNOT_CONNECT_NOW = b"57P03"
LONGEST_REPLY = 30_000

SECRETS = ("password", "sslpassword")

IDENTITY = "SELECT system_identifier FROM pg_control_system()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server that can be connected to.

    `owned`: it runs on our data directory, so we may stop it. `dsn` is set for an external server
    and is then all there is to connect with. The password is not shown by repr; with `secret` it is
    proven, but never sent.
    """

    host: str
    port: int
    user: str = "postgres"
    password: str | None = field(default=SHARED, repr=False)
    database: str = "genie"
    pid: int | None = None
    owned: bool = False
    dsn: str | None = field(default=None, repr=False)
    secret: bool = False
    service: str | None = None

    @property
    def url(self) -> str:
        """The address for other programs, password included; an external server's as given."""
        if self.dsn is not None:
            return self.dsn
        login = f"{quote(self.user)}:{quote(self.password or '')}"
        return f"postgresql://{login}@{self.host}:{self.port}/{quote(self.database)}"

    @property
    def pgpass(self) -> str:
        """The line in which libpq looks the password up, for every database of the server."""
        parts = (self.host, str(self.port), "*", self.user, self.password or "")
        escaped = (part.replace("\\", "\\\\").replace(":", "\\:") for part in parts)
        return ":".join(escaped)

    @property
    def shown_url(self) -> str:
        """The address; an external server's without what is secret, since who gave it has it."""
        if self.dsn is None:
            return self.url
        parts = conninfo_to_dict(self.dsn)
        if not any(parts.get(secret) for secret in SECRETS):
            return self.dsn
        kept = {name: value for name, value in parts.items() if name not in SECRETS}
        return make_conninfo("", **kept)

    @property
    def place(self) -> str:
        """Host and port, for messages; what a service file says of them is not known here."""
        if self.service:
            return f"the service {self.service!r}"
        return f"{self.host or 'the local socket'}:{self.port}"

    @property
    def conninfo(self) -> str:
        """What psycopg connects with."""
        if self.dsn is not None:
            return self.dsn
        # The environment's PGHOSTADDR and its like must not lead elsewhere; and the server speaks
        # no TLS, so asking for it would only cost a round trip.
        return make_conninfo(
            host=self.host,
            hostaddr=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=self.database,
            sslmode="disable",
            gssencmode="disable",
            channel_binding="prefer",
            target_session_attrs="any",
            connect_timeout=PATIENCE,
            **({"require_auth": "scram-sha-256"} if self.secret else {}),
        )


class Answer(Enum):
    """What a port says when PostgreSQL's protocol is spoken to it."""

    NOTHING = "nothing"
    """Nobody listens, or something that is no PostgreSQL or says nothing in time."""
    BUSY = "busy"
    """A PostgreSQL that is starting up or shutting down."""
    OTHER = "other"
    """A PostgreSQL that does not let us in, or has no database for us."""


def local(
    port: int, *, pid: int | None = None, owned: bool = False, password: str = SHARED
) -> Endpoint:
    """A server on this machine, as every Genie client logs in to it, or with its own password."""
    secret = password != SHARED
    return Endpoint(host=HOST, port=port, pid=pid, owned=owned, password=password, secret=secret)


def external(dsn: str) -> Endpoint:
    """The server that a DSN names.

    Raises:
        BadInput: the DSN cannot be understood; it is not repeated, since it may hold a password.
    """
    try:
        parts = conninfo_to_dict(dsn)
        # psycopg looks at it only when it connects.
        timeout_from_conninfo(parts)
    except (psycopg.ProgrammingError, UnicodeError):
        raise BadInput(MALFORMED) from None
    # What is not said, PGHOST and its like say, or a service file.
    ambient = {
        option.keyword.decode(): option.val.decode()
        for option in Conninfo.get_defaults()
        if option.val
    }
    port = str(parts.get("port") or ambient.get("port") or "5432").partition(",")[0]
    if _has_stray_signs(dsn) or not port.isdigit():
        raise BadInput(MALFORMED)
    return Endpoint(
        host=str(parts.get("host") or parts.get("hostaddr") or ambient.get("host") or ""),
        port=int(port),
        user=str(parts.get("user") or ""),
        password=str(parts["password"]) if parts.get("password") else None,
        database=str(parts.get("dbname") or ""),
        dsn=dsn,
        service=str(parts["service"]) if parts.get("service") else None,
    )


def _has_stray_signs(dsn: str) -> bool:
    """Does a password hold signs that end it? Part of it would count as the host, and be shown."""
    scheme, slashes, rest = dsn.partition("://")
    login, at, _ = rest.partition("?")[0].rpartition("@")
    return bool(slashes and at and scheme.isalpha() and any(sign in login for sign in "@/"))


def complaint(endpoint: Endpoint) -> str | None:
    """Why an endpoint does not let us in, without its password; None where it does."""
    try:
        psycopg.connect(endpoint.conninfo, autocommit=True).close()
    except psycopg.Error as error:
        return refusal(endpoint, error)
    return None


def refusal(endpoint: Endpoint, error: psycopg.Error) -> str:
    """What to say when a server does not let us in, without the password."""
    if endpoint.owned and not (error.pgconn and error.pgconn.used_password):
        return gone(endpoint, error)
    said = redacted(str(error), endpoint)
    advice = "'genie-tui db secure' gives it a new password" if endpoint.owned else RIGHT_ONE
    return f"the server at {endpoint.place} does not let us in ({said}); {advice}"


def gone(endpoint: Endpoint, error: psycopg.Error) -> str:
    """What to say of a server that ended, or ends, while it was asked."""
    said = redacted(str(error), endpoint)
    return f"the server at {endpoint.place} has gone ({said}); {IT_MAY_BE_BACK}"


def redacted(text: str, endpoint: Endpoint) -> str:
    """The text of an error, on one line and without the endpoint's password."""
    line = " ".join(text.split())
    return line.replace(endpoint.password, "***") if endpoint.password else line


def admin(port: int, secret: str | None, password: str = SHARED) -> Endpoint:
    """The superuser's way in; without a secret, as another client's cluster has it."""
    if secret is None:
        return replace(local(port, password=password), database="template1")
    return Endpoint(
        host=HOST, port=port, user=ADMIN, password=secret, database="template1", secret=True
    )


def ask(port: int, passwords: Sequence[str] = (SHARED,)) -> tuple[int, str] | Answer:
    """Log in as a Genie client, with whichever of the passwords is right.

    Gives the cluster's system identifier and that password, or why there is none.
    """
    for password in passwords:
        try:
            with psycopg.connect(local(port, password=password).conninfo, autocommit=True) as conn:
                row = conn.execute(IDENTITY).fetchone()
        except psycopg.errors.ConnectionTimeout:
            return Answer.NOTHING
        except psycopg.Error:
            continue
        return (int(row[0]), password) if row else Answer.OTHER
    return _ping(port)


def is_free(port: int) -> bool:
    """Could a server listen on this port now?"""
    with socket.socket() as probe:
        # As postgres does, or a port just left would seem to be held for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _ping(port: int) -> Answer:
    """Why a login failed at once: psycopg does not pass on the code of an error at connect."""
    try:
        with socket.create_connection((HOST, port), timeout=PATIENCE) as peer:
            peer.sendall(STARTUP)
            reply = peer.makefile("rb")
            kind, length = reply.read(1), int.from_bytes(reply.read(4))
            body = reply.read(min(length, LONGEST_REPLY) - 4) if kind == b"E" else b""
    except (OSError, ValueError):
        return Answer.NOTHING
    if b"C" + CANNOT_CONNECT_NOW in body.split(b"\0"):
        return Answer.BUSY
    return Answer.OTHER if kind in (b"E", b"R") else Answer.NOTHING
