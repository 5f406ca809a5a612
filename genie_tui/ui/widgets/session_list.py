"""Sessions, a line each; or the turns in which words were found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from genie_tui.domain.agents import dollars
from genie_tui.domain.durations import short
from genie_tui.domain.session_facts import Hit, Overview, marked
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.listing import Listing
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit

__all__ = ["SessionList"]

NAME = 60
"""Letters of a name that are looked at."""


class SessionList(Listing[Overview | Hit]):
    """Whose, on which task, since when, how long, and what it cost; of a hit the words around."""

    PREFIX = "sessions"
    EMPTY = "no sessions here; `genie-tui session import` reads what agents wrote of them"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sessions--cost",
        "sessions--cursor",
        "sessions--dim",
        "sessions--found",
        "sessions--text",
        "sessions--title",
    }
    DEFAULT_CSS = """
    SessionList {
        color: $foreground; background: $background;
        .sessions--cost { color: $success; }
        .sessions--cursor { color: $primary; text-style: bold; }
        .sessions--dim { color: $foreground 55%; }
        .sessions--found { color: $warning; text-style: bold underline; }
        .sessions--text { color: $foreground 85%; }
        .sessions--title { color: $foreground; text-style: bold; }
    }
    """

    def key(self, item: Overview | Hit) -> str:
        """The session's id; of a turn its number, too."""
        return f"{item.session_id}\0{item.turn_index}" if isinstance(item, Hit) else item.id

    def line(self, item: Overview | Hit, width: int, *, cursor: bool) -> Line:
        """`▌ eng-1     #12 Refresh tokens      3h   214  $1.75`."""
        mark = (self.marks.cursor if cursor else " ", "cursor")
        style = "title" if cursor else "text"
        room = max(min(16, width // 4), 6)
        if isinstance(item, Hit):
            who = _named(item.agent_id or item.session_id)
            head = (fit(f" {who} {item.turn_index}", room, self.marks.ellipsis) + " ", style)
            return (mark, head, *self._words(item, width - room - 2))
        ends = self._ends(item, width)
        left = max(width - 1 - room - cell_len(ends) - 9, 0)
        about = _named(_about(item))
        return (
            mark,
            (fit(f" {_who(item)}", room, self.marks.ellipsis), style),
            (fit(f" {about}", left, self.marks.ellipsis), "dim"),
            (ends, "dim"),
            (dollars(item.cost).rjust(9), "cost"),
        )

    def _ends(self, item: Overview, width: int) -> str:
        ago = short(max(datetime.now(UTC) - item.started_at, timedelta(0)))
        turns = f"{item.total_turns:,}".rjust(7) if width >= 44 else ""
        return f"{ago.rjust(6)}{turns}"

    def _words(self, item: Hit, room: int) -> list[Piece]:
        pieces: list[Piece] = []
        for text, found in marked(item.excerpt):
            shown = cut(clean(text), max(room, 0), self.marks.ellipsis)
            pieces.append((shown, "found" if found else "dim"))
            room -= cell_len(shown)
        return pieces


def _about(item: Overview) -> str:
    if item.task_seq is not None:
        return f"#{item.task_seq} {item.task_title}"
    return item.task_id or item.id


def _named(text: str) -> str:
    return clean(text[:NAME])


def _who(item: Overview) -> str:
    return _named(item.agent_id or item.role or item.id)
