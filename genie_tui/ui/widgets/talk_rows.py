"""The rows of what is loaded of a talk: which message each belongs to, and where each begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from genie_tui.domain.inbox import Remark
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.talk_lines import Laid, TalkLines

__all__ = ["Anchor", "Row", "TalkRows"]

Anchor = tuple[str, int]
"""A remark's id, and how many of its own lines are above the window: how a place is kept."""


class Row(NamedTuple):
    """A line, the place of the remark it belongs to, and whether it is that one's own."""

    place: int
    line: Line
    own: bool


class TalkRows:
    """Lays each remark once for a width. `new` is the first unread one, and how many are."""

    def __init__(self, lines: TalkLines) -> None:
        self._lines = lines
        self._laid: dict[str, tuple[object, Laid]] = {}
        self._rows: list[Row] = []
        self._first: list[int] = []
        self._width = 0
        self._fresh = False
        self.remarks: tuple[Remark, ...] = ()
        self.new: tuple[str, int] = ("", 0)
        self.me = ""
        self.wholes: dict[str, str] = {}

    def begin(self, remarks: Sequence[Remark], new: tuple[str, int]) -> None:
        """Those of another talk."""
        self._laid, self.wholes = {}, {}
        self.new = new
        self.take(remarks)

    def take(self, remarks: Sequence[Remark]) -> None:
        """Others of the same talk."""
        self.remarks = tuple(remarks)
        self.forget()

    def forget(self) -> None:
        """Something about them is told otherwise."""
        self._fresh = False

    def lay(self, width: int) -> Sequence[Row]:
        """All rows in a width."""
        if not self._fresh or width != self._width:
            self._fresh, self._width = True, width
            self._rows, self._first = [], []
            for place, remark in enumerate(self.remarks):
                laid = self._of(remark, self.remarks[place - 1] if place else None)
                self._rows += [Row(place, line, False) for line in laid.above]
                self._first.append(len(self._rows))
                self._rows += [Row(place, line, True) for line in laid.own]
        return self._rows

    def _of(self, remark: Remark, before: Remark | None) -> Laid:
        new = self.new[1] if remark.id == self.new[0] else 0
        whole = self.wholes.get(remark.id)
        facts = (remark, before.id if before else "", self._width, new, whole is not None, self.me)
        known = self._laid.get(remark.id)
        if known is None or known[0] != facts:
            laid = self._lines.lay(remark, before, self._width, new=new, whole=whole, me=self.me)
            self._laid[remark.id] = known = (facts, laid)
        return known[1]

    # Once they are laid

    def __len__(self) -> int:
        return len(self._rows)

    def cut(self, place: int) -> bool:
        """Is there more to a remark than is shown?"""
        known = self._laid.get(self.remarks[place].id)
        return known is not None and known[1].cut

    def place(self, remark_id: str) -> int | None:
        """Where a remark stands among the others."""
        places = range(len(self.remarks) - 1, -1, -1)
        return next((place for place in places if self.remarks[place].id == remark_id), None)

    def span(self, place: int) -> tuple[int, int]:
        """The rows of a remark: its first, and the one after its last."""
        first = end = self._first[place]
        while end < len(self._rows) and self._rows[end][0] == place:
            end += 1
        return first, end

    def anchor(self, top: int) -> Anchor | None:
        """What keeps the place of a row while others come above it."""
        if not 0 <= top < len(self._rows):
            return None
        place = self._rows[top].place
        return self.remarks[place].id, top - self._first[place]

    def row_of(self, anchor: Anchor | None) -> int | None:
        """Where that row is now; None where its remark has gone."""
        place = self.place(anchor[0]) if anchor is not None else None
        return None if place is None or anchor is None else self._first[place] + anchor[1]
