"""Saved views: what is shown is kept under a name, for everybody; renamed and deleted by key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from genie_tui.domain.saved_views import SavedView
from genie_tui.domain.views import View
from genie_tui.errors import Conflict, GenieError
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.card_page import CardPage
from genie_tui.ui.screens.writing import explained
from genie_tui.ui.widgets.item import Item
from genie_tui.ui.widgets.marks import marks
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.plain import cell_len, clean, fit

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend
    from genie_tui.ui.workspace import Place, Workspace

__all__ = ["SavingPage", "item_of"]

NOTE = 34
"""Cells for what a list says beside a view's name."""

TOLD = 300
"""So many letters of a filter are told where somebody is asked."""


class SavingPage(CardPage):
    """A page with a board, how it is looked at, and the keys that keep that."""

    _saved_views: Latest[None]

    def on_mount(self) -> None:
        """The header tells the name of what is shown, where it has one."""
        self._saved_views = Latest(self._read_saved_views)
        self.run_worker(self._saved_views.run(), group="reading")
        self._looked_at: Place | None = None
        self.workspace.placed.subscribe(self, self._placed_anew, immediate=True)

    def _placed_anew(self, place: Place) -> None:
        if not place.same_as(self._looked_at):
            self._looked_at = place
            self._saved_views.ask(None)

    async def _read_saved_views(self, _: None) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            self.workspace.know_views(await backend.views.all())
        except GenieError:
            # A board can be looked at without its views' names.
            return

    # Save

    async def action_save_view(self) -> None:
        """Keep the board, its filter and how it is looked at under a name."""
        from genie_tui.ui.widgets.prompt import Field

        place = self.workspace.place
        if self.writable() is None or place is None:
            return
        views = self.workspace.board_views
        last = next((view.name for view in views if view.id == self.workspace.view_id), "")

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            try:
                await self._save(backend, values["name"], replace=False)
            except Conflict:
                # Asked once the prompt is closed.
                self.call_later(self._ask_to_replace, values["name"])

        field = Field(
            name="name",
            label="The name",
            value=last,
            hint="a name, by which everybody finds it under views and boards",
            required=True,
        )
        what = f"Save this view of {place.name} as"
        await self.prompt(what, (field,), "save view", send)

    async def _save(self, backend: Backend, name: str, *, replace: bool) -> None:
        workspace = self.workspace
        if (place := workspace.place) is None:
            return
        saved = await backend.views.save(
            name, place, workspace.filter, workspace.view, replace=replace
        )
        workspace.view_id = saved.id
        self._saved_views.ask(None)
        key = workspace.keymap.shown("app.boards")
        self.say(f"saved as {saved.name}  ({key} goes there)", tone=Tone.GOOD)

    def _ask_to_replace(self, name: str) -> None:
        def replace() -> None:
            self._writing_views(lambda to: self._save(to, name, replace=True))

        reasons = (
            "This board has a view of that name, which everybody sees.",
            f"It will show: {_about(str(self.workspace.filter), self.workspace.view)}",
        )
        self.ask(f"Replace the view {name}?", reasons, "Replace", replace)

    # Rename, delete

    def action_rename_view(self) -> None:
        """Give a saved view another name."""

        async def chosen(saved: SavedView) -> None:
            from genie_tui.ui.widgets.prompt import Field

            async def send(backend: Backend, values: Mapping[str, str]) -> None:
                await backend.views.rename(saved, values["name"])
                self._saved_views.ask(None)

            field = Field(name="name", label="The name", value=saved.name, required=True)
            await self.prompt(f"Rename the view {saved.name}", (field,), saved.id, send)

        self._choose_view("Rename a view", chosen)

    def action_delete_view(self) -> None:
        """Delete a saved view, after asking."""

        async def chosen(saved: SavedView) -> None:
            async def delete(backend: Backend) -> None:
                name = await backend.views.delete(saved)
                self._saved_views.ask(None)
                self.say(f"the view {name} is deleted", tone=Tone.GOOD)

            reasons = (
                f"It is everybody's, and shows {saved.place}: {_about(saved.filter, saved.view)}",
            )
            go = partial(self._writing_views, delete)
            self.ask(f"Delete the view {saved.name}?", reasons, "Delete", go)

        self._choose_view("Delete a view", chosen)

    def _choose_view(self, title: str, chosen: Callable[[SavedView], Awaitable[None]]) -> None:
        """Read which there are; keys that are pressed meanwhile are for the list."""
        if (backend := self.writable()) is None:
            return

        async def read() -> None:
            try:
                await self._offer_views(title, await backend.views.all(), chosen)
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)

        self.run_worker(self.workspace.keyboard.keep_during(read()), group="picking")

    async def _offer_views(
        self,
        title: str,
        views: tuple[SavedView, ...],
        chosen: Callable[[SavedView], Awaitable[None]],
    ) -> None:
        from genie_tui.ui.widgets.picker import Picker

        if not views:
            key = self.workspace.keymap.shown("board.save_view")
            self.say(f"no view is saved yet; {key} saves what is shown")
            return

        async def taken(id_: str | None) -> None:
            for saved in views:
                if saved.id == id_:
                    await chosen(saved)

        items = [item_of(saved, self.workspace) for saved in views]
        picker = Picker(title, items, hint="a view", ascii=self.ascii)
        await self.app.push_screen(picker, taken)

    def _writing_views(self, verb: Callable[[Backend], Coroutine[Any, Any, None]]) -> None:
        async def write() -> None:
            if (backend := self.writable()) is None:
                return
            try:
                await verb(backend)
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)

        self.run_worker(write(), group="write")


def _about(filter_: str, view: View) -> str:
    """What is shown of a board, as far as one would read that."""
    parts = [filter_[:TOLD], str(view)]
    return "  ".join(clean(part) for part in parts if part) or "everything, by priority"


def item_of(saved: SavedView, workspace: Workspace) -> Item:
    """A view in a list: its board, where that is another one, and what it shows."""
    place = workspace.place
    here = place is not None and saved.is_of(place.board.key, place.project_id)
    about = _about(saved.filter, saved.view)
    note = about if here else f"{clean(saved.place)}  {about}"
    ellipsis = marks(ascii=workspace.settings.ascii).ellipsis
    return Item(
        id=saved.id,
        text=saved.name,
        note=note if cell_len(note) <= NOTE else fit(note, NOTE, ellipsis),
        current=saved == workspace.saved_view,
    )
