"""Going from screen to screen: the main ones, and what is opened over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import App

from genie_tui.domain.filters import Filter
from genie_tui.domain.views import View
from genie_tui.errors import GenieError
from genie_tui.ui.screens import MAIN
from genie_tui.ui.screens.page import Page
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.workspace import Place, Workspace

if TYPE_CHECKING:
    from genie_tui.ui.app import GenieApp
    from genie_tui.ui.screens.agents import AgentsPage
    from genie_tui.ui.screens.graph import GraphPage

__all__ = ["BOARD", "Navigating"]

BOARD = "board"


class Navigating(App[None], inherit_bindings=False):
    """An app whose modes are the main screens."""

    workspace: Workspace

    @property
    def page(self) -> Page:
        """The screen on top, apart from what is asked over it."""
        return next(s for s in reversed(self.screen_stack) if isinstance(s, Page))

    async def action_cycle_screen(self, step: int) -> None:
        """The next or previous of the main screens."""
        names = list(MAIN)
        await self._show(names[(names.index(self.current_mode) + step) % len(names)])

    async def action_show_screen(self, name: str) -> None:
        """One of the main screens, as it was left."""
        if self.current_mode != name:
            await self._show(name)

    async def _show(self, mode: str) -> None:
        """Paint another screen as soon as it is whole."""
        with self.batch_update():
            await self.switch_mode(mode)
        self.screen.refresh()

    def delay_update(self, delay: float = 0.05) -> None:
        """Textual would hide a change of screens for so long, and keep who looks waiting."""
        if not self._batch_count:
            super().delay_update(delay)

    def forget_hidden(self) -> None:
        """What is drawn of the screens that nobody looks at."""
        for mode, stack in self._screen_stacks.items():
            if mode != self.current_mode:
                for page in stack:
                    if isinstance(page, Page):
                        page.forget()

    async def action_screens(self) -> None:
        """Choose one of the main screens by its name."""
        from genie_tui.ui.widgets.picker import Item, Picker

        items = [
            Item(id=name, text=main.title, current=name == self.current_mode)
            for name, main in MAIN.items()
        ]

        async def chosen(name: str | None) -> None:
            if name is not None:
                await self.action_show_screen(name)

        picker = Picker("Screens", items, hint="a screen", ascii=self.workspace.settings.ascii)
        await self.push_screen(picker, chosen)

    async def action_graph(self) -> None:
        """What the task under the cursor waits for and holds up; without one, the board's."""
        from genie_tui.ui.screens.card_page import CardPage

        page = self.page
        card = page.subject() if isinstance(page, CardPage) else None
        self.workspace.graph_of = card.id if card else None
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if self.current_mode == "graph":
            cast("GraphPage", self.page).meet_wish()
        await self.action_show_screen("graph")

    async def action_help(self) -> None:
        """All keys that work where one is."""
        from genie_tui.ui.screens.help import HelpPage

        if not isinstance(self.screen, HelpPage):
            await self.push_screen(HelpPage(self.workspace, self.page))

    async def action_palette(self) -> None:
        """Everything that keys do, by its name."""
        from textual.command import CommandPalette
        from textual.widgets import Input

        if not isinstance(self.screen, CommandPalette):
            palette = CommandPalette(
                placeholder="what to do, or where to go: a task, a board", id="--command-palette"
            )
            await self.push_screen(palette)
            # Textual would give it the focus later, and the first letters would go elsewhere.
            palette.set_focus(palette.query_one(Input))

    def action_boards(self) -> None:
        """Choose a saved view or another board; what is shown can be saved there, too."""
        from genie_tui.ui.going import Going

        Going(cast("GenieApp", self)).choose()

    async def go_to(self, place: Place, look: tuple[Filter, View] | None = None) -> None:
        """Show a board; with `look`, filtered and ordered like that."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        await self._show(BOARD)
        self.workspace.show(place, look)

    async def show_agent(self, agent_id: str) -> None:
        """Show an agent among the others."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        await self.action_show_screen("agents")
        cast("AgentsPage", self.page).find(agent_id)

    async def action_open_task(self, task_id: str) -> None:
        """The same, for screens that know no app."""
        await self.open_task(task_id)

    async def open_task(self, task_id: str) -> None:
        """Show a task in full, over whatever is shown."""
        from genie_tui.ui.screens.task import TaskPage

        if (backend := self.workspace.backend) is None:
            return
        try:
            found = await backend.finding.task(task_id)
        except GenieError as error:
            self.page.say(str(error), tone=Tone.BAD)
        else:
            await self.push_screen(TaskPage(self.workspace, found, None))
