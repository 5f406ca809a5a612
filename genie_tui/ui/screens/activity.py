"""Everything that happens: narrowed down, bursts folded, what matters pinned, without end."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from genie_tui.domain.changes import Event, EventKind
from genie_tui.domain.event_filters import EventFilter, parse
from genie_tui.domain.folding import Burst, Shown, gathered, shown
from genie_tui.errors import BadInput, GenieError
from genie_tui.ui.keys.activity import ACTIVITY, KINDS
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.page import Page
from genie_tui.ui.widgets.event_head import EventHead
from genie_tui.ui.widgets.event_list import EventList
from genie_tui.ui.widgets.event_parts import about
from genie_tui.ui.widgets.footer import Hint
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.pane import Pane
from genie_tui.ui.widgets.search import Search
from genie_tui.ui.workspace import Workspace

__all__ = ["ActivityPage"]

EVERY = 0.1
"""Seconds between two times that the list is put together, however much happens."""

AHEAD = 60
"""Lines above the cursor below which older events are asked for."""

PINNED_FOR = timedelta(hours=1)
"""What is older needs nobody's eye at the top of a screen."""

SHARE = 10
"""Putting the list together takes one part in so many of the time, however long it is."""

READ_AFTER = 0.08
"""Seconds that the cursor rests on an event before its row is read."""


class ActivityPage(Page):
    """The newest last; the cursor goes along with it until a key moves it up."""

    NAME = "Activity"
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIVITY)
    HINTS = (
        "list.open",
        "activity.search",
        "activity.fold",
        "activity.follow",
        "activity.actor",
        "activity.of_task",
        "activity.pin",
        "app.next_panel",
        "activity.back",
        "app.palette",
    )
    DEFAULT_CSS = """
    ActivityPage {
        #events { layout: horizontal; height: 1fr; }
        EventList { width: 2fr; height: 1fr; }
        #event { width: 1fr; height: 1fr; border-left: solid $foreground 22%; }
        &.-narrow, &.-pair, &.-compact {
            #events { layout: vertical; }
            #event { width: 100%; height: 8; border-left: none;
                     border-top: solid $foreground 22%; }
        }
        &.-status #events, &.-status EventHead, &.-status Search { display: none; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.head = EventHead(ascii=self.ascii)
        self.events = EventList(ascii=self.ascii)
        self.pane = Pane(id="event")
        self.search = Search("words, kind:message,stage @eng-1 #47 alarm; ! leaves out")
        self._filter = EventFilter()
        self._hidden: frozenset[EventKind] = frozenset()
        self._unfolded: frozenset[tuple[str, str]] = frozenset()
        self._pins: dict[tuple[str, str], Event] = {}
        self._unpinned: set[tuple[str, str]] = set()
        self._counts: Counter[EventKind] = Counter()
        self._bursts: list[Burst] = []
        self._range = (workspace.journal.end, workspace.journal.end)
        self._seen = workspace.journal.end
        self._puts: Latest[None] = Latest(self._put_together, every=EVERY)
        self._reads: Latest[Shown] = Latest(self._read, delay=READ_AFTER)

    def body(self) -> Iterable[Widget]:
        """What is shown of what, the events, and the one under the cursor."""
        yield self.head
        yield self.search
        yield Container(self.events, self.pane, id="events")

    def on_mount(self) -> None:
        """Hear what happens."""
        self.set_focus(self.events)
        self.workspace.logged.subscribe(self, lambda _: self._logged(), immediate=True)
        for reader in (self._puts, self._reads):
            self.run_worker(reader.run(), group="reading")
        self._start_over()

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """What happened while another screen was shown."""
        self._puts.ask(None)

    def _logged(self) -> None:
        if self.is_current or self.app.screen.is_modal:
            self._puts.ask(None)
        if self.has_class("-status"):
            self.show_bearings()

    # What is shown

    def _start_over(self) -> None:
        """Fold everything anew: what is shown of it has changed, or older events have come."""
        journal = self.workspace.journal
        self._bursts, self._range = [], (journal.first, journal.first)
        self._counts.clear()
        self._puts.ask(None)

    async def _put_together(self, _: None) -> None:
        begun = time.monotonic()
        journal = self.workspace.journal
        first, end = self._range
        if journal.first != first:
            self._bursts, end = [], journal.first
            self._counts.clear()
        fresh = [journal[number] for number in range(max(end, journal.first), journal.end)]
        self._range = (journal.first, journal.end)
        self._counts.update(event.kind for event in fresh)
        self._pin_alarms(fresh)
        wanted = (event for event in fresh if self._lets_through(event))
        self._bursts = gathered(wanted, self._bursts)
        self.events.pinned = frozenset(self._pins)
        self.events.show(shown(self._bursts, self._unfolded))
        self._tell()
        self._see_to_older()
        await asyncio.sleep((time.monotonic() - begun) * SHARE)

    def _lets_through(self, event: Event) -> bool:
        return event.kind not in self._hidden and self._filter.matches(event)

    def _pin_alarms(self, fresh: Iterable[Event]) -> None:
        """What happened lately and needs a person."""
        since = datetime.now(UTC) - PINNED_FOR
        for event in fresh:
            if event.alarm and event.at > since and event.key not in self._unpinned:
                self._pins[event.key] = event

    def _tell(self) -> None:
        if self.events.following:
            self._seen = self.workspace.journal.end
            state = "follows"
        else:
            unseen = max(self.workspace.journal.end - self._seen, 0)
            state = f"{self.events.marks.below} {unseen} new" if unseen else "stands still"
        pins = sorted(self._pins.values(), key=lambda event: event.at, reverse=True)
        self.head.show(dict(self._counts), self._hidden, state, pins)

    def _see_to_older(self) -> None:
        """Go on to what was before, as far as somebody may scroll, or until enough is found."""
        place, count = self.events.place
        if not self.workspace.journal.complete and (place < AHEAD or count < AHEAD):
            self.workspace.older.ask(None)

    @on(EventList.Selected)
    def _selected(self, event: EventList.Selected) -> None:
        event.stop()
        if event.item is not None:
            self.pane.show(about(event.item, ("", ""), datetime.astimezone), top=True)
            self._reads.ask(event.item)
        self._tell()
        self._see_to_older()

    async def _read(self, item: Shown) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            told = await backend.events.details(item.event.key)
        except GenieError:
            # The line itself is shown.
            return
        now = self.events.item
        if now is not None and now.key == item.key:
            self.pane.show(about(now, told, datetime.astimezone))

    # Keys

    @on(EventList.Opened)
    async def _opened(self, event: EventList.Opened) -> None:
        """To the task that it is about, or on to all that it says."""
        event.stop()
        if event.item.event.task_id is not None:
            await self.run_action(f"app.open_task({event.item.event.task_id!r})")
        else:
            self.set_focus(self.pane)

    def hints(self) -> list[Hint]:
        """While one types, what ends that."""
        if self.is_mounted and self.focused is not None and self.search in self.focused.ancestors:
            return self._hints(("search.keep", "search.drop"))
        return super().hints()

    def action_follow(self) -> None:
        """Follow the newest, or stand still."""
        if self.events.following:
            self.events.stand_still()
        else:
            self.events.follow()
        self._tell()

    def action_search(self) -> None:
        """Narrow down as one types."""
        self.search.open()
        self.show_bearings()

    @on(Search.Searched)
    def _searched(self, event: Search.Searched) -> None:
        event.stop()
        try:
            self._filter = parse(event.text)
        except BadInput as error:
            # The last good one stays.
            self.say(str(error), tone=Tone.BAD)
            return
        self.hush()
        self._start_over()

    @on(Search.Closed)
    def _search_closed(self, event: Search.Closed) -> None:
        event.stop()
        self.set_focus(self.events)
        self.show_bearings()

    def _narrow(self, text: str) -> None:
        """By the cursor's actor or task; the same once more shows all again."""
        self.search.set_text("" if self.search.text == text else text)

    def action_actor(self) -> None:
        """What the actor of the event under the cursor does."""
        item = self.events.item
        if item is None or not item.event.actor or any(map(str.isspace, item.event.actor)):
            self.say("nobody is told as having done this")
        else:
            self._narrow(f"@{item.event.actor}")

    def action_of_task(self) -> None:
        """What the task of the event under the cursor is about."""
        item = self.events.item
        if item is None or item.event.task_seq is None:
            self.say("this is about no task")
        else:
            self._narrow(f"#{item.event.task_seq}")

    def action_kind(self, nth: int) -> None:
        """Show or hide one kind."""
        self._hidden ^= {KINDS[nth]}
        self._start_over()

    def action_all_kinds(self) -> None:
        """Hide none."""
        self._hidden = frozenset()
        self._start_over()

    def action_fold(self) -> None:
        """Fold the burst under the cursor, or unfold it."""
        item = self.events.item
        if item is None or (item.count == 1 and not item.unfolded):
            self.say("this is no burst; there is nothing to fold")
            return
        self._unfolded ^= {item.burst}
        following = self.events.following
        self.events.show(shown(self._bursts, self._unfolded))
        if not following:
            self.events.move_to(next(s.key for s in self.events.items if s.burst == item.burst))

    def action_pin(self) -> None:
        """Keep the event in sight, or not any more."""
        if (item := self.events.item) is None:
            return
        if self._pins.pop(item.event.key, None) is None:
            self._pins[item.event.key] = item.event
        else:
            self._unpinned.add(item.event.key)
        self.events.pinned = frozenset(self._pins)
        self.events.redraw()
        self._tell()

    def action_unpin(self) -> None:
        """Take all pins away; what comes after them is pinned as ever."""
        self._unpinned.update(self._pins)
        self._pins.clear()
        self.events.pinned = frozenset()
        self.events.redraw()
        self._tell()

    def action_pane(self) -> None:
        """To the tmux pane in which an agent works on the event's task."""
        item, backend = self.events.item, self.workspace.backend
        if item is None or item.event.task_id is None or backend is None:
            self.say("this is about no task whose agent could be gone to")
            return
        task_id = item.event.task_id

        async def go() -> None:
            try:
                await backend.go_to_pane(task_id)
            except GenieError as error:
                self.say(str(error), tone=Tone.BAD)

        self.run_worker(go(), group="pane")

    def action_copy(self) -> None:
        """The id of the event's task, to the clipboard."""
        item = self.events.item
        if item is None or item.event.task_id is None:
            self.say("this is about no task")
            return
        self.app.copy_to_clipboard(item.event.task_id)
        self.say(f"{item.event.task_id} is in the clipboard, if this terminal takes it")

    async def action_back(self) -> None:
        """From the text to the list; then show all; then to the board."""
        if self.focused is self.pane:
            self.set_focus(self.events)
        elif self.search.text:
            self.search.set_text("")
        elif self._hidden:
            self.action_all_kinds()
        else:
            await self.run_action("app.show_screen('board')")
