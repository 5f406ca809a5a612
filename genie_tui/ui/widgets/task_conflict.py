"""What two have changed at once: theirs and yours beside each other, field by field, to choose."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import ClassVar, Literal, NamedTuple

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.task import CONFLICT
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.plain import clean, fit
from genie_tui.ui.widgets.task_blocks import Blocks
from genie_tui.ui.widgets.task_style import CLASSES, PREFIX, css
from genie_tui.ui.widgets.task_words import wrapped

__all__ = ["Choice", "Clash", "Conflict", "differences"]

Choice = Literal["mine", "theirs", "edit"]

SAYS: dict[Choice, str] = {"mine": "keep yours", "theirs": "take theirs", "edit": "edit again"}

LINES_AT_MOST = 300
"""Of a text that are compared; those beyond are only said to be there."""

ROWS_AT_MOST = 40
"""Of a field that are shown."""

BESIDE_FROM = 64
"""Cells from which on the two stand beside each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A field as somebody else has left it, as one has typed it, and what is to become of it."""

    name: str
    label: str
    theirs: str
    mine: str
    choice: Choice = "mine"


class Row(NamedTuple):
    """Lines of both texts that stand beside each other; None where one of them has none."""

    theirs: str | None
    mine: str | None
    same: bool


def differences(theirs: str, mine: str) -> list[Row]:
    """The lines in which two texts differ, with one that is the same before and after."""
    left, right = theirs.splitlines()[:LINES_AT_MOST], mine.splitlines()[:LINES_AT_MOST]
    rows: list[Row] = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            kept = sorted({n for n in (0 if rows else b - a - 1, b - a - 1) if n >= 0})
            rows += [Row(left[a + n], right[c + n], True) for n in kept]
        else:
            size = max(b - a, d - c)
            olds = [*left[a:b], *[None] * (size - (b - a))]
            news = [*right[c:d], *[None] * (size - (d - c))]
            rows += [Row(old, new, False) for old, new in zip(olds, news, strict=True)]
    while rows and rows[-1].same and len(rows) > 1 and rows[-2].same:
        rows.pop()
    return rows


class Sides(Blocks[Clash]):
    """A field after the other."""

    PREFIX = PREFIX
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = css("Sides", "width: 100%; height: auto;").replace("$background;", "$surface;")

    def key(self, item: Clash) -> Hashable:
        """The field."""
        return item.name

    def get_content_height(self, *sizes: object) -> int:
        """As many lines as all fields take."""
        width = sizes[-1] if isinstance(sizes[-1], int) else 80
        return sum(len(self.block(item, width - self.MARGIN)) for item in self.items)

    def block(self, item: Clash, width: int) -> Sequence[Line]:
        """What can be done about it, and the two texts."""
        head: list[Piece] = [(f"{item.label}  ", "head")]
        for choice, says in SAYS.items():
            on = choice == item.choice
            head.append((f"[{says}]" if on else f" {says} ", "strong" if on else "dim"))
        draw = self._beside if width >= BESIDE_FROM else self._below
        lines = list(draw(item, width))
        if len(lines) > ROWS_AT_MOST:
            more = len(lines) - ROWS_AT_MOST
            lines = [*lines[:ROWS_AT_MOST], ((f"{more} more lines", "dim"),)]
        return [tuple(head), *lines, ()]

    def _beside(self, item: Clash, width: int) -> Iterator[Line]:
        wall: Piece = (f" {self.marks.joints[1]} ", "frame")
        half = (width - 5) // 2
        blank = ("  ", "")
        titles = fit("theirs, as it is now", half, ""), "yours, as you typed it"
        yield (blank, (titles[0], "dim"), wall, (titles[1], "dim"))
        for row in differences(item.theirs, item.mine):
            left = list(wrapped(clean(row.theirs), half)) if row.theirs is not None else []
            right = list(wrapped(clean(row.mine), half)) if row.mine is not None else []
            for n in range(max(len(left), len(right), 1)):
                one = left[n] if n < len(left) else ""
                other = right[n] if n < len(right) else ""
                style = "dim" if row.same else "text"
                mark = "  " if row.same else f"{self.marks.moved} "
                old, new = (style, style) if row.same else _styles(item.choice)
                yield ((mark, "wait"), (fit(one, half, ""), old), wall, (other, new))

    def _below(self, item: Clash, width: int) -> Iterator[Line]:
        rows = differences(item.theirs, item.mine)
        old, new = _styles(item.choice)
        for title, texts, style in (
            ("theirs, as it is now", [(row.theirs, row.same) for row in rows], old),
            ("yours, as you typed it", [(row.mine, row.same) for row in rows], new),
        ):
            yield ((title, "dim"),)
            for text, same in texts:
                for part in wrapped(clean(text), max(width - 2, 8)) if text is not None else ():
                    mark = "  " if same else f"{self.marks.moved} "
                    yield ((mark, "wait"), (part, "dim" if same else style))


def _styles(choice: Choice) -> tuple[str, str]:
    """What is not to be kept stands back."""
    return {"mine": ("done", "strong"), "theirs": ("strong", "done"), "edit": ("text", "text")}[
        choice
    ]


class Conflict(ModalScreen[dict[str, Choice] | None], inherit_bindings=False):
    """Dismissed with what is to become of each field; None for back to what was typed."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(CONFLICT)
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    Conflict {
        align: center middle; background: transparent;
        & > Vertical {
            width: 96%; max-width: 140; height: auto; background: $surface;
            border: round $warning; border-title-color: $warning; border-title-style: bold;
            border-subtitle-color: $foreground 60%;
        }
    }
    """

    def __init__(
        self,
        title: str,
        clashes: Sequence[Clash],
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
    ) -> None:
        super().__init__()
        self._heading = title
        self._clashes = list(clashes)
        self._sides = Sides(ascii=ascii)

    def compose(self) -> ComposeResult:
        """All fields in one list."""
        with Vertical() as box:
            box.border_title = Content(f" {clean(self._heading)} ")
            box.border_subtitle = Content(
                " m yours, t theirs, e edit again, ctrl-s write it like that, esc back "
            )
            yield self._sides

    def on_mount(self) -> None:
        """Each keeps what was typed, unless one says otherwise."""
        self._sides.styles.max_height = max(self.app.size.height - 6, 4)
        self._sides.show(self._clashes)
        self.set_focus(self._sides)

    def action_go(self, step: int) -> None:
        """Another field, or more of a long one."""
        self._sides.go(step)

    def action_take(self, choice: Choice) -> None:
        """What is to become of the field under the cursor."""
        if (item := self._sides.item) is not None:
            place = [clash.name for clash in self._clashes].index(item.name)
            self._clashes[place] = Clash(
                name=item.name,
                label=item.label,
                theirs=item.theirs,
                mine=item.mine,
                choice=choice,
            )
            self._sides.show(tuple(self._clashes))

    def action_write(self) -> None:
        """Like that."""
        self.dismiss({clash.name: clash.choice for clash in self._clashes})

    def action_cancel(self) -> None:
        """Back to what was typed."""
        self.dismiss(None)
