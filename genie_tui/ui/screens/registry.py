"""The registry: what there is to install, what is installed, and what each is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget

from genie_tui.domain.changes import Change
from genie_tui.domain.registry import Entry
from genie_tui.errors import GenieError
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import BACK
from genie_tui.ui.keys.registry import REGISTRY
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.registry_verbs import RegistryVerbs
from genie_tui.ui.widgets.footer import Hint
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.pane import Pane
from genie_tui.ui.widgets.registry_list import RegistryList
from genie_tui.ui.widgets.registry_parts import about
from genie_tui.ui.widgets.search import Search
from genie_tui.ui.workspace import Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["RegistryPage"]

READ_AFTER = 0.05
"""Seconds that the cursor rests on an entry before its versions are read."""


class RegistryPage(RegistryVerbs):
    """The entries under their types, and the one under the cursor in full."""

    NAME = "Registry"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*REGISTRY, *BACK))
    # No trigger tells of these tables; they change when somebody installs something.
    AGAIN = 10.0
    HINTS = (
        "list.open",
        "registry.add",
        "registry.activate",
        "registry.upgrade",
        "registry.search",
        "registry.installed",
        "registry.copy",
        "app.next_panel",
        "app.palette",
        "screen.back",
    )
    DEFAULT_CSS = """
    RegistryPage {
        #shelf { layout: horizontal; height: 1fr; }
        RegistryList { width: 1fr; height: 1fr; }
        #about { width: 1fr; height: 1fr; border-left: solid $foreground 22%; }
        &.-narrow, &.-pair, &.-compact {
            #shelf { layout: vertical; }
            #about { height: 45%; width: 100%; border-left: none;
                     border-top: solid $foreground 22%; }
        }
        &.-status #shelf, &.-status Search { display: none; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.shelf = RegistryList(ascii=self.ascii)
        self.about = Pane(id="about")
        self.search = Search("name, type, tag, or a word of what it does")
        self._entries: tuple[Entry, ...] = ()
        self._installed = False
        self._versions: Latest[Entry] = Latest(self._read_versions, delay=READ_AFTER)

    def body(self) -> Iterable[Widget]:
        """The list, and the entry under its cursor."""
        yield self.search
        yield Container(self.shelf, self.about, id="shelf")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.set_focus(self.shelf)
        self.run_worker(self._versions.run(), group="reading")

    def concerned(self, change: Change) -> bool:
        """Only where everything is to be read again."""
        return change.reread

    async def read(self, backend: Backend) -> None:
        """All entries."""
        self._entries = await backend.registry.entries()
        self._narrow()

    def _narrow(self) -> None:
        found = [
            entry
            for entry in self._entries
            if entry.matches(self.search.text) and (entry.active is not None or not self._installed)
        ]
        self.shelf.show(found)

    async def _read_versions(self, entry: Entry) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            versions = await backend.registry.versions(entry.id)
        except GenieError as error:
            self.say(str(error), tone=Tone.BAD)
            return
        if self.shelf.item is not None and self.shelf.item.id == entry.id:
            self.about.show(about(entry, versions))

    @on(RegistryList.Selected)
    def _selected(self, event: RegistryList.Selected) -> None:
        event.stop()
        if event.item is None:
            self.about.show(self._nothing(), top=True)
        else:
            self.about.show(about(event.item, ()), top=True)
            self._versions.ask(event.item)

    def _nothing(self) -> Content:
        """What is said where no entry is shown."""
        if self._entries:
            text = "nothing matches; / and w show more"
        else:
            key = self.workspace.keymap.shown("registry.add")
            text = (
                "Items that Genie clients install (agents, skills, boards, hooks) are listed here."
                f" {key} adds one: a directory, or a git repository, with a genie.json."
            )
        return Content.styled(text, "$foreground 55%")

    @on(RegistryList.Opened)
    def _opened(self, event: RegistryList.Opened) -> None:
        """On to what there is to read about it."""
        event.stop()
        self.set_focus(self.about)

    # Keys

    def item(self) -> Entry | None:
        """The one under the cursor."""
        return self.shelf.item

    def hints(self) -> list[Hint]:
        """While one types, what ends that."""
        if self.is_mounted and self.focused is not None and self.search in self.focused.ancestors:
            return self._hints(("search.keep", "search.drop"))
        return super().hints()

    def action_search(self) -> None:
        """Narrow the list down."""
        self.search.open()
        self.show_bearings()

    @on(Search.Searched)
    def _searched(self, event: Search.Searched) -> None:
        event.stop()
        self._narrow()

    @on(Search.Closed)
    def _search_closed(self, event: Search.Closed) -> None:
        event.stop()
        self.set_focus(self.shelf)
        self.show_bearings()

    def action_installed(self) -> None:
        """Only what is installed, or everything."""
        self._installed = not self._installed
        self._narrow()
        self.say("only what is installed" if self._installed else "everything in the registry")

    def action_copy(self) -> None:
        """The entry's id, to the clipboard."""
        if (entry := self.shelf.item) is not None:
            self.app.copy_to_clipboard(entry.id)
            self.say(f"{entry.id} is in the clipboard, if this terminal takes it", tone=Tone.GOOD)

    async def action_back(self) -> None:
        """From the text to the list; from there to the board."""
        if self.focused is self.about:
            self.set_focus(self.shelf)
        else:
            await super().action_back()
