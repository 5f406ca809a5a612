"""A list whose items take several lines each, read from top to bottom with a cursor on one."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.message import Message

from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.task_words import paragraphs

__all__ = ["Blocks"]

T = TypeVar("T")

NEAR = 10
"""Items from an end at which more is wanted."""


class Blocks(Drawn, Generic[T], can_focus=True):
    """What one reads stays where it is while items come and go around it.

    A list of its own says by `key` what an item is known by, by `block` how it looks, and by
    `chosen` whether the cursor stops at it. The keys are the screen's, which calls `go` and so on.
    """

    EMPTY: ClassVar[str] = "nothing here"
    """What is said where there is no item; drawn in the style `dim`, which each list has."""

    NEWS: ClassVar[str] = ""
    """What items that have come below are called; where it is empty, they are not counted."""

    MARGIN = 2
    """Cells for the cursor's bar."""

    @dataclass
    class Reached(Message):
        """One end is near: more may be wanted there."""

        blocks: Blocks[Any]
        end: bool

        @property
        def control(self) -> Blocks[Any]:
            """The list, for `@on` with a selector."""
            return self.blocks

    @dataclass
    class Opened(Message):
        """An item was clicked twice."""

        blocks: Blocks[Any]
        item: Any

        @property
        def control(self) -> Blocks[Any]:
            """The list, for `@on` with a selector."""
            return self.blocks

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        id: str | None = None,  # noqa: A002 - as every widget
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii=ascii, id=id, classes=classes)
        self.items: Sequence[T] = ()
        self._cursor = 0
        self._top = (0, 0)
        self._laid: dict[Hashable, tuple[T, int, Sequence[Line]]] = {}
        self._rows: list[int] = []
        self._unseen: set[Hashable] = set()
        self.known = False

    # What a list of its own says

    def key(self, item: T) -> Hashable:
        """What the item is known by, when the list is read again."""
        raise NotImplementedError

    def block(self, item: T, width: int) -> Sequence[Line]:
        """The item in lines of `width` cells at most; it is asked again when the item differs."""
        raise NotImplementedError

    def chosen(self, item: T) -> bool:  # noqa: ARG002 - for lists of their own
        """Does the cursor stop at it?"""
        return True

    # What is told from above

    def show(self, items: Sequence[T]) -> None:
        """Show other items; the cursor stays on its own, and what is on top stays there."""
        old, top, cursor = self.items, self._top, self._cursor
        places = {self.key(item): place for place, item in enumerate(items)}
        if self.known and self.NEWS and old:
            before = {self.key(item) for item in old}
            last = places.get(self.key(old[-1]), -1)
            self._unseen |= {
                key for key, place in places.items() if key not in before and place > last
            }
        self._unseen &= places.keys()
        self.items, self.known = items, True
        self._laid = {key: laid for key, laid in self._laid.items() if key in places}
        self._cursor = self._kept(old, cursor, places)
        row = self._kept(old, top[0], places)
        same = bool(old) and bool(items) and self.key(old[top[0]]) == self.key(items[row])
        self._top = (row, top[1] if same else 0)
        self._choose(1)
        self.redraw()

    def _kept(self, old: Sequence[T], place: int, places: dict[Hashable, int]) -> int:
        """Where the item of an old place is now, or the next one that is left."""
        after = (self.key(item) for item in old[place:])
        last = max(len(places) - 1, 0) if old else 0
        return next((places[key] for key in after if key in places), last)

    def forget(self) -> None:
        """Another task: nothing is known, and the cursor is at the top."""
        self.items, self.known = (), False
        self._cursor, self._top = 0, (0, 0)
        self._laid.clear()
        self._unseen.clear()
        self.redraw()

    def relay(self) -> None:
        """Items look different now, though they are the same."""
        self._laid.clear()
        self.redraw()

    @property
    def item(self) -> T | None:
        """The one under the cursor."""
        if self.items and self.chosen(self.items[self._cursor]):
            return self.items[self._cursor]
        return None

    def move_to(self, key: Hashable) -> bool:
        """Put the cursor on an item; False where there is none of that key."""
        for place, item in enumerate(self.items):
            if self.key(item) == key:
                self._cursor = place
                self._reveal()
                return True
        return False

    # Drawing

    def notify_style_update(self) -> None:
        """Colours have changed."""
        self._laid.clear()
        super().notify_style_update()

    def _lines_of(self, place: int, width: int) -> Sequence[Line]:
        item = self.items[place]
        key = self.key(item)
        laid = self._laid.get(key)
        if laid is None or laid[1] != width or laid[0] != item:
            laid = (item, width, self.block(item, width) or ((),))
            self._laid[key] = laid
        return laid[2]

    @property
    def _inner(self) -> int:
        return max(self.size.width - self.MARGIN, 1)

    @property
    def _height(self) -> int:
        """Lines to show; one at least, as for a list that is not shown yet."""
        return max(self.size.height, 1)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """Those from the top on that fit, the cursor's behind a bar."""
        inner = max(width - self.MARGIN, 1)
        if not self.items:
            said = self.EMPTY if self.known else ""
            return [((" ", ""), (part, "dim")) for part in paragraphs(said, inner)]
        self._settle(inner, height)
        found: list[Line] = []
        self._rows = []
        for place, line in self._from_top(inner):
            if len(found) == height:
                break
            bar = bool(line) and place == self._cursor and self.has_focus and self.item is not None
            found.append(((self.marks.cursor if bar else " ", "cursor"), (" ", ""), *line))
            self._rows.append(place)
        if self._unseen and found:
            below = self.items[self._rows[-1] + 1 :]
            self._unseen &= {self.key(item) for item in below}
            found[-1] = self._news() or found[-1]
        return found

    def _news(self) -> Line:
        """How many have come below and were not looked at."""
        count = len(self._unseen)
        plural = "" if count == 1 else "s"
        return ((f"{self.marks.below} {count} new {self.NEWS}{plural}", "new"),) if count else ()

    def _from_top(self, inner: int) -> Iterator[tuple[int, Line]]:
        first, offset = self._top
        for place in range(first, len(self.items)):
            lines = self._lines_of(place, inner)
            for line in lines[offset if place == first else 0 :]:
                yield place, line

    def _settle(self, inner: int, height: int) -> None:
        """Keep the top within what there is; no room is left under the last item but needs be."""
        place, offset = min(self._top[0], len(self.items) - 1), self._top[1]
        self._top = (place, min(offset, len(self._lines_of(place, inner)) - 1))
        last = self._up((len(self.items), 0), height, inner)
        self._top = min(self._top, last)

    def _up(self, top: tuple[int, int], lines: int, inner: int) -> tuple[int, int]:
        """The place so many lines above another, or the very top."""
        place, offset = top
        while lines > offset and place > 0:
            lines -= offset
            place -= 1
            offset = len(self._lines_of(place, inner))
        return (place, max(offset - lines, 0))

    def _down(self, top: tuple[int, int], lines: int, inner: int) -> tuple[int, int]:
        """The place so many lines below another."""
        place, offset = top[0], top[1] + lines
        while place < len(self.items) and offset >= len(self._lines_of(place, inner)):
            offset -= len(self._lines_of(place, inner))
            place += 1
        return (place, offset) if place < len(self.items) else (len(self.items) - 1, 0)

    # Moving

    def _height_to(self, place: int, inner: int) -> int:
        """Lines from the top down to an item, negative above it; not counted beyond a screen."""
        first, offset = self._top
        if place < first or (place == first and offset > 0):
            return -1
        rows = -offset
        for other in range(first, place):
            rows += len(self._lines_of(other, inner))
            if rows > self._height:
                break
        return rows

    def _reveal(self) -> None:
        """Bring the item under the cursor into view, its beginning where it is too long."""
        if not self.items:
            return
        inner, height = self._inner, self._height
        above = self._height_to(self._cursor, inner)
        size = len(self._lines_of(self._cursor, inner))
        if above < 0 or size >= height:
            self._top = (self._lead(self._cursor), 0)
        elif above + size > height:
            self._top = self._up((self._cursor, size), height, inner)
        self._moved()

    def _lead(self, place: int) -> int:
        """The first of the items before one at which the cursor does not stop: its headings."""
        while place > 0 and not self.chosen(self.items[place - 1]):
            place -= 1
        return place

    def _moved(self) -> None:
        self.redraw()
        if self._cursor < NEAR or self._top[0] < NEAR:
            self.post_message(self.Reached(self, end=False).set_sender(self))
        shown = self._rows[-1] if self._rows else 0
        if max(self._cursor, shown) >= len(self.items) - NEAR:
            self.post_message(self.Reached(self, end=True).set_sender(self))

    def _choose(self, step: int) -> bool:
        """From an item at which the cursor does not stop on to the next, or back to the last."""
        for way in (step, -step):
            place = self._cursor
            while 0 <= place < len(self.items):
                if self.chosen(self.items[place]):
                    self._cursor = place
                    return True
                place += way
        return False

    def go(self, steps: int) -> None:
        """So many items down; within one that is longer than the screen, by lines."""
        step = 1 if steps > 0 else -1
        for _ in range(abs(steps)):
            self._go(step)
        self._moved()

    def _go(self, step: int) -> None:
        if not self.items:
            return
        if self._hidden(step):
            self._scroll(step * 3)
            return
        place = self._cursor + step
        while 0 <= place < len(self.items) and not self.chosen(self.items[place]):
            place += step
        if 0 <= place < len(self.items):
            self._cursor = place
            self._enter(step)
        else:
            self._scroll(step)

    def _hidden(self, step: int) -> bool:
        """Does the item under the cursor go on beyond the edge towards which one goes?"""
        first, offset = self._top
        if step < 0:
            return self._cursor == first and offset > 0
        above = self._height_to(self._cursor, self._inner)
        if self._cursor == first:
            above = -offset
        rows = len(self._lines_of(self._cursor, self._inner))
        return above + rows > self._height

    def _enter(self, step: int) -> None:
        """An item that is longer than the screen is come to at the end that is nearer."""
        rows = len(self._lines_of(self._cursor, self._inner))
        if rows >= self._height and step < 0:
            self._top = self._up((self._cursor, rows), self._height, self._inner)
        else:
            self._reveal()

    def _scroll(self, lines: int) -> None:
        if not self.items:
            return
        way = self._down if lines > 0 else self._up
        self._top = way(self._top, abs(lines), self._inner)
        self._settle(self._inner, self._height)

    def go_pages(self, pages: float) -> None:
        """So many pages down; the cursor comes along."""
        if not self.items:
            return
        lines = int(pages * self._height) or (1 if pages > 0 else -1)
        before = self._top
        self._scroll(lines)
        if self._top == before:
            self._cursor = len(self.items) - 1 if pages > 0 else 0
            self._choose(-1 if pages > 0 else 1)
        else:
            self._follow()
        self._moved()

    def _follow(self) -> None:
        """The cursor goes to the nearest item in view."""
        shown = [place for place, _ in islice(self._from_top(self._inner), self._height)]
        if shown:
            self._cursor = min(max(self._cursor, shown[0]), shown[-1])
            self._choose(1)

    def go_edge(self, end: bool) -> None:
        """To the first item, or to the last."""
        if not self.items:
            return
        self._cursor = len(self.items) - 1 if end else 0
        self._choose(-1 if end else 1)
        inner, height = self._inner, self._height
        self._top = self._up((len(self.items), 0), height, inner) if end else (0, 0)
        self._moved()

    @property
    def at_end(self) -> bool:
        """Is the last item under the cursor?"""
        return self._cursor >= len(self.items) - 1

    def on_focus(self) -> None:
        """The bar shows."""
        self.redraw()

    def on_blur(self) -> None:
        """The bar goes."""
        self.redraw()

    # Mouse

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Down."""
        event.stop()
        self._wheel(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Up."""
        event.stop()
        self._wheel(-3)

    def _wheel(self, lines: int) -> None:
        self._scroll(lines)
        self._follow()
        self._moved()

    def on_click(self, event: events.Click) -> None:
        """Select; a second click opens."""
        event.stop()
        if event.y < len(self._rows) and self.chosen(self.items[self._rows[event.y]]):
            self._cursor = self._rows[event.y]
            self.redraw()
            if event.chain > 1:
                self.post_message(self.Opened(self, self.items[self._cursor]).set_sender(self))
