"""What must be shown once it is quiet, read from the tables, and what is shown otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.domain.boards import Board
from genie_tui.domain.changes import Event
from genie_tui.domain.store import Store
from genie_tui.domain.tasks import Card
from genie_tui.domain.windows import Span
from genie_tui.services import boards
from tests.services.writing import LOGS

__all__ = ["Told", "Truth", "differing_rows", "differing_screen", "gone_of", "truth"]

LIMIT = 40
"""Rows of a column that are compared."""

# A lock that was taken over is told of by one of its two rows, and a move by the stage log.
LOGGED = """
    SELECT 'task_stage_log', id, created_at, pg_xact_commit_timestamp(xmin)
      FROM task_stage_log WHERE id > %(task_stage_log)s
     UNION ALL
    SELECT 'messages', id, created_at, pg_xact_commit_timestamp(xmin)
      FROM messages WHERE id > %(messages)s
     UNION ALL
    SELECT 'audit_events', id, created_at, pg_xact_commit_timestamp(xmin)
      FROM audit_events e
     WHERE id > %(audit_events)s AND (entity_type, event_type) <> ('task', 'stage_change')
       AND NOT (event_type = 'checkout' AND EXISTS (
            SELECT FROM audit_events o
             WHERE o.id BETWEEN e.id - 3 AND e.id - 1 AND o.created_at = e.created_at
               AND o.event_type = 'checkout_expired' AND o.entity_id = e.entity_id))
"""

PLAIN = """
    SELECT id, seq, title, stage, status, priority, checkout_run_id FROM tasks WHERE id = ANY(%s)
"""

COUNTS = """
    SELECT coalesce(column_id, ''), count(*) FROM tasks WHERE board_id = %s GROUP BY 1
"""

GONE = "SELECT t FROM unnest(%s::text[]) AS t WHERE NOT EXISTS (SELECT FROM tasks WHERE id = t)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the tables hold: of each log the ids since the last time, of the board each column's
    number of cards and its first few, in order.

    `times` are when the transaction of a log's row began, and when it was committed.
    """

    ids: Mapping[str, frozenset[int]]
    times: Mapping[tuple[str, int], tuple[datetime, datetime]]
    board: Board
    counts: Mapping[str, int]
    cards: Mapping[str, Sequence[Card]]
    wrong: tuple[str, ...]


async def truth(conn: AsyncConnection, board_id: str, since: Mapping[str, int]) -> Truth:
    """What the tables hold; nobody writes meanwhile."""
    ids: dict[str, set[int]] = {table: set() for table in LOGS}
    times = {}
    for table, id_, began, ended in await (await conn.execute(LOGGED, since)).fetchall():
        ids[table].add(id_)
        times[table, id_] = began, ended
    board = await boards.find_board(conn, board_id)
    spans = [Span(column_id=column.id, offset=0, limit=LIMIT) for column in board.columns]
    window = await boards.window(conn, board, spans)
    cards = {page.column_id: page.cards for page in window.pages}
    found = dict[str, int](await (await conn.execute(COUNTS, (board_id,))).fetchall())
    counts = {column.id: found.get(column.id, 0) for column in board.columns}
    return Truth(
        ids={table: frozenset(found) for table, found in ids.items()},
        times=times,
        board=board,
        counts=counts,
        cards=cards,
        wrong=tuple(await _misread(conn, cards, counts)),
    )


async def _misread(
    conn: AsyncConnection, cards: Mapping[str, Sequence[Card]], counts: Mapping[str, int]
) -> list[str]:
    """Where what the dashboard reads is not what plain SQL finds."""
    shown = {card.id: card for found in cards.values() for card in found}
    wrong = []
    async with conn.cursor(row_factory=dict_row) as cursor:
        for row in await (await cursor.execute(PLAIN, (list(shown),))).fetchall():
            card = shown[row["id"]]
            holder = card.lock.run_id if card.lock else None
            read = (card.seq, card.title, card.stage, card.status, card.priority, holder)
            if read != tuple(row.values())[1:]:
                wrong.append(f"read as {read}: {row}")
    few = {id_: len(found) for id_, found in cards.items()}
    return wrong + [
        f"{few[id_]} of {n} are read" for id_, n in counts.items() if few[id_] != min(n, LIMIT)
    ]


@dataclass(slots=True)
class Told:
    """What a feed has told, judged bit by bit: `high` are the highest ids that were judged."""

    high: dict[str, int]
    events: list[Event] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LOGS, 0))

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Of what was told and not judged yet."""
        return [event.key for event in self.events]

    def missing(self, now: Truth) -> list[str]:
        """Rows that were not told (yet); of very many at once, the feed says that it skips some."""
        ids, skipped = self._ids(), self._skipped()
        found = []
        for table, expected in now.ids.items():
            left = sorted(id_ for id_ in expected - set(ids[table]) if id_ >= skipped[table])
            found += [f"{table} {id_} is not told" for id_ in left]
        return found

    def judge(self, now: Truth, gone: frozenset[str]) -> list[str]:
        """What is wrong beyond that, and begin anew; `gone` are tasks that were deleted."""
        wrong = self._out_of_order(now)
        for table, ids in self._ids().items():
            wrong += [f"{table} {id_} is told twice" for id_ in _doubled(ids)]
            known = now.ids[table]
            for event in self.events:
                if event.key[0] == table and int(event.key[1]) not in known:
                    late = int(event.key[1]) <= self.high[table]
                    if late or not (table != "audit_events" and _may_be_gone(event, gone)):
                        wrong.append(f"told of what is not there, or again: {event.text}")
            self.counts[table] += len(ids)
            self.high[table] = max((self.high[table], *ids, *known))
        self.events.clear()
        return wrong

    def _ids(self) -> dict[str, list[int]]:
        ids: dict[str, list[int]] = {table: [] for table in LOGS}
        for table, id_ in self.keys:
            if table in LOGS:
                ids[table].append(int(id_))
        return ids

    def _skipped(self) -> dict[str, int]:
        """Below which id rows of a log were left out, as is told."""
        floors = dict.fromkeys(LOGS, 0)
        for name, id_ in self.keys:
            if name.endswith(" skipped"):
                floors[name.removesuffix(" skipped")] = int(id_)
        return floors

    def _out_of_order(self, now: Truth) -> list[str]:
        """What ended before something else began is told before it; a task's moves by their ids."""
        wrong = []
        latest = datetime.min.replace(tzinfo=UTC)
        moved: dict[str | None, int] = {}
        for event in self.events:
            if event.key[0] not in LOGS or (key := _row(event)) not in now.times:
                continue
            began, ended = now.times[key]
            if ended < latest:
                wrong.append(f"told too late: {event.text}")
            latest = max(latest, began)
            if key[0] == "task_stage_log":
                if moved.get(event.task_id, 0) > key[1]:
                    wrong.append(f"told before an earlier move: {event.text}")
                moved[event.task_id] = key[1]
        return wrong


def _row(event: Event) -> tuple[str, int]:
    return event.key[0], int(event.key[1])


def _may_be_gone(event: Event, gone: frozenset[str]) -> bool:
    return event.task_id is None or event.task_id in gone


def _doubled(ids: Sequence[int]) -> Iterable[int]:
    seen: set[int] = set()
    for id_ in ids:
        if id_ in seen:
            yield id_
        seen.add(id_)


async def gone_of(conn: AsyncConnection, tasks: Iterable[str | None]) -> frozenset[str]:
    """Which of these tasks are not there any more."""
    ids = list({id_ for id_ in tasks if id_ is not None})
    return frozenset(id_ for (id_,) in await (await conn.execute(GONE, (ids,))).fetchall())


def differing_rows(store: Store, now: Truth) -> list[str]:
    """Where the rows that a dashboard has are not those of the tables."""
    if store.columns[: len(now.board.columns)] != tuple(c.id for c in now.board.columns):
        return ["other columns"]
    wrong = []
    for column, cards in now.cards.items():
        if store.count(column) != now.counts[column]:
            wrong.append(f"{store.count(column)} in {column}, not {now.counts[column]}")
        for row, card in enumerate(cards):
            shown = store.card(column, row)
            if shown is not None and shown != card:
                wrong.append(f"row {row} of {column} is {shown}, not {card}")
    return wrong


CARD = re.compile(r".?#(\d+) (?:[‼↑↓] |  )(.*)")
COMMENT = re.compile(r' on #\d+: "m(\d+)x(\d+)"')


def differing_screen(text: str, now: Truth) -> list[str]:
    """Where a screen shows other columns, cards or order than the tables have, or a line twice."""
    lines = text.split("\n")
    edges = [at for at, char in enumerate(lines[2]) if char in "┌┬┐▸◂"] if len(lines) > 5 else []
    wrong = [] if "● live" in lines[0] else [f"not live: {lines[0][-40:]}"]
    shown = [one for one in now.board.columns if now.counts[one.id]]
    for column, left, right in zip(now.board.columns, edges, edges[1:], strict=False):
        head = lines[3][left:right]
        if not re.search(rf"{re.escape(column.label)} {now.counts[column.id]}\b", head):
            wrong.append(f"{column.label} {now.counts[column.id]} is headed {head!r}")
        cells = [line[left + 1 : right] for line in lines[5:]]
        wrong += _differing_cards(cells, now.cards[column.id])
    comments = COMMENT.findall(text)
    if len(set(comments)) != len(comments):
        wrong.append(f"a comment stands there twice: {comments}")
    if len(edges) < 3 or not shown:
        wrong.append("no board is shown")
    return wrong


def _differing_cards(cells: Sequence[str], cards: Sequence[Card]) -> list[str]:
    found = [match for cell in cells if (match := CARD.match(cell))]
    seqs = [int(match[1]) for match in found]
    wanted = [card.seq for card in cards[: len(seqs)]]
    wrong = [f"cards {seqs}, not {wanted}"] if seqs != wanted or (cards and not seqs) else []
    for match, card in zip(found, cards, strict=False):
        title = match[2].rstrip(" …")
        if not card.title.startswith(title):
            wrong.append(f"#{card.seq} is called {title!r}, not {card.title!r}")
    return wrong
