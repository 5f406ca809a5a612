"""How the server stands, as content that is built from variables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from textual.content import Content

from genie_tui.domain.durations import short
from genie_tui.domain.system import Report, size
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["connections", "log", "migrations", "server", "tables"]

HEAD = "bold $primary"
DIM = "$foreground 55%"
BAD = "bold $error"

Row = Sequence[str]


def server(report: Report, feed: str, now: datetime) -> Content:
    """Its version and place, how long it runs, what it does, how quick it notifies."""
    told = report.server
    trip = report.round_trip
    since = f"for {short(now - told.started_at)}"
    lag = f"{trip.total_seconds() * 1000:.1f} ms there and back" if trip else "none came back"
    rows = [
        ("version", f"PostgreSQL {told.version}{', a standby' if told.standby else ''}"),
        ("address", told.address),
        ("kind", report.mode),
        ("runs since", f"{told.started_at.astimezone():%Y-%m-%d %H:%M}, {since}"),
        ("database", f"{told.database}, {size(told.database_size)}"),
        ("sessions", f"{len(report.connections)} of {told.connections_at_most}"),
        ("commits", f"{told.commits:,}  rolled back {told.rollbacks:,}"),
        ("deadlocks", f"{told.deadlocks:,}"),
        ("from memory", f"{told.hits:.1%} of blocks"),
        ("listener", feed),
        ("notification", lag),
        ("queue", f"{told.queue:.1%} full"),
    ]
    return _titled("server", (_fact(name, text) for name, text in rows))


def migrations(report: Report) -> Content:
    """What was applied, and what is still to come."""
    rows = [
        Content.assemble(
            (f"{done.at.astimezone():%Y-%m-%d %H:%M}  ", DIM),
            clean(done.name),
            ("" if done.known else "  of a newer Genie", "$warning"),
        )
        for done in reversed(report.applied)
    ]
    coming = [Content.assemble(("pending  ", BAD), clean(name)) for name in report.pending]
    return _titled("migrations", [*coming, *rows])


def connections(report: Report, width: int, now: datetime) -> Content:
    """The sessions on the database, busy ones first."""
    rows = [("pid", "who", "state", "for", "query")]
    for session in report.connections:
        who = f"{session.name or session.user}{' (this)' if session.mine else ''}"
        since = short(now - session.since) if session.since else ""
        state = f"{session.state} {session.waits}" if session.state == "active" else session.state
        rows.append((str(session.pid), who, state, since, " ".join(session.query.split())))
    return _titled("sessions", _table(rows, width, (False, False, False, True, False)))


def tables(report: Report, width: int, now: datetime) -> Content:
    """The tables, the largest first; what lies about in them uncleared."""
    rows = [("table", "size", "rows", "dead", "cleared")]
    for table in report.tables:
        cleared = f"{short(now - table.vacuumed_at)} ago" if table.vacuumed_at else "never"
        rows.append((table.name, size(table.size), f"{table.rows:,}", f"{table.dead:,}", cleared))
    return _titled("tables", _table(rows, width, (False, True, True, True, False)))


def log(report: Report) -> Content:
    """The end of the server's log, newest last."""
    rows = [Content.styled(clean(line), _weight(line)) for line in report.log]
    return _titled("log", rows or [Content.styled("it keeps its log elsewhere", DIM)])


def _weight(line: str) -> str:
    return "$error" if any(word in line for word in ("ERROR:", "FATAL:", "PANIC:")) else DIM


def _fact(name: str, text: str) -> Content:
    return Content.assemble((f"{name:<13}", DIM), clean(text))


def _titled(title: str, rows: Iterable[Content]) -> Content:
    return Content("\n").join([Content.styled(title, HEAD), *rows])


def _table(rows: Sequence[Row], width: int, right: Sequence[bool]) -> Iterable[Content]:
    """Columns as wide as need be; the last gets what is left, and is cut."""
    cleaned = [[clean(cell) for cell in row] for row in rows]
    widths = [min(max(map(cell_len, column)), 28) for column in zip(*cleaned, strict=True)]
    widths[-1] = max(width - sum(widths[:-1]) - 2 * (len(widths) - 1), 6)
    for number, row in enumerate(cleaned):
        cells = [
            fit(cell, wide, "…").rstrip().rjust(wide) if at_right else fit(cell, wide, "…")
            for cell, wide, at_right in zip(row, widths, right, strict=True)
        ]
        text = "  ".join(cells).rstrip()
        yield Content.styled(text, DIM) if number == 0 else Content(text)
