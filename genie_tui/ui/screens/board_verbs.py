"""What keys do to a board as a whole: named, made, kept as a template, deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from genie_tui.domain.column_changes import BoardConflict
from genie_tui.errors import GenieError
from genie_tui.ui.screens.column_fields import Owners, called, new_board_fields
from genie_tui.ui.screens.column_verbs import FOR_GOOD, ColumnVerbs
from genie_tui.ui.screens.writing import explained
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.workspace import Place

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["BoardVerbs"]


class BoardVerbs(ColumnVerbs):
    """A page that shows a board, and can show another one."""

    def go_on_to(self, place: Place) -> None:
        """Show a board that was just made."""
        raise NotImplementedError

    def leave_for(self, place: Place, said: str) -> None:
        """The board that was shown is deleted: show another one."""
        raise NotImplementedError

    def _look_first(self, look: Callable[[Backend], Awaitable[None]]) -> None:
        """Read what is to be asked with; keys that are pressed meanwhile are the answer's."""

        async def reading() -> None:
            if (backend := self.workspace.backend) is None:
                return
            try:
                await look(backend)
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)

        self.run_worker(self.workspace.keyboard.keep_during(reading()), group="picking")

    async def action_board(self) -> None:
        """Its name, and what it is for."""
        from genie_tui.ui.widgets.prompt import Field

        if (aimed := self.aim()) is None:
            return
        base = shown = aimed[0]

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            nonlocal base
            name, description = values["name"].strip(), values["description"].strip()
            try:
                changed = await to.layout.boards.edit(
                    base,
                    name=name if name != shown.name.strip() else None,
                    description=description
                    if description != (shown.description or "").strip()
                    else None,
                )
            except BoardConflict as error:
                base = error.now
                raise
            if changed:
                self.say(f"changed the {' and '.join(changed)} of {called(name)}", tone=Tone.GOOD)

        fields = (
            Field(name="name", label="Name", value=shown.name, required=True),
            Field(
                name="description",
                label="What it is for",
                value=shown.description or "",
                lines=6,
                paragraphs=True,
            ),
        )
        await self.prompt(f"The board {called(shown.name)}", fields, f"board {shown.key}", send)

    def action_new_board(self) -> None:
        """With the columns of a template, or new ones."""
        if self.writable() is None or (place := self.workspace.place) is None:
            return
        owners = self._owners(place)

        async def look(backend: Backend) -> None:
            templates = await backend.layout.boards.templates()

            async def send(to: Backend, values: Mapping[str, str]) -> None:
                chosen = values["template"]
                made = await to.layout.boards.make(
                    place,
                    name=values["name"],
                    description=values["description"],
                    template=chosen if chosen in templates else None,
                    columns=values["columns"],
                    shared=owners.shared(values["owner"]),
                )
                self._made(made)

            await self.prompt("New board", new_board_fields(templates, owners), "new board", send)

        self._look_first(look)

    async def action_duplicate(self) -> None:
        """A board with the same columns and limits, and no task."""
        from genie_tui.ui.widgets.prompt import Field

        if self.writable() is None or (place := self.workspace.place) is None:
            return
        board, owners = place.board, self._owners(place)

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            made = await to.layout.boards.duplicate(
                place,
                board,
                name=values["name"],
                description=values["description"],
                shared=owners.shared(values["owner"]),
            )
            self._made(made)

        fields = (
            Field(name="name", label="Name", required=True),
            owners.field,
            Field(
                name="description",
                label="What it is for",
                value=board.description or "",
                lines=3,
                paragraphs=True,
            ),
        )
        title = f"New board with the columns of {called(board.name)}"
        await self.prompt(title, fields, f"duplicate {board.key}", send)

    def _owners(self, place: Place) -> Owners:
        shared = place.board.id is not None and place.board.project_id is None
        return Owners(place.project_name, shared=shared)

    def _made(self, place: Place) -> None:
        self.go_on_to(place)
        self.say(f"made the board {called(place.board.name)}", tone=Tone.GOOD)

    async def action_template(self) -> None:
        """Its columns, for boards to come."""
        from genie_tui.ui.widgets.prompt import Field

        if self.writable() is None or (place := self.workspace.place) is None:
            return
        board = place.board

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            name = await to.layout.boards.keep(
                board, name=values["name"], description=values["description"]
            )
            key = self.workspace.keymap.shown("columns.new_board")
            limits = ", without its limits" if board.wip else ""
            self.say(f"kept as the template {called(name)}{limits}  ({key} offers it)",
                     tone=Tone.GOOD)  # fmt: skip

        fields = (
            Field(name="name", label="Name", value=board.name, required=True),
            Field(
                name="description",
                label="What it is for",
                value=board.description or "",
                lines=3,
                paragraphs=True,
            ),
        )
        title = f"Keep the columns of {called(board.name)} as a template"
        await self.prompt(title, fields, f"template {board.key}", send)

    def action_delete(self) -> None:
        """After asking; not while tasks refer to it."""
        if (aimed := self.aim()) is None or (place := self.workspace.place) is None:
            return
        board = aimed[0]

        async def delete(to: Backend) -> str:
            then = await to.layout.boards.delete(place)
            self.leave_for(then, f"deleted the board {called(board.name)}; {FOR_GOOD}")
            return ""

        async def look(backend: Backend) -> None:
            await backend.layout.boards.check_unused(board)
            columns = f"{len(board.columns)} column{'' if len(board.columns) == 1 else 's'}"
            reasons = (
                f"It holds no task, and goes with its {columns}.",
                f"{FOR_GOOD.capitalize()}.",
            )
            question = f"Delete the board {called(board.name)}?"
            self.ask(question, reasons, "Delete", lambda: self.do(delete))

        self._look_first(look)
