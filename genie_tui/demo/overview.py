"""All boards of the demo at a glance, as those who simulate look at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import AsyncConnection

from genie_tui.domain.actors import Kind
from genie_tui.domain.boards import Board
from genie_tui.domain.gates import waits_for
from genie_tui.domain.tasks import Card, Status
from genie_tui.domain.windows import Span
from genie_tui.services import boards

__all__ = ["Overview", "Seen", "look", "team_boards"]

SHOWN = 100
"""Cards of a column that are looked at; the open ones come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A card on its board."""

    board: Board
    card: Card

    @property
    def waits_for_a_person(self) -> bool:
        """Does nothing but a person's word keep it from going on?"""
        card = self.card
        column = self.board.place(card.column_id, card.stage)
        free = card.status is Status.READY and card.lock is None and not card.waits
        asked = column is not None and waits_for(column.gate, card.approved) is Kind.HUMAN
        return free and asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The cards of all boards, and the moment at which they stood so."""

    at: datetime
    boards: tuple[Board, ...]
    seen: tuple[Seen, ...]

    @property
    def waiting(self) -> list[Seen]:
        """What waits for a person, the longest first."""
        found = [one for one in self.seen if one.waits_for_a_person]
        return sorted(found, key=lambda one: one.card.staged_at)

    @property
    def stale(self) -> list[Seen]:
        """What is held by a lock that is over."""
        locked = ((one, one.card.lock) for one in self.seen)
        return [one for one, lock in locked if lock and lock.left(self.at) < timedelta(0)]

    @property
    def held_up(self) -> list[Seen]:
        """What waits for another task."""
        return [one for one in self.seen if one.card.waits and not one.card.closed]

    @property
    def open(self) -> list[Seen]:
        """What is not done."""
        return [one for one in self.seen if not one.card.closed]

    def having(self, status: Status) -> list[Seen]:
        """The cards of a status, the longest untouched first."""
        found = [one for one in self.seen if one.card.status is status]
        return sorted(found, key=lambda one: one.card.updated_at)


async def team_boards(conn: AsyncConnection) -> tuple[Board, ...]:
    """The boards of the demo's projects; nobody works on the global ones."""
    return tuple(board for board in await boards.list_boards(conn) if board.project_id is not None)


async def look(conn: AsyncConnection, now: datetime) -> Overview:
    """Read all boards."""
    found = await team_boards(conn)
    seen: list[Seen] = []
    for board in found:
        spans = [Span(column_id=column.id, offset=0, limit=SHOWN) for column in board.columns]
        window = await boards.window(conn, board, spans, project_id=board.project_id)
        seen += [Seen(board=board, card=card) for page in window.pages for card in page.cards]
    return Overview(at=now, boards=found, seen=tuple(seen))
