"""How the server stands: what the system screen tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["Applied", "Connection", "Report", "Server", "Table", "size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The server itself. Sizes are bytes; `hits` is the part of blocks that came from memory, and
    `queue` the part of the notification queue that is full, both from 0 to 1."""

    version: str
    address: str
    started_at: datetime
    standby: bool
    database: str
    database_size: int
    connections_at_most: int
    commits: int
    rollbacks: int
    deadlocks: int
    hits: float
    queue: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A migration that has been applied; `known` to this version, or a newer Genie's."""

    name: str
    at: datetime
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A session on the database; `query` is empty where it may not be seen."""

    pid: int
    name: str
    user: str
    state: str
    since: datetime | None
    waits: str
    query: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its indexes: `size` in bytes, `rows` about, `dead` rows not yet cleared away."""

    name: str
    size: int
    rows: int
    dead: int
    vacuumed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it. `round_trip` is how long a notification took from commit to its listener; None
    where none came. `log` are the last lines of the server's log, none where that is not ours."""

    server: Server
    applied: tuple[Applied, ...]
    pending: tuple[str, ...]
    connections: tuple[Connection, ...]
    tables: tuple[Table, ...]
    round_trip: timedelta | None
    log: tuple[str, ...] = ()
    mode: str = ""


def size(count: int) -> str:
    """Bytes for a reader: `12.3 MB`."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
