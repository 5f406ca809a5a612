"""What is said in one talk, newest last: scrolled by the line, gone through by the message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from textual import events
from textual.binding import BindingType
from textual.message import Message

from genie_tui.domain.inbox import Remark
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.messages import TALK
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit
from genie_tui.ui.widgets.talk_lines import TalkLines
from genie_tui.ui.widgets.talk_rows import Row, TalkRows

__all__ = ["More", "TalkLog"]

More = Literal["older", "newer", "newest"]

AHEAD = 30
"""Lines above or below the visible ones within which more is asked for."""

FRAME = 3
"""Lines for the title, and the rules under it and at the foot."""


class TalkLog(Drawn, can_focus=True):
    """Follows the newest unless somebody has gone up; keeps its cursor on a message."""

    PREFIX = "talk"
    BINDINGS: ClassVar[list[BindingType]] = bindings(TALK)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "talk--cursor",
        "talk--day",
        "talk--dim",
        "talk--frame",
        "talk--hint",
        "talk--me",
        "talk--new",
        "talk--number",
        "talk--quote",
        "talk--sender",
        "talk--text",
        "talk--thread",
        "talk--title",
    }
    DEFAULT_CSS = """
    TalkLog {
        color: $foreground; background: $background;
        .talk--cursor { color: $foreground 30%; }
        .talk--day { color: $foreground 55%; text-style: bold; }
        .talk--dim { color: $foreground 45%; }
        .talk--frame { color: $foreground 22%; }
        .talk--hint { color: $foreground 50%; text-style: italic; }
        .talk--me { color: $primary; text-style: bold; }
        .talk--new { color: $accent; text-style: bold; }
        .talk--number { color: $primary; text-style: bold; }
        .talk--quote { color: $foreground 55%; }
        .talk--sender { color: $secondary; text-style: bold; }
        .talk--text { color: $foreground 88%; }
        .talk--thread { color: $accent; }
        .talk--title { color: $foreground 80%; text-style: bold; }
        &:focus .talk--cursor { color: $primary; text-style: bold; }
        &:focus .talk--title { color: $primary; text-style: bold underline; }
    }
    """

    @dataclass
    class MoreWanted(Message):
        """Somebody is about to scroll past what is loaded, or wants to be where that is not."""

        what: More

    @dataclass
    class Opened(Message):
        """Somebody wants what hangs on a message, or all of it."""

        remark: Remark
        cut: bool

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        local: Callable[[datetime], datetime] = datetime.astimezone,
    ) -> None:
        super().__init__(ascii=ascii)
        self._rows = TalkRows(TalkLines(self.marks, local))
        self._head: tuple[str, str] = ("", "")
        self._empty = ""
        self._older = self._newer = False
        self._cursor = -1
        self._following = True
        self._seen = ""
        self._top = 0

    # What is told from above

    def entitle(self, title: str, note: str, *, empty: str = "", me: str = "") -> None:
        """What is shown, to whom, and what to say where nothing is in it."""
        if (title, note, empty) != (*self._head, self._empty):
            self._head, self._empty = (title, note), empty
            self.redraw()
        self._rows.me = me

    def begin(
        self,
        remarks: Sequence[Remark],
        *,
        older: bool,
        newer: bool = False,
        new: tuple[str, int] = ("", 0),
        at: str = "",
    ) -> None:
        """Show another talk; at its end, or at one of its remarks.

        `new` is the id of the first that is unread, and how many are.
        """
        self._rows.begin(remarks, new)
        self._older, self._newer = older, newer
        self._following = not at and not newer
        self._cursor, self._top = len(remarks) - 1, 0
        self._see_all()
        self._lay()
        if at:
            self.go_to(at)
        elif new[0]:
            self._begin_at(new[0])
        self.redraw()

    def show(self, remarks: Sequence[Remark], *, older: bool, newer: bool) -> None:
        """The same talk, with more loaded, or as it has come to be."""
        under = self.remark.id if self.remark else ""
        with self._staying():
            self._rows.take(remarks)
            self._older, self._newer = older, newer
            place = self._rows.place(under)
            last = len(remarks) - 1
            self._cursor = last if self._following or place is None else place
            if self._following:
                self._see_all()

    def set_new(self, new: tuple[str, int]) -> None:
        """So many are unread, from one of an id on."""
        with self._staying():
            self._rows.new = new
            self._rows.forget()

    def show_whole(self, remark_id: str, whole: str) -> None:
        """Show all of a remark."""
        self._following = False
        with self._staying():
            self._rows.wholes[remark_id] = whole
            self._rows.forget()

    def go_to(self, remark_id: str) -> bool:
        """Put the cursor on a remark; False where it is not loaded."""
        self._lay()
        if (place := self._rows.place(remark_id)) is None:
            return False
        self._following = False
        self._cursor = place
        self._top = max(self._rows.span(place)[0] - self._room // 3, 0)
        self.redraw()
        return True

    def follow(self) -> None:
        """Go to the newest, and along with what comes."""
        if self._newer:
            self._ask("newest")
            return
        self._following = True
        self._cursor = len(self.remarks) - 1
        self._see_all()
        self.redraw()

    def stand_still(self) -> None:
        """Stay here, whatever comes."""
        self._settle()
        self._following = False
        self.redraw()

    @contextmanager
    def _staying(self) -> Iterator[None]:
        """What is at the top stays there, whatever comes above it."""
        self._lay()
        anchor = self._rows.anchor(self._top)
        yield
        self._lay()
        row = self._rows.row_of(anchor)
        self._top = self._top if row is None else row
        self.redraw()

    def _see_all(self) -> None:
        self._seen = self.remarks[-1].id if self.remarks else ""

    # Where it stands

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What is loaded."""
        return self._rows.remarks

    @property
    def remark(self) -> Remark | None:
        """The one under the cursor."""
        return self.remarks[self._cursor] if 0 <= self._cursor < len(self.remarks) else None

    @property
    def older(self) -> bool:
        """Is there more before what is loaded?"""
        return self._older

    @property
    def following(self) -> bool:
        """Is the newest in view, and will the next be?"""
        return self._following

    @property
    def unseen(self) -> int:
        """How many came since somebody stood still."""
        place = self._rows.place(self._seen)
        return 0 if place is None else len(self.remarks) - 1 - place

    # Drawing

    @property
    def _room(self) -> int:
        return max(self.size.height - FRAME, 1)

    def _lay(self) -> Sequence[Row]:
        return self._rows.lay(max(self.size.width - 1, 8))

    def _settle(self) -> Sequence[Row]:
        """All rows; those in view are where they can be."""
        rows = self._lay()
        last = max(len(rows) - self._room, 0)
        self._top = last if self._following else min(max(self._top, 0), last)
        return rows

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The title, what is in view of the talk, and whether it follows."""
        rows, room = self._settle(), self._room
        self._see_to_more(room)
        body = [self._row(row) for row in rows[self._top : self._top + room]]
        if not rows:
            body = [((f" {self._empty}", "dim"),)] if self._empty else []
        blank: Line = ((" " * width, ""),)
        rule: Line = ((self.marks.joints[0] * width, "frame"),)
        body += [blank] * (room - len(body))
        return [self._title(width), rule, *body, self._foot(width)][:height]

    def _row(self, row: Row) -> Line:
        place, line, own = row
        if place != self._cursor or not own:
            return ((" ", ""), *line)
        return ((self.marks.cursor, "cursor"), *line)

    def _title(self, width: int) -> Line:
        title, note = (clean(text) for text in self._head)
        room = width - 2
        wide = min(cell_len(title), max(room - 10, room // 2) if note else room)
        head = fit(title, max(wide, 0), self.marks.ellipsis)
        number, blank, rest = head.partition(" ")
        shown: Line = ((head, "title"),)
        if number.startswith("#") and number[1:].isdecimal():
            shown = ((number, "number"), (blank + rest, "title"))
        left = room - wide - 2
        told = cut(note, max(left, 0), self.marks.ellipsis)
        return ((" ", ""), *shown, ("  ", ""), (told, "dim"))

    def _foot(self, width: int) -> Line:
        across = self.marks.joints[0]
        if self._following:
            text, style = " follows ", "dim"
        elif self.unseen or self._newer:
            count = f"{self.unseen} new" if self.unseen else "newer"
            text, style = f" {self.marks.below} {count} ", "new"
        else:
            text, style = " stands still ", "dim"
        room = width - cell_len(text) - 1
        return ((across * max(room, 0), "frame"), (text, style), (across, "frame"))

    def _see_to_more(self, room: int) -> None:
        older = self._older and self._top < AHEAD
        newer = self._newer and self._top + room > len(self._rows) - AHEAD
        if older or newer:
            # While drawing, the message would count as the screen's own, and go no further.
            self.call_later(self._ask, "older" if older else "newer")

    def _ask(self, what: More) -> None:
        if self._older if what == "older" else self._newer:
            self.post_message(self.MoreWanted(what))

    def on_resize(self) -> None:
        """Everything is laid anew, around the same remark."""
        anchor = self._rows.anchor(self._top)
        self._lay()
        row = self._rows.row_of(anchor)
        self._top = self._top if row is None else row

    # Moving

    def _begin_at(self, remark_id: str) -> None:
        """What is unread begins in the upper part, where it is more than is seen at once."""
        place = self._rows.place(remark_id)
        if place is not None and len(self._rows) - self._rows.span(place)[0] > self._room:
            self._following = False
            self._cursor = place
            self._top = max(self._rows.span(place)[0] - 3, 0)

    def action_go(self, step: int) -> None:
        """To the next message, or the one before; through a long one by the line."""
        if not self.remarks:
            return
        self._settle()
        first, end = self._rows.span(self._cursor)
        if step > 0 and end > self._top + self._room:
            self._scroll(1)
        elif step < 0 and first < self._top:
            self._scroll(-1)
        else:
            self._put(self._cursor + step)

    def _put(self, place: int) -> None:
        """The cursor on a remark, as much of which is in view as can be."""
        last = len(self.remarks) - 1
        self._cursor = min(max(place, 0), last)
        first, end = self._rows.span(self._cursor)
        upper = 0 if self._cursor == 0 else first
        if first < self._top:
            self._top = min(upper, max(end - self._room, 0)) if end - first > self._room else upper
        elif end > self._top + self._room:
            self._top = min(end - self._room, first)
        self._following = self._cursor == last and end <= self._top + self._room and not self._newer
        if self._following:
            self._see_all()
        self.redraw()

    def _scroll(self, lines: int) -> None:
        """Rows move; the cursor goes to one that is in view."""
        rows = self._settle()
        last = max(len(rows) - self._room, 0)
        self._top = min(max(self._top + lines, 0), last)
        self._following = self._top == last and lines > 0 and not self._newer
        if self._following:
            self._cursor = len(self.remarks) - 1
            self._see_all()
        elif self.remarks:
            shown = rows[self._top : self._top + self._room]
            places = [place for place, _, own in shown if own]
            if places:
                self._cursor = min(max(self._cursor, places[0]), places[-1])
        self.redraw()

    def action_go_pages(self, pages: float) -> None:
        """So many pages down."""
        self._scroll(int(pages * self._room))

    def action_go_edge(self, end: bool) -> None:
        """To the oldest that is loaded, or to the newest."""
        if end:
            self.follow()
        elif self.remarks:
            self._following = False
            self._top = 0
            self._put(0)

    def action_open(self) -> None:
        """What hangs on a message, or all of it."""
        if (remark := self.remark) is not None:
            cut = self._rows.cut(self._cursor) and remark.id not in self._rows.wholes
            self.post_message(self.Opened(remark, cut))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Older ones."""
        event.stop()
        self._scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Newer ones."""
        event.stop()
        self._scroll(3)

    def on_click(self, event: events.Click) -> None:
        """Select; a second click opens."""
        event.stop()
        rows, row = self._lay(), self._top + event.y - 2
        if 0 <= event.y - 2 < self._room and row < len(rows):
            self._put(rows[row].place)
            if event.chain > 1:
                self.action_open()
