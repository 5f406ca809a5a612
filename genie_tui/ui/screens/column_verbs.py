"""What keys do to the column under the cursor; every one of them is one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from genie_tui.domain.boards import Board
from genie_tui.domain.column_changes import BoardConflict
from genie_tui.domain.column_fields import color_of
from genie_tui.domain.column_rows import Row, rows
from genie_tui.domain.column_texts import fields
from genie_tui.errors import BadInput, GenieError
from genie_tui.ui.screens.column_fields import called, column_fields, limit_field, limit_sent
from genie_tui.ui.screens.writing import WritingPage, explained
from genie_tui.ui.widgets.column_parts import COLORS
from genie_tui.ui.widgets.notice import Tone

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["ColumnVerbs"]

Verb = Callable[["Backend"], Awaitable[str]]
"""Writes; gives a sentence where there is something to say."""

FOR_GOOD = "this cannot be undone"


class ColumnVerbs(WritingPage):
    """A page that has a column under its cursor."""

    def aim(self) -> tuple[Board, Row | None] | None:
        """The board and its column that keys act on; None, and said why, where they cannot."""
        raise NotImplementedError

    def follow(self, name: str) -> None:
        """The cursor is to go to a column, once that is there."""
        raise NotImplementedError

    def do(self, verb: Verb) -> None:
        """Write; keys that are pressed meanwhile act on what comes of it."""

        async def writing() -> None:
            if (backend := self.workspace.backend) is None:
                return
            try:
                said = await verb(backend)
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)
            else:
                if said:
                    self.say(said, tone=Tone.GOOD)

        self.run_worker(self.workspace.keyboard.keep_during(writing()), group="write")

    def _aimed(self) -> tuple[Board, Row] | None:
        if (aimed := self.aim()) is None:
            return None
        board, row = aimed
        if row is None:
            key = self.workspace.keymap.shown("columns.new")
            self.say(f"this board has no columns yet; {key} makes one")
            return None
        return board, row

    def _told(self, said: str) -> None:
        self.say(said, tone=Tone.GOOD)

    # Keys

    def action_shift(self, steps: int) -> None:
        """Put it so many places on."""
        if (aimed := self._aimed()) is None:
            return
        board, row = aimed

        async def shift(to: Backend) -> str:
            moved = await to.layout.shift(board, row.key, steps)
            if moved.keys:
                return ""
            return f"{called(row.column.label)} is the {'last' if steps > 0 else 'first'} already"

        self.do(shift)

    async def action_new(self) -> None:
        """A column after this one."""
        if (aimed := self.aim()) is None:
            return
        board, row = aimed

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            given = {"name": values["name"], **fields(values, board, None)}
            self.follow(await to.layout.add(board, row.key if row else None, given))

        where = f"after {called(row.column.label)}" if row else f"of {called(board.name)}"
        await self.prompt(
            f"New column {where}", column_fields(board, None), f"new column {board.key}", send
        )

    async def action_edit(self) -> None:
        """All that can be said of it; only what was changed is written."""
        if (aimed := self._aimed()) is None:
            return
        base, row = aimed
        column = row.column

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            nonlocal base
            given = fields(values, aimed[0], column)
            try:
                changed = await to.layout.edit(base, row.key, given)
            except BoardConflict as error:
                # What was typed stays; sent once more, it takes the place of theirs.
                base = error.now
                raise
            if changed.keys:
                self._told(changed.said)

        title = f"Edit {called(column.label)}"
        await self.prompt(title, column_fields(base, row), f"column {base.key} {row.key}", send)

    async def action_limit(self) -> None:
        """So many tasks, and no more if it can be helped."""
        if (aimed := self._aimed()) is not None:
            await self.ask_limit(*aimed)

    async def ask_limit(self, board: Board, row: Row) -> None:
        """How many tasks a column may hold."""
        title = f"How many tasks {called(row.column.label)} may hold"
        send = limit_sent(board, row.key, self._told)
        await self.prompt(title, (limit_field(row.limit),), f"limit {board.key} {row.key}", send)

    def action_color(self) -> None:
        """One of the usual colours, or any other by its code."""
        from genie_tui.ui.widgets.picker import Item, Picker

        if (aimed := self._aimed()) is None:
            return
        board, row = aimed
        has = row.column.color.lower()
        items = [
            Item(id=code, text=name, note=code, current=code == has, color=code)
            for name, code in COLORS.items()
        ]

        async def taken(color: str | None) -> None:
            if color is None:
                return
            try:
                self._paint(board, row, color_of(color))
            except BadInput:
                await self._ask_color(board, row, color)

        title = f"Colour of {called(row.column.label)}"
        picker = Picker(title, items, hint="a colour, or #rrggbb", new="colour", ascii=self.ascii)
        self.app.push_screen(picker, taken)

    def _paint(self, board: Board, row: Row, color: str) -> None:
        async def paint(to: Backend) -> str:
            changed = await to.layout.edit(board, row.key, {"color": color})
            return changed.said if changed.keys else ""

        self.do(paint)

    async def _ask_color(self, board: Board, row: Row, typed: str) -> None:
        """What was typed is no colour; it is there to be put right."""
        from genie_tui.ui.widgets.prompt import Field

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            await to.layout.edit(board, row.key, {"color": color_of(values["color"])})

        field = Field(name="color", label="Colour", value=typed, hint="#rrggbb, such as #3b82f6")
        title = f"{called(typed)!r} is no colour; write one as #rrggbb, such as #3b82f6"
        await self.prompt(title, (field,), f"colour {board.key} {row.key}", send)

    # Removing

    def action_remove(self) -> None:
        """After asking; tasks that it holds go to another, which is asked before."""
        if (aimed := self._aimed()) is None:
            return
        board, row = aimed
        if len(board.columns) == 1:
            self.say(f"{called(row.column.label)} is the last column; add another first")
            return

        async def look() -> None:
            if (backend := self.workspace.backend) is None:
                return
            try:
                count = await backend.layout.leaving(board, row.key)
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)
                return
            if count.all:
                said = _counted(count.all, count.open)
                await self._ask_target(board, row, said)
            else:
                self._ask_to_remove(board, row, None, ("It holds no task.",))

        self.run_worker(self.workspace.keyboard.keep_during(look()), group="picking")

    async def _ask_target(self, board: Board, row: Row, said: str) -> None:
        from genie_tui.ui.widgets.picker import Item, Picker

        others = {other.key: other for other in rows(board) if other.key != row.key}
        items = [
            Item(id=key, text=called(other.column.label), note=f"gate {other.column.gate.short}")
            for key, other in others.items()
        ]

        def taken(key: str | None) -> None:
            if key is not None:
                label = called(others[key].column.label)
                reasons = (
                    f"Its {said} move to {label}. So does what led to it.",
                    "Words that were given for them at its gate are forgotten.",
                )
                self._ask_to_remove(board, row, key, reasons)

        title = f"Remove {called(row.column.label)}: its {said} move to"
        picker = Picker(title, items, hint="a column", ascii=self.ascii)
        await self.app.push_screen(picker, taken)

    def _ask_to_remove(
        self, board: Board, row: Row, target: str | None, reasons: tuple[str, ...]
    ) -> None:
        async def remove(to: Backend) -> str:
            gone = await to.layout.remove(board, row.key, target)
            moved = f"; {_counted(gone.tasks)} moved to {gone.to}" if gone.tasks else ""
            return f"removed {called(gone.column)}{moved}; {FOR_GOOD}"

        question = f"Remove the column {called(row.column.label)}?"
        self.ask(
            question, (*reasons, f"{FOR_GOOD.capitalize()}."), "Remove", lambda: self.do(remove)
        )


def _counted(tasks: int, still_open: int | None = None) -> str:
    said = f"{tasks} task{'' if tasks == 1 else 's'}"
    return said if still_open is None else f"{said} ({still_open} open)"
