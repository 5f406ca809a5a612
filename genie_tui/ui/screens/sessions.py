"""Sessions: what agents said and did, words in all of it, and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget

from genie_tui.domain.changes import Change
from genie_tui.domain.session_facts import Hit, Overview, Spending
from genie_tui.domain.task_parts import Transcript
from genie_tui.errors import BadInput, GenieError
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import BACK
from genie_tui.ui.keys.sessions import SESSIONS
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.reading import ReadingPage
from genie_tui.ui.widgets.footer import Hint
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.pane import Pane
from genie_tui.ui.widgets.plot import Plot
from genie_tui.ui.widgets.search import Search
from genie_tui.ui.widgets.session_list import SessionList
from genie_tui.ui.widgets.session_parts import figures, transcript
from genie_tui.ui.workspace import Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["SessionsPage"]

READ_AFTER = 0.1
"""Seconds that the cursor rests, or nobody types, before there is a reading."""

AROUND = 3
"""Turns before the one in which words were found."""


class SessionsPage(ReadingPage):
    """The sessions, or what was found in them; beside it the transcript, or what was spent."""

    NAME = "Sessions"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*SESSIONS, *BACK))
    # No trigger tells of these tables.
    AGAIN = 10.0
    HINTS = (
        "list.open",
        "sessions.search",
        "sessions.fold",
        "sessions.cost",
        "sessions.copy",
        "app.next_panel",
        "app.palette",
        "screen.back",
    )
    DEFAULT_CSS = """
    SessionsPage {
        #talks { layout: horizontal; height: 1fr; }
        SessionList { width: 1fr; height: 1fr; }
        #said, Plot { width: 1fr; height: 1fr; border-left: solid $foreground 22%; }
        Plot { display: none; }
        &.-cost Plot { display: block; }
        &.-cost #said { display: none; }
        &.-narrow, &.-pair, &.-compact {
            #talks { layout: vertical; }
            #said, Plot { height: 60%; width: 100%; border-left: none;
                          border-top: solid $foreground 22%; }
        }
        &.-status #talks, &.-status Search { display: none; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.talks = SessionList(ascii=self.ascii)
        self.said = Pane(id="said")
        self.plot = Plot(ascii=self.ascii)
        self.search = Search('words in any form, "together", or, -without')
        self._whole = False
        self._words = ""
        self._looks = 0
        self._priced: tuple[str | None, int] | None = None
        self._shown: tuple[Overview | Hit, Transcript] | None = None
        self._turns: Latest[Overview | Hit] = Latest(self._read_turns, delay=READ_AFTER)
        self._sought: Latest[None] = Latest(self._seek, delay=READ_AFTER)

    def body(self) -> Iterable[Widget]:
        """The list, and what there is to read."""
        yield self.search
        yield Container(self.talks, self.said, self.plot, id="talks")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.set_focus(self.talks)
        self.run_worker(self._turns.run(), group="turns")
        self.run_worker(self._sought.run(), group="seeking")

    def concerned(self, change: Change) -> bool:
        """Only where everything is to be read again."""
        return change.reread

    async def read(self, backend: Backend) -> None:
        """The sessions or what is found, and what was spent."""
        if (place := self.workspace.place) is None:
            return
        words = self.search.text.strip()
        try:
            found = await (
                backend.sessions.hits(place, words) if words else backend.sessions.rows(place)
            )
        except BadInput:
            # A word that is in every turn, or half of one: there may be more to come.
            found = ()
        if words == self.search.text.strip():
            self.talks.show(found)
            if words != self._words:
                self._words = words
                self.talks.action_go_edge(False)
        # All reports of a month are read for it: once for each time that somebody looks.
        wanted = (place.project_id, self._looks)
        if self.has_class("-cost") and wanted != self._priced:
            self._tell_spent(await backend.sessions.spent(place))
            self._priced = wanted

    def _tell_spent(self, spent: Mapping[str, tuple[Spending, ...]]) -> None:
        self.plot.show(figures(spent), "agents reported nothing in the last 30 days")

    async def _seek(self, _: None) -> None:
        self.reread()

    async def _read_turns(self, item: Overview | Hit) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            if isinstance(item, Hit):
                first = max(item.turn_index - AROUND, 0)
                said = await backend.sessions.turns(item.session_id, first)
            else:
                said = await backend.sessions.turns(item.id)
        except GenieError as error:
            self.say(str(error), tone=Tone.BAD)
            return
        if self.talks.item is not None and self.talks.key(self.talks.item) == self.talks.key(item):
            known = self._shown and self.talks.key(self._shown[0]) == self.talks.key(item)
            self._shown = (item, said)
            self._show(top=not known)

    def _show(self, *, top: bool = False) -> None:
        if self._shown is not None:
            item, said = self._shown
            now = datetime.now(UTC)
            self.said.show(transcript(item, said, whole=self._whole, now=now), top=top)

    @on(SessionList.Selected)
    def _selected(self, event: SessionList.Selected) -> None:
        event.stop()
        if event.item is None:
            self._shown = None
            text = "nothing was found" if self.search.text.strip() else ""
            self.said.show(Content.styled(text, "$foreground 55%"), top=True)
        else:
            self._turns.ask(event.item)

    @on(SessionList.Opened)
    def _opened(self, event: SessionList.Opened) -> None:
        """On to what was said."""
        event.stop()
        self.remove_class("-cost")
        self.set_focus(self.said)

    # Keys

    def hints(self) -> list[Hint]:
        """While one types, what ends that."""
        if self.is_mounted and self.focused is not None and self.search in self.focused.ancestors:
            return self._hints(("search.keep", "search.drop"))
        return super().hints()

    def action_search(self) -> None:
        """Find words."""
        self.search.open()
        self.show_bearings()

    @on(Search.Searched)
    def _searched(self, event: Search.Searched) -> None:
        event.stop()
        self._sought.ask(None)

    @on(Search.Closed)
    def _search_closed(self, event: Search.Closed) -> None:
        event.stop()
        self.set_focus(self.talks)
        self.show_bearings()

    def action_fold(self) -> None:
        """What tools were asked and gave: in full, or a line of each."""
        self._whole = not self._whole
        self._show()

    def action_cost(self) -> None:
        """What was spent, or what was said."""
        self.set_focus(self.talks)
        self.toggle_class("-cost")
        self._looks += 1
        self.reread()

    def action_copy(self) -> None:
        """The session's id, to the clipboard."""
        if (item := self.talks.item) is not None:
            id_ = item.session_id if isinstance(item, Hit) else item.id
            self.app.copy_to_clipboard(id_)
            self.say(f"{id_} is in the clipboard, if this terminal takes it", tone=Tone.GOOD)

    async def action_back(self) -> None:
        """From the text to the list; from there to the board."""
        if self.focused is self.said:
            self.set_focus(self.talks)
        else:
            await super().action_back()
