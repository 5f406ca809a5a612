"""Reading what hints ask for: one batch of queries, in one short transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import AsyncConnection
from psycopg.rows import class_row

from genie_tui.domain.changes import Hint
from genie_tui.domain.marks import Mark
from genie_tui.domain.tasks import Card
from genie_tui.services import gaps, sightings
from genie_tui.services.cards import cards
from genie_tui.services.gaps import MOMENT, Moment
from genie_tui.services.hints import ONE_BY_ONE, Hints
from genie_tui.services.logs import (
    LOGS,
    MESSAGES,
    Log,
    Unread,
    ask,
    newest_mark,
    rest,
    restarted,
)
from genie_tui.services.sightings import Seen, Sightings

__all__ = ["Found", "read"]

# What the logs say is of one moment, so that what is told first was not committed later.
ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"

# What a card says of other tasks is out of date when one of those changes.
NEIGHBOURS = """
SELECT depends_on_id FROM task_dependencies WHERE task_id = ANY(%(ids)s)
 UNION
SELECT task_id FROM task_dependencies WHERE depends_on_id = ANY(%(ids)s)
"""


SEQS = "SELECT id, seq FROM tasks WHERE id = ANY(%(ids)s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one batch of reads found; nothing of it counts until it is delivered.

    All of it was so at one `moment`. `missed` is what was not announced, as if it had been.
    `anew`: it is another database than the one that was read before.
    """

    unread: tuple[Unread, ...] = ()
    moment: Moment
    cards: tuple[Card, ...] = ()
    gone: frozenset[str] = frozenset()
    reread: bool = False
    seqs: Mapping[str, int] = field(default_factory=dict)
    seen: Seen | None = None
    missed: tuple[Hint, ...] = ()
    anew: bool = False


async def read(
    conn: AsyncConnection,
    hints: Hints,
    marks: Mapping[Log, Mark],
    known: Sightings,
    *,
    now: float,
    last: Moment | None = None,
    numbers_of: Sequence[str] = (),
) -> Found:
    """Read all that the hints ask for; a log without a mark is taken as known up to now.

    `now` is the monotonic time. `last` is the moment of the read before this one, and `numbers_of`
    are tasks whose numbers are wanted alone.
    """
    async with conn.pipeline():  # what is asked in one go is answered in one round trip
        await conn.execute(ONE_MOMENT)
        anew = hints.missed and await _is_another(conn, marks, last)
        going_on, last = ({}, None) if anew else (marks, last)
        moments = conn.cursor(row_factory=class_row(Moment))
        await moments.execute(MOMENT)
        near = await conn.execute(NEIGHBOURS, {"ids": list(hints.tasks)}) if hints.tasks else None
        pages = [(log, await ask(conn, log, going_on[log])) for log in going_on if hints.logs]
        [moment] = await moments.fetchall()
        ids = {id_ for (id_,) in await near.fetchall()} if near else set()
        first = [(log, await page.fetchall()) for log, page in pages]
        unread = [await rest(conn, log, going_on[log], page, now) for log, page in first]
        unread += [await _begun(conn, log, marks, now) for log in LOGS if log not in going_on]
        ids |= hints.tasks | _commented(unread)
        reread = hints.reread or len(ids) > ONE_BY_ONE
        found = await cards(conn, tuple(ids)) if not reread else ()
        return Found(
            unread=tuple(unread),
            moment=moment,
            cards=found,
            gone=frozenset(ids - {card.id for card in found} if not reread else ()),
            reread=reread,
            seqs=await _seqs(conn, numbers_of) if numbers_of else {},
            seen=await sightings.look(conn, hints.wanted, known) if hints.wanted else None,
            missed=await gaps.look(conn, last) if hints.missed and last else (),
            anew=anew,
        )


async def _is_another(
    conn: AsyncConnection, marks: Mapping[Log, Mark], last: Moment | None
) -> bool:
    """Was the database made anew, or another one put in its place, as a restore does?"""
    if last is not None:
        row = await (await conn.execute(MOMENT)).fetchone()
        if row is not None and row[-1] != last.database:
            return True
    return any([await restarted(conn, log, mark) for log, mark in marks.items()])


async def _begun(conn: AsyncConnection, log: Log, marks: Mapping[Log, Mark], now: float) -> Unread:
    return Unread(log=log, mark=await newest_mark(conn, log, now), begun=log not in marks)


async def _seqs(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, int]:
    cursor = await conn.execute(SEQS, {"ids": list(ids)})
    return dict(await cursor.fetchall())


def _commented(unread: Iterable[Unread]) -> set[str]:
    """The tasks whose number of comments has changed."""
    rows = (row for log in unread if log.log is MESSAGES for row in log.rows)
    return {row.task_id for row in rows if row.task_id is not None}
