"""Going somewhere: a list of saved views and boards, in which what is shown can be saved, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from genie_tui.domain.filters import Filter, FilterError, parse
from genie_tui.domain.saved_views import SavedView
from genie_tui.errors import GenieError
from genie_tui.ui.screens.saving import item_of
from genie_tui.ui.widgets.item import Item
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.workspace import Place

if TYPE_CHECKING:
    from genie_tui.ui.app import GenieApp
    from genie_tui.ui.backend import Backend

__all__ = ["Going"]

BOARD, VIEW = " board ", " view "
"""Begin the ids of what is listed; what is typed there has no blank before it."""


class Going:
    """Offers where one can go, and goes there."""

    def __init__(self, app: GenieApp) -> None:
        self._app = app

    def choose(self) -> None:
        """What is typed before the list is there narrows it down."""
        workspace = self._app.workspace
        if (backend := workspace.backend) is None:
            self._say("the database is not there yet; r tries again")
        else:
            listing = workspace.keyboard.keep_during(self._list(backend))
            self._app.run_worker(listing, group="boards")

    async def _list(self, backend: Backend) -> None:
        try:
            views = await backend.views.all()
            places = await backend.places(self._app.workspace.place)
        except GenieError as error:
            self._say(str(error))
        else:
            self._app.workspace.know_views(views)
            await self._offer(views, places)

    async def _offer(self, views: Sequence[SavedView], places: Sequence[Place]) -> None:
        from genie_tui.ui.widgets.picker import Picker

        workspace = self._app.workspace
        here, settings = workspace.place, workspace.settings
        of_here = {saved.id for saved in workspace.board_views}
        views = sorted(views, key=lambda saved: saved.id not in of_here)
        items = [
            replace(item_of(saved, workspace), id=f"{VIEW}{n}") for n, saved in enumerate(views)
        ]
        items += [
            Item(id=f"{BOARD}{n}", text=place.name, note=place.note, current=place.same_as(here))
            for n, place in enumerate(places)
        ]

        async def taken(chosen: str | None) -> None:
            if chosen is None:
                return
            if chosen.startswith(BOARD):
                await self._app.go_to(places[int(chosen.removeprefix(BOARD))])
            elif chosen.startswith(VIEW):
                await self.go_to_view(views[int(chosen.removeprefix(VIEW))])
            else:
                await self._save(chosen)

        savable = here is not None and not workspace.only_reads
        picker = Picker(
            "Views and boards",
            items,
            hint="a view, a board, a project; or a name to save this view by",
            new="Save this view as" if savable else "",
            ascii=settings.ascii,
        )
        await self._app.push_screen(picker, taken)

    async def go_to_view(self, saved: SavedView) -> None:
        """Show a board as it was saved."""
        if (backend := self._app.workspace.backend) is None:
            return
        try:
            place = await backend.views.place(saved)
        except GenieError as error:
            self._say(str(error))
            return
        self._app.workspace.view_id = saved.id
        await self._app.go_to(place, (self._filter(saved), saved.view))

    def _filter(self, saved: SavedView) -> Filter:
        try:
            return parse(saved.filter)
        except FilterError as error:
            self._say(f"the filter of {saved.name} is left out: {error}")
            return Filter()

    async def _save(self, name: str) -> None:
        workspace = self._app.workspace
        if (backend := workspace.backend) is None or (place := workspace.place) is None:
            return
        try:
            saved = await backend.views.save(name, place, workspace.filter, workspace.view)
            workspace.view_id = saved.id
            workspace.know_views(await backend.views.all())
        except GenieError as error:
            self._say(str(error))
        else:
            self._app.page.say(f"saved as {saved.name}", tone=Tone.GOOD)

    def _say(self, text: str) -> None:
        self._app.page.say(text, tone=Tone.BAD)
