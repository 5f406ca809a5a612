"""A board's columns as they are stored, edited key by key.

Other clients know keys that this program does not, store values that it does not understand, and
put things between the columns that are none: an edit leaves all of that as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from genie_tui.domain.boards import Board, Column, decoded, parse_wip, placed_columns
from genie_tui.errors import BadInput, NotFound

__all__ = ["Layout", "Slot", "Where", "renaming", "vacating"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Tasks of a board that name their column in the same way; `column_id` is `""` without one."""

    column_id: str
    stage: str
    open: int
    all: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place between columns: right after one, right before one, first, or else last.

    With `steps`, so many places further on than a column stands, or back where it is negative;
    no further than there are columns.
    """

    after: str | None = None
    before: str | None = None
    first: bool = False
    steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`boards.columns` and `boards.config`, decoded.

    A column is told by its place in the array (`at`), as ids and names may be there twice. `noun`
    is what messages call one: a task type has stages.
    """

    items: tuple[Any, ...]
    config: Any
    noun: str = "column"

    @classmethod
    def read(cls, columns: Any, config: Any) -> Layout:
        """From what is stored.

        Raises:
            BadInput: the columns are no list, so that there is no place to put one.
        """
        items = decoded(columns)
        if not isinstance(items, list | None):
            raise BadInput("the board's columns are stored as no list; make another board")
        return cls(items=tuple(items or ()), config=decoded(config))

    @property
    def placed(self) -> tuple[tuple[int, Column], ...]:
        """The columns in their order, each with its place in the array."""
        return placed_columns(list(self.items))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order."""
        return tuple(column for _, column in self.placed)

    @property
    def wip(self) -> dict[str, int]:
        """Soft limits by column name."""
        return parse_wip(self.config)

    def at(self, at: int) -> Column:
        """The column at a place of the array."""
        return next(column for place, column in self.placed if place == at)

    def find(self, name: str) -> int:
        """The place of the column that goes by an id, a name or a label, in this order.

        Case matters only where two names, or two labels, differ in it alone.

        Raises:
            NotFound: there is none; the message lists them.
        """
        folded = name.casefold()
        ways: tuple[Callable[[Column], bool], ...] = (
            lambda column: column.id == name,
            lambda column: column.name == name,
            lambda column: column.name.casefold() == folded,
            lambda column: column.label.casefold() == folded,
        )
        for fits in ways:
            for at, column in self.placed:
                if fits(column):
                    return at
        there_are = ", ".join(column.name for column in self.columns) or "none"
        raise NotFound(f"no {self.noun} {name!r}; there are {there_are}")

    def order(self, where: Where, at: int | None = None) -> int:
        """The number of columns before a place, not counting the one at `at`.

        Raises:
            NotFound: no such column.
            BadInput: that is the column itself.
        """
        rest = [place for place, _ in self.placed if place != at]
        beside = where.after if where.after is not None else where.before
        if where.steps and at is not None:
            stands = [place for place, _ in self.placed].index(at)
            return min(max(stands + where.steps, 0), len(rest))
        if beside is None:
            return 0 if where.first else len(rest)
        if (other := self.find(beside)) == at:
            raise BadInput(f"{beside!r} cannot stand beside itself; name another column")
        return rest.index(other) + (where.after is not None)

    def twins(self, at: int) -> bool:
        """Has another column the same name?"""
        name = self.at(at).name
        return any(column.name == name for place, column in self.placed if place != at)

    def changed(self, at: int, values: Mapping[str, Any]) -> Layout:
        """With other values under some keys of a column."""
        return self._with({at: {**self.items[at], **values}})

    def led(self, at: int, transitions: Mapping[str, str | None]) -> Layout:
        """With other targets of a column's transitions, by event; None takes one away."""
        stored = self.items[at].get("transitions")
        listed = list(stored) if isinstance(stored, list) else []
        for event, target in transitions.items():
            mine = [t for t in listed if isinstance(t, dict) and t.get("event") == event]
            if target is None:
                listed = [t for t in listed if t not in mine]
            elif mine:
                listed = [{**t, "target": target} if t in mine else t for t in listed]
            else:
                listed.append({"event": event, "target": target})
        return self.changed(at, {"transitions": listed})

    def renamed(self, at: int, name: str) -> Layout:
        """With another name of a column, wherever the board names it."""
        old, twins = self.at(at).name, self.twins(at)
        layout = self.changed(at, {"name": name})
        limits = self._limits()
        if limits is not None and (old in limits or name in limits):
            kept = {key: limit for key, limit in limits.items() if key != name}
            follows = {name if key == old and not twins else key: kept[key] for key in kept}
            if twins and old in limits:
                follows[name] = limits[old]
            layout = layout._limited(follows)
        return layout if twins else layout._followed(old, name, at)

    def limited(self, name: str, limit: int | None) -> Layout:
        """With another soft limit of the columns of that name; None takes it away.

        Raises:
            BadInput: the config is no object, so that no limit can be put there.
        """
        if self._limits() is None:
            if limit is None:
                return self
            if self.config is not None and not isinstance(self.config, dict):
                raise BadInput("the board's config is stored as no object; it cannot hold a limit")
        limits = {key: kept for key, kept in (self._limits() or {}).items() if key != name}
        return self._limited(limits if limit is None else {**limits, name: limit})

    def added(self, item: Mapping[str, Any], order: int) -> Layout:
        """With one more column, which is the `order`th then."""
        last = max((column.position for column in self.columns), default=-1) + 1
        layout = replace(self, items=(*self.items, {**item, "position": last}))
        return layout.moved(len(self.items), order)

    def moved(self, at: int, order: int) -> Layout:
        """With a column elsewhere: the `order`th, not counting itself."""
        rest = [place for place, _ in self.placed if place != at]
        return self._arranged([*rest[:order], at, *rest[order:]])

    def removed(self, at: int, successor: str | None) -> Layout:
        """Without a column; what led to it leads to the successor, if there is one."""
        name, twins = self.at(at).name, self.twins(at)
        order = [place - (place > at) for place, _ in self.placed if place != at]
        layout = replace(self, items=(*self.items[:at], *self.items[at + 1 :]))._arranged(order)
        if twins:
            return layout
        limits = self._limits()
        if limits is not None and name in limits:
            layout = layout.limited(name, None)
        return layout._followed(name, successor)

    def standing(self, slot: Slot) -> int | None:
        """Where the column is in which tasks stand, as `Board.place` says; None where in none."""
        placed = self.placed
        board = Board(id=None, name="", columns=tuple(column for _, column in placed))
        found = board.place(slot.column_id, slot.stage)
        return next((at for at, column in placed if column is found), None)

    def _with(self, items: Mapping[int, Any]) -> Layout:
        return replace(self, items=tuple(items.get(at, item) for at, item in enumerate(self.items)))

    def _arranged(self, order: Sequence[int]) -> Layout:
        """With the columns in that order, in the array and by their positions.

        They stand in the places of the array that columns had; what is none stays where it is.
        """
        base = min((column.position for column in self.columns), default=0)
        return self._with(
            {
                place: {**self.items[at], "position": base + number}
                for number, (place, at) in enumerate(zip(sorted(order), order, strict=True))
            }
        )

    def _followed(self, old: str, new: str | None, renamed: int | None = None) -> Layout:
        """With what led to one column leading to another, or to none.

        What would come to lead to its own column leads to none; the renamed one does so already.
        """
        return self._with(
            {
                at: _led_on(
                    self.items[at], old, new if at == renamed or column.name != new else None
                )
                for at, column in self.placed
            }
        )

    def _limits(self) -> dict[str, Any] | None:
        wip = self.config.get("wip") if isinstance(self.config, dict) else None
        return wip if isinstance(wip, dict) else None

    def _limited(self, limits: Mapping[str, Any]) -> Layout:
        return replace(self, config={**(self.config or {}), "wip": dict(limits)})


def _led_on(item: Mapping[str, Any], old: str, target: str | None) -> Mapping[str, Any]:
    led: dict[str, Any] = {}
    if item.get("on_fail") == old:
        led["on_fail"] = target
    transitions = item.get("transitions")
    if isinstance(transitions, list) and any(_leads_to(t, old) for t in transitions):
        led["transitions"] = [
            {**t, "target": target} if _leads_to(t, old) else t
            for t in transitions
            if target is not None or not _leads_to(t, old)
        ]
    return {**item, **led}


def _leads_to(transition: Any, name: str) -> bool:
    return isinstance(transition, dict) and transition.get("target") == name


def renaming(layout: Layout, at: int, name: str, slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """The tasks whose stage follows when a column is renamed.

    Those that stand in it, and those that name it although they stand in another by their
    column_id: their stage would be that of no column.
    """
    column, twins = layout.at(at), layout.twins(at)
    return tuple(
        slot
        for slot in slots
        if slot.stage != name
        and (layout.standing(slot) == at or (slot.stage == column.name and not twins))
    )


def vacating(layout: Layout, at: int, slots: Iterable[Slot]) -> dict[Slot, int | None]:
    """The tasks that stand in a column or name it, which have to leave before it is removed.

    Those that stand in another by their column_id only have to be told its name: where that is.
    """
    column, twins = layout.at(at), layout.twins(at)
    leaving: dict[Slot, int | None] = {}
    for slot in slots:
        stands = layout.standing(slot)
        if stands == at:
            leaving[slot] = None
        elif slot.stage == column.name and not twins:
            leaving[slot] = stands
    return leaving
