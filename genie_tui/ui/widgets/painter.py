"""Drawing a board: what is told by words and marks becomes segments in the style sheet's colours.

Each piece is drawn once and kept: facts by card, drawn cards by facts, width and look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from rich.segment import Segment

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Column
from genie_tui.domain.gates import Gate
from genie_tui.domain.tasks import Card
from genie_tui.ui.widgets.badge import head, heading
from genie_tui.ui.widgets.card import Facts, Line, Piece, draw, facts
from genie_tui.ui.widgets.form import Form
from genie_tui.ui.widgets.lane_head import lane_head, spots
from genie_tui.ui.widgets.layout import Slot
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.palette import Palette
from genie_tui.ui.widgets.picture import Picture, Segments, frame
from genie_tui.ui.widgets.plain import cell_len, clean, fit
from genie_tui.ui.widgets.viewpoint import HEAD, Viewpoint

__all__ = ["Painter", "Scene"]

KEPT = 1000
"""How many drawn cards are kept, and how many other lines."""

_Key = tuple[object, ...]


class Scene(NamedTuple):
    """What is looked at, how, and when.

    `flashing`, `pending` and `chosen` are ids of tasks; `turn` is another number whenever these
    differ.
    """

    form: Form
    slots: tuple[Slot, ...]
    view: Viewpoint
    now: datetime
    focused: bool
    flashing: Collection[str]
    pending: Collection[str]
    chosen: Collection[str]
    turn: int

    def mood(self, task_id: str, current: bool) -> str:
        """The background of a card: a component class, or none."""
        if current:
            return "cursor" if self.focused else "cursor-blurred"
        if task_id in self.flashing:
            return "flash"
        return "chosen" if task_id in self.chosen else ""


class Painter:
    """Draws the columns of one board for one actor; `wip` are soft limits by column name."""

    def __init__(
        self,
        columns: Mapping[str, Column],
        *,
        wip: Mapping[str, int],
        me: Actor,
        marks: Marks,
        palette: Palette,
    ) -> None:
        self._columns = columns
        self._wip = wip
        self._me = me
        self._marks = marks
        self._palette = palette
        self._told: dict[str, tuple[Card, Gate, Facts]] = {}
        self._drawn: dict[tuple[str, int, int, str, bool, bool], tuple[Facts, list[Segments]]] = {}
        self._lines: dict[tuple[Line, str], Segments] = {}
        self._columns_drawn: dict[str, tuple[_Key, list[Segments], float | None]] = {}
        self._spotted: tuple[object, tuple[Sequence[int | None], ...]] = (None, ())
        self._framed: tuple[tuple[Form, int], list[Segments]] | None = None
        self._age = 0

    def expire(self) -> None:
        """Time has passed: what depends on it is told anew."""
        self._told = {id_: told for id_, told in self._told.items() if told[2].every is None}
        self._age += 1

    def paint(self, scene: Scene) -> Picture:
        """The picture of a scene."""
        if len(self._drawn) > KEPT or len(self._lines) > KEPT:
            self._told.clear()
            self._drawn.clear()
            self._lines.clear()
        shown = scene.view.columns
        drawn = [self._column(scene, slot, shown) for slot in scene.slots]
        return Picture(
            form=scene.form,
            slots=scene.slots,
            columns=tuple(lines for lines, _ in drawn),
            frame=self._frame(scene),
            every=min((every for _, every in drawn if every), default=None),
            across=self._across(scene, shown),
            spots=self._spots(scene, shown),
        )

    def _across(self, scene: Scene, shown: list[str]) -> dict[int, Segments]:
        """The lines that lanes begin with."""
        form, slots = scene.form, scene.slots
        return {
            form.above + head.line: self._segments(lane_head(head, form, slots, shown, self._marks))
            for head in scene.view.heads()
        }

    def _spots(self, scene: Scene, shown: list[str]) -> tuple[Sequence[int | None], ...]:
        """Where lanes are, which card is at which line."""
        key = (scene.view.layout, scene.slots)
        if key[0] is None:
            return ()
        if self._spotted[0] != key:
            columns = (shown[slot.nth] for slot in scene.slots)
            self._spotted = key, tuple(spots(scene.view, column, scene.form) for column in columns)
        return self._spotted[1]

    def _frame(self, scene: Scene) -> list[Segments]:
        key = scene.form, len(scene.slots)
        if self._framed is None or self._framed[0] != key:
            style = self._palette.style("frame")
            self._framed = key, frame(*key, self._marks.joints, style)
        return self._framed[1]

    # A column

    def _column(
        self, scene: Scene, slot: Slot, shown: list[str]
    ) -> tuple[list[Segments], float | None]:
        """All lines of a column, and how often they change by themselves.

        They are put together again only where something of it has changed.
        """
        column = shown[slot.nth]
        key = self._key(scene, slot, column, len(shown))
        kept = self._columns_drawn.get(column)
        if kept is None or kept[0] != key:
            rates = [told.every for told in self._visible(scene, column) if told.every]
            lines = self._compose(scene, slot, shown)
            kept = self._columns_drawn[column] = (key, lines, min(rates, default=None))
        return kept[1], kept[2]

    def _key(self, scene: Scene, slot: Slot, column: str, count: int) -> _Key:
        """What the lines of a column depend on."""
        here = column == scene.view.column
        return (
            slot,
            scene.form,
            scene.view.store.revision(column),
            scene.view.store.count(column),
            scene.view.top(column),
            scene.view.layout,
            (scene.view.row, scene.focused) if here else None,
            (scene.turn, self._age),
            (count, slot is scene.slots[0], slot is scene.slots[-1]),
        )

    def _visible(self, scene: Scene, column: str) -> Iterator[Facts]:
        """What is told of the cards that a column shows."""
        for row in scene.view.stack(column, scene.form.rows):
            if row is not None and (card := scene.view.shown(column, row)):
                yield self._facts(card, self._columns[column].gate, scene.now)

    def _compose(self, scene: Scene, slot: Slot, shown: list[str]) -> list[Segments]:
        """A column from the frame's top to its bottom."""
        column = shown[slot.nth]
        form = scene.form
        body = (
            self._tall(scene, slot, column) if slot.collapsed else self._cards(scene, slot, column)
        )
        if form.compact:
            lines = [*self._title(scene, slot, shown), *body]
        else:
            lines = [
                self._top(scene, slot, shown),
                self._head(scene, slot, column),
                self._rule(slot, scene.view.top(column), self._marks.above),
                *body,
                self._rule(slot, scene.view.below(column), self._marks.below),
            ]
        return lines[: form.size.height]

    def _head(self, scene: Scene, slot: Slot, column: str) -> Segments:
        count = scene.view.store.count(column)
        current = column == scene.view.column
        mood = "cursor" if current and slot.collapsed and scene.focused else ""
        if slot.collapsed:
            return self._segments(((_brief(count or 0).center(slot.width), "count"),), mood)
        about = self._columns[column]
        line = head(
            about, count, self._wip.get(about.name), slot.width, self._marks, current=current
        )
        return self._segments(line, "head-current" if current else "")

    def _title(self, scene: Scene, slot: Slot, shown: list[str]) -> list[Segments]:
        """In the compact form: which column this is, and the rule below."""
        rule = self._rule(slot, scene.view.top(shown[slot.nth]), self._marks.above)
        if scene.form.above < 2:
            return [rule]
        column = shown[slot.nth]
        place = f"{slot.nth + 1}/{len(shown)} "
        about = self._columns[column]
        line = head(
            about,
            scene.view.store.count(column),
            self._wip.get(about.name),
            slot.width - cell_len(place) - 1,
            self._marks,
            current=True,
        )
        return [self._segments((*line, (f" {place}", "count"))), rule]

    def _top(self, scene: Scene, slot: Slot, shown: list[str]) -> Segments:
        """The frame's first line tells how many columns there are on either side."""
        across = self._marks.joints[0]
        before = slot.nth if slot is scene.slots[0] else 0
        after = len(shown) - 1 - slot.nth if slot is scene.slots[-1] else 0
        left = f"{self._marks.before}{before} " if before else ""
        right = f" {after}{self._marks.after}" if after else ""
        room = slot.width - cell_len(left) - cell_len(right)
        return self._segments(((left, "more"), (across * room, "frame"), (right, "more")))

    def _rule(self, slot: Slot, hidden: int, mark: str) -> Segments:
        """A line of the frame, which tells how many cards are out of sight beyond it."""
        across = self._marks.joints[0]
        text = f" {mark}{hidden} " if hidden else ""
        room = slot.width - cell_len(text) - 1
        if room < 0:
            return self._segments(((across * slot.width, "frame"),))
        return self._segments(((across * room, "frame"), (text, "more"), (across, "frame")))

    def _tall(self, scene: Scene, slot: Slot, column: str) -> list[Segments]:
        """The title of a collapsed column, downwards."""
        mood = "cursor" if column == scene.view.column and scene.focused else ""
        color = self._columns[column].color
        letters = iter(clean(self._columns[column].label))
        heads = {head.line for head in scene.view.heads()}
        lines = []
        for y in range(scene.form.body):
            if y in heads or not (letter := next(letters, "")):
                lines.append(self._blank(slot.width))
                continue
            text = f" {letter}" if cell_len(letter) > 1 else f" {letter} "
            lines.append(self._segments(((fit(text, slot.width, ""), color),), mood))
        return lines

    # Cards

    def _cards(self, scene: Scene, slot: Slot, column: str) -> list[Segments]:
        form, view = scene.form, scene.view
        blank = self._blank(slot.width)
        lines: list[Segments] = []
        if view.limit(column) == 0 and form.body and view.layout is None:
            lines.append(self._segments(((fit(" no cards", slot.width, ""), "placeholder"),)))
        for row in view.stack(column, form.rows):
            current = column == view.column and row == view.row
            if row is None or row == HEAD:
                lines += [blank] * (form.step if row is None else 1)
            elif card := view.shown(column, row):
                lines += self._card(scene, slot.width, card, self._columns[column].gate, current)
            else:
                lines += self._placeholder(scene, slot.width, current)
        return (lines + [blank] * max(form.body - len(lines), 0))[: form.body]

    def _card(
        self, scene: Scene, width: int, card: Card, gate: Gate, current: bool
    ) -> list[Segments]:
        told = self._facts(card, gate, scene.now)
        mood = scene.mood(card.id, current)
        pending = card.id in scene.pending
        chosen = card.id in scene.chosen
        key = (card.id, width, scene.form.step, mood, pending, chosen)
        if (kept := self._drawn.get(key)) is None or kept[0] is not told:
            flashing = card.id in scene.flashing
            last = self._marks.pending if pending else self._marks.chosen if chosen else " "
            lines = [
                tuple(
                    self._joined(
                        (
                            self._bar(current, flashing, y),
                            *line,
                            (last if y == 0 else " ", "pending"),
                        ),
                        mood,
                    )
                )
                for y, line in enumerate(draw(told, width - 2, scene.form.lines, self._marks))
            ]
            kept = told, lines + [self._blank(width)] * scene.form.gap
            self._drawn[key] = kept
        return kept[1]

    def _bar(self, current: bool, flashing: bool, y: int) -> Piece:
        """The first cell of a card's line."""
        if current:
            return (self._marks.cursor_below if y else self._marks.cursor), "bar"
        return (self._marks.moved, "moved") if flashing and y == 0 else (" ", "")

    def _placeholder(self, scene: Scene, width: int, current: bool) -> list[Segments]:
        """A card that is not loaded yet."""
        mood = scene.mood("", current)
        dot = self._marks.placeholder
        texts = [dot * 5, f" {dot * 9}", ""][: scene.form.lines]
        lines = [
            self._segments(
                (self._bar(current, False, y), (fit(text, width - 1, ""), "placeholder")), mood
            )
            for y, text in enumerate(texts)
        ]
        return lines + [self._blank(width)] * scene.form.gap

    def _facts(self, card: Card, gate: Gate, now: datetime) -> Facts:
        told = self._told.get(card.id)
        if told is None or told[0] is not card or told[1] is not gate:
            made = facts(card, gate=gate, me=self._me, now=now, marks=self._marks)
            told = self._told[card.id] = (card, gate, made)
        return told[2]

    # Segments

    def heading(self, column: str, count: int | None) -> str:
        """A column's title as plain text."""
        about = self._columns[column]
        return heading(about, count, self._wip.get(about.name), self._marks)

    def _blank(self, width: int) -> Segments:
        return self._segments(((" " * width, ""),))

    def _segments(self, line: Line, mood: str = "") -> Segments:
        key = (line, mood)
        if (made := self._lines.get(key)) is None:
            made = self._lines[key] = tuple(self._joined(line, mood))
        return made

    def _joined(self, line: Line, mood: str) -> Iterator[Segment]:
        """A line in as few segments as can be: Textual's work grows with their number.

        A blank looks the same in every style, as long as none underlines it.
        """
        text, style = "", None
        for more, name in line:
            if more and style is not None and (more.isspace() and not style.underline):
                text += more
            elif more:
                if text:
                    yield Segment(text, style)
                text, style = more, self._palette.style(name, mood)
        if text:
            yield Segment(text, style)


def _brief(count: int) -> str:
    """A number in three cells at most."""
    if count < 1000:
        return str(count)
    return f"{count // 1000}k" if count < 100_000 else "..."
