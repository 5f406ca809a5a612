"""A list to choose from, which typing narrows down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import Matcher
from textual.screen import ModalScreen
from textual.widgets import Input

from genie_tui.ui.keys.asking import PICKER
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.item import Item
from genie_tui.ui.widgets.line import Line as Field
from genie_tui.ui.widgets.plain import cell_len, clean, cut

__all__ = ["Item", "Picker"]


class Items(Drawn):
    """The items that match, with a cursor; what matched is set off."""

    PREFIX = "items"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "items--cursor",
        "items--match",
        "items--mark",
        "items--note",
        "items--text",
    }
    DEFAULT_CSS = """
    Items {
        height: auto; max-height: 16; width: 1fr;
        .items--text { color: $foreground; }
        .items--match { color: $accent; text-style: bold; }
        .items--note { color: $foreground 50%; }
        .items--mark { color: $primary; text-style: bold; }
        .items--cursor { color: $block-cursor-foreground; background: $block-cursor-background; }
    }
    """

    def __init__(
        self,
        items: Sequence[Item],
        *,
        chosen: Callable[[], None],
        new: str = "",
        ascii: bool = False,  # noqa: A002 - the option's own name
    ) -> None:
        super().__init__(ascii=ascii)
        self._all = tuple(items)
        self._new = new
        self._chosen = chosen
        self._found: list[tuple[Item, Content]] = []
        self._cursor = 0
        self._top = 0
        self.search("")
        current = (n for n, item in enumerate(items) if item.current)
        self._cursor = next(current, 0)

    @property
    def item(self) -> Item | None:
        """The one under the cursor."""
        return self._found[self._cursor][0] if self._found else None

    def search(self, text: str) -> None:
        """Show what matches, best first."""
        if not text.strip():
            self._found = [(item, Content(clean(item.text))) for item in self._all]
        else:
            matcher = Matcher(text.strip())
            scored = [(matcher.match(clean(item.text)), item) for item in self._all]
            scored = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: -pair[0])
            self._found = [(item, matcher.highlight(clean(item.text))) for _, item in scored]
            self._offer(text.strip())
        self._cursor = 0
        self.redraw()

    def _offer(self, text: str) -> None:
        """What was typed itself, where that may be chosen and is none of the items."""
        if self._new and all(text.casefold() != item.text.casefold() for item in self._all):
            item = Item(id=text, text=f"{self._new} {text}")
            self._found.append((item, Content(clean(item.text))))

    def go(self, step: int) -> None:
        """Move the cursor; from either end on to the other by single steps."""
        count = len(self._found)
        if count:
            wanted = self._cursor + step
            self._cursor = wanted % count if abs(step) == 1 else max(0, min(wanted, count - 1))
            self.redraw()

    def get_content_height(self, *_: object) -> int:
        """A line for each item, and always one."""
        return max(len(self._all) + bool(self._new), 1)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """Those around the cursor."""
        if not self._found:
            return [((" nothing like that", "note"),)]
        self._top = max(min(self._top, self._cursor), self._cursor - height + 1, 0)
        shown = self._found[self._top : self._top + height]
        return [self._line(n, width) for n in range(self._top, self._top + len(shown))]

    def _line(self, number: int, width: int) -> Line:
        item, text = self._found[number]
        under = number == self._cursor
        rest = "cursor" if under else ""
        bar = self.marks.cursor if under else " "
        mark = f"{self.marks.done} " if item.current else "  "
        note = clean(item.note)
        swatch = [(self.marks.bar * 2, item.color), (" ", rest)] if item.color else []
        width -= 3 if item.color else 0
        room = max(width - cell_len(note) - 4, 8)
        plain = text.plain
        if under or cell_len(plain) > room:
            shown = cut(plain, room, self.marks.ellipsis)
            parts = [(shown, "cursor" if under else "text")]
        else:
            parts = _marked(text)
        used = sum(cell_len(part[0]) for part in parts)
        gap = " " * max(width - used - cell_len(note) - 4, 1)
        return (
            (f"{bar}{mark}", rest or "mark"),
            *swatch,
            *parts,
            (gap, rest),
            (f"{note} ", rest or "note"),
        )

    def on_click(self, event: events.Click) -> None:
        """Choose the item that was clicked on."""
        if self._top + event.y < len(self._found):
            self._cursor = self._top + event.y
            self._chosen()


def _marked(text: Content) -> list[tuple[str, str]]:
    matched = {at for span in text.spans for at in range(span.start, span.end)}
    return [(letter, "match" if at in matched else "text") for at, letter in enumerate(text.plain)]


class Picker(ModalScreen[str | None], inherit_bindings=False):
    """Dismissed with the id of the item that was chosen, or None.

    With `new`, what is typed may be chosen too: `new` says what that would do, and the text itself
    is the id.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(PICKER)
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    Picker {
        align: center middle; background: transparent;
        & > Vertical {
            width: 76; max-width: 96%; height: auto; max-height: 90%; background: $surface;
            border: round $primary; border-title-color: $primary; border-title-style: bold;
            border-subtitle-color: $foreground 60%;
        }
    }
    """

    def __init__(
        self,
        title: str,
        items: Sequence[Item],
        *,
        hint: str,
        new: str = "",
        ascii: bool = False,  # noqa: A002 - the option's own name
    ) -> None:
        super().__init__()
        self._title = title
        self._hint = hint
        self._items = Items(items, chosen=self.action_take, new=new, ascii=ascii)

    def compose(self) -> ComposeResult:
        """What to narrow down by, and what is left."""
        with Vertical() as box:
            box.border_title = Content(f" {clean(self._title)} ")
            box.border_subtitle = Content(" enter take, esc cancel ")
            yield Field(entered=self.action_take, placeholder=self._hint)
            yield self._items

    def on_mount(self) -> None:
        """The first key is typed into the input."""
        self.set_focus(self.query_one(Field))

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._items.search(event.value)

    def action_go(self, step: int) -> None:
        """Move over the items."""
        self._items.go(step)

    def action_take(self) -> None:
        """Choose the item under the cursor."""
        if (item := self._items.item) is not None:
            self.dismiss(item.id)

    def action_cancel(self) -> None:
        """Choose none."""
        self.dismiss(None)
