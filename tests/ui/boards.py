"""Boards and cards for the tests of the board, and a source of rows in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import ORPHANED, Board, Column
from genie_tui.domain.gates import Gate
from genie_tui.domain.lanes import Group
from genie_tui.domain.tasks import Card, Link, Lock, Priority, Sort, Status
from genie_tui.domain.windows import Page, Span, Window
from tests.domain.laning import laned

NOW = datetime(2026, 3, 2, 12, 4, tzinfo=UTC)
ADA = Actor.human("ada", "desk")

BOARD = Board(
    id="board-1",
    name="Sprint-12",
    columns=(
        Column(id="c-wish", name="wish", label="Wish", color="#8b5cf6", position=0),
        Column(
            id="c-build",
            name="build",
            label="Build",
            gate=Gate.AGENT,
            auto_advance=True,
            color="#3b82f6",
            position=1,
        ),
        Column(id="c-review", name="review", label="Review", gate=Gate.BOTH, color="#f97316"),
        Column(id="c-qa", name="qa", label="QA", gate=Gate.AGENT, color="#10b981"),
        Column(id="c-ship", name="ship", label="Ship", color="#94a3b8"),
    ),
    wip={"build": 4},
)


def card(seq: int, title: str = "", stage: str = "wish", **values: Any) -> Card:
    """A card of BOARD; tasks with a higher number were made later."""
    created = values.pop("created_at", NOW - timedelta(days=30) + timedelta(minutes=seq))
    at = {"created_at": created, "updated_at": created, "staged_at": created}
    given: dict[str, Any] = {
        "id": f"task-{seq:08x}",
        "seq": seq,
        "repo_path": "/src/acme",
        "project_id": "project-1",
        "board_id": "board-1",
        "type_id": "software",
        "column_id": f"c-{stage}",
        "stage": stage,
        "status": Status.READY,
        "priority": Priority.NORMAL,
        "title": title or f"task number {seq}",
    }
    return Card(**(given | at | values))


def lock(name: str, *, left: timedelta, now: datetime = NOW) -> Lock:
    """A lock that an agent holds for so much longer."""
    return Lock(run_id=f"agent-{name}", since=now + left - timedelta(minutes=10), timeout=TEN)


TEN = timedelta(minutes=10)


def link(seq: int) -> Link:
    """Another task of which a card speaks."""
    return Link(
        id=f"task-{seq:08x}", seq=seq, title=f"task {seq}", stage="build", status=Status.READY
    )


class Rows:
    """All rows of a board, as a database would hold them."""

    def __init__(self, board: Board, cards: Iterable[Card], group: Group = Group.NONE) -> None:
        self.board = board
        self.group = group
        self.cards = {card.id: card for card in cards}

    def put(self, *cards: Card) -> None:
        """Insert or replace."""
        self.cards.update({card.id: card for card in cards})

    def place(self, card: Card) -> str | None:
        """The column of a card; None where it is on another board."""
        if card.board_id != self.board.id:
            return None
        column = self.board.place(card.column_id, card.stage)
        return column.id if column else ORPHANED

    def column(self, column: str) -> list[Card]:
        """A column's cards in order."""
        cards = (card for card in self.cards.values() if self.place(card) == column)
        return sorted(cards, key=self.group.ordering(Sort.PRIORITY))

    def window(self, spans: Sequence[Span]) -> Window:
        """The answer to a read."""
        columns = [*(column.id for column in self.board.columns), ORPHANED]
        return Window(
            counts={column: len(self.column(column)) for column in columns},
            pages=tuple(
                Page(
                    column_id=span.column_id,
                    offset=span.offset,
                    cards=tuple(
                        self.column(span.column_id)[span.offset : span.offset + span.limit]
                    ),
                )
                for span in spans
            ),
            **laned({column: self.column(column) for column in columns}, self.group),
        )
