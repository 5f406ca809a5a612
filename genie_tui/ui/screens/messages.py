"""Messages: all talks, what is said in one of them, and what is unread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from genie_tui.domain.changes import Change, EventKind
from genie_tui.domain.inbox import Found, Talk
from genie_tui.errors import GenieError
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import BACK
from genie_tui.ui.keys.messages import MESSAGES
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.reading import ReadingPage
from genie_tui.ui.screens.talk_page import TalkPage
from genie_tui.ui.screens.talking import Ref
from genie_tui.ui.widgets.footer import Hint
from genie_tui.ui.widgets.found_list import FoundList
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.search import Search
from genie_tui.ui.widgets.talk_list import TalkList
from genie_tui.ui.workspace import Place, Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["MessagesPage"]

SEARCH_AFTER = 0.15
"""Seconds without another letter before what is typed is looked for."""

TALKS = 60
"""Talks that are listed at first, and so many more whenever the cursor comes near the last."""

ONE_BY_ONE = 200
"""Messages whose talks are read again each; after more, the list is."""


@dataclass(slots=True)
class Wish:
    """What is to be read again: talks by where they are, or by what was said; or all of them."""

    everything: bool = False
    refs: set[Ref] = field(default_factory=set)
    messages: set[int] = field(default_factory=set)
    letters: set[str] = field(default_factory=set)

    def add(self, other: Wish) -> None:
        """That, too."""
        self.everything = self.everything or other.everything
        self.refs |= other.refs
        self.messages |= other.messages
        self.letters |= other.letters
        if len(self.messages) + len(self.letters) + len(self.refs) > ONE_BY_ONE:
            self.everything = True


class MessagesPage(ReadingPage, TalkPage):
    """The talks, and the one under the cursor; looked at for a moment, it has been read."""

    NAME = "Messages"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*MESSAGES, *BACK))
    # Nothing tells of team chat.
    AGAIN = 2.0
    HINTS = (
        "messages.write",
        "messages.answer",
        "messages.new",
        "messages.search",
        "messages.task",
        "messages.thread",
        "messages.unread",
        "messages.all_read",
        "app.next_panel",
        "messages.order",
        "messages.follow",
        "screen.back",
    )
    DEFAULT_CSS = """
    MessagesPage {
        #talk { layout: horizontal; height: 1fr; width: 100%; }
        #shelf { width: 2fr; height: 1fr; }
        TalkList, FoundList { width: 100%; height: 1fr; }
        FoundList { display: none; }
        TalkLog { width: 3fr; height: 1fr; border-left: solid $foreground 22%; }
        &.-searching TalkList { display: none; }
        &.-searching FoundList { display: block; }
        &.-narrow #shelf { width: 32; }
        &.-narrow.-searching #shelf { width: 1fr; }
        &.-narrow TalkLog { width: 1fr; }
        &.-pair, &.-compact {
            #shelf { width: 100%; }
            TalkLog { width: 100%; display: none; border-left: none; }
            &.-reading #shelf { display: none; }
            &.-reading TalkLog { display: block; }
        }
        &.-status #talk, &.-status Search { display: none; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.search = Search("words that were said, or who said them")
        self.talks = TalkList(ascii=self.ascii)
        self.found = FoundList(ascii=self.ascii)
        self._wish = Wish(everything=True)
        self._known: dict[str, Talk] = {}
        self._project: str | None = None
        self._limit = TALKS
        self._more = False
        self._aim: tuple[Ref, str] | None = None
        self._searches: Latest[str] = Latest(self._look_for, delay=SEARCH_AFTER)

    def body(self) -> Iterable[Widget]:
        """The talks, or what a search found; and one talk."""
        yield self.search
        yield Container(Container(self.talks, self.found, id="shelf"), self.talk_log, id="talk")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.set_focus(self.talks)
        self.workspace.placed.subscribe(self, self._elsewhere, immediate=True)
        self.run_worker(self._searches.run(), group="reading")

    # Talks

    def heading(self) -> str:
        """How much there is to read."""
        unread = self.workspace.unread
        return f"Messages {self.talks.marks.unread}{unread}" if unread else "Messages"

    def _elsewhere(self, place: Place) -> None:
        if place.project_id != self._project:
            self._wish = Wish(everything=True)

    def concerned(self, change: Change) -> bool:
        """Was something said, or has a task of which something was?"""
        wish = Wish(everything=change.reread)
        for event in change.events:
            table, id_ = event.key
            if table == "messages":
                wish.messages.add(int(id_))
            elif table == "mailbox":
                wish.letters.add(id_)
            elif event.kind is EventKind.MESSAGE:
                # A group was made, or named otherwise; a message was changed or deleted.
                wish.everything = True
        about = {card.id for card in change.cards} | change.gone
        for talk in self._known.values() if about else ():
            if talk.task_id in about:
                wish.refs.add((talk.kind, talk.ref))
        wish.everything = wish.everything or any(
            talk.task_id in change.gone for talk in self._known.values()
        )
        self._wish.add(wish)
        return wish != Wish()

    async def read(self, backend: Backend) -> None:
        """What is wished for; where that is nothing, what is said in teams."""
        wish, self._wish = self._wish, Wish()
        self._project = project = self.project_id
        try:
            changed = await self._read_talks(backend, wish, project)
        except GenieError:
            self._wish.add(wish)
            raise
        if project != self.project_id:
            return
        self._known |= {talk.key: talk for talk in changed}
        self._show_talks()
        shown = self._talk
        if shown is not None and any(talk.key == shown.key for talk in changed):
            await self._refresh(backend, self._known[shown.key])
        self.show_bearings()

    async def _read_talks(
        self, backend: Backend, wish: Wish, project: str | None
    ) -> tuple[Talk, ...]:
        desk = backend.messages
        if wish.everything:
            inbox = await desk.talks(project, self._limit)
            self._more = inbox.more
            kept = await desk.talks_of(project, [self._talk_ref] if self._talk_ref else [])
            self._known = {talk.key: talk for talk in (*kept, *inbox.talks)}
            return tuple(self._known.values())
        if wish == Wish():
            known = self._known
            return tuple(talk for talk in await desk.chats(project) if known.get(talk.key) != talk)
        return await desk.talks_of(
            project, tuple(wish.refs), tuple(wish.messages), tuple(wish.letters)
        )

    @property
    def _talk_ref(self) -> Ref | None:
        return (self._talk.kind, self._talk.ref) if self._talk is not None else None

    def _show_talks(self) -> None:
        self.talks.show(tuple(self._known.values()))
        if self._aim is not None:
            ref, at = self._aim
            aimed = (t for t in self._known.values() if (t.kind, t.ref) == ref or t.ref == ref[1])
            if (talk := next(aimed, None)) is not None:
                self._aim = None
                self._go(talk, at)

    def _go(self, talk: Talk, at: str = "") -> None:
        """Put the cursor on a talk, and show what is said in it; at one remark, if named."""
        here = self._talk is not None and self._talk.key == talk.key
        if not here or at:
            self._turn_to(talk, at)
        else:
            self.talk_log.follow()
        self.talks.move_to(talk.key)

    def aim_at(self, ref: Ref, at: str = "") -> None:
        """Show a talk that may not be listed yet; at one of its remarks, if named."""
        self._aim = (ref, at)
        self._wish.refs.add(ref)
        self.reread()

    @on(TalkList.Selected, "TalkList")
    def _selected(self, event: TalkList.Selected) -> None:
        event.stop()
        talk: Talk | None = event.item
        place, count = self.talks.place
        if self._more and count - place < TALKS // 3 and self._limit <= count:
            self._limit += TALKS
            self._wish.everything = True
            self.reread()
        if talk is not self.talks.item:
            # Another one is by now.
            return
        if talk is None:
            self._talk = None
            self.talk_log.entitle("", "", empty=self._nothing())
            self.talk_log.begin((), older=False)
        elif self._talk is None or talk.key != self._talk.key:
            self._turn_to(talk)

    def _nothing(self) -> str:
        key = self.workspace.keymap.shown("messages.new")
        return f"comments on tasks, letters and team chat are shown here; {key} writes to somebody"

    @on(TalkList.Opened, "TalkList")
    def _opened(self, event: TalkList.Opened) -> None:
        """On to what is said in it."""
        event.stop()
        self.add_class("-reading")
        self.set_focus(self.talk_log)

    def on_descendant_focus(self) -> None:
        """Where there is room for one of the two alone, it is the one with the keys."""
        if self.focused is self.talk_log or self.focused is self.talks:
            self.set_class(self.focused is self.talk_log, "-reading")
        self.show_bearings()
        self.call_after_refresh(self._look_soon)

    def said(self, ref: Ref) -> None:
        """Something was said there by whoever sits here: go there."""
        self.aim_at(ref)
        self.workspace.marked.publish(None)

    def reread_talk(self, talk: Talk) -> None:
        """How it stands has changed, without a word."""
        self._wish.refs.add((talk.kind, talk.ref))
        self.reread()

    def action_mark_all_read(self) -> None:
        """There is nothing more to read."""

        async def mark(to: Backend) -> str:
            count = await to.messages.mark_all_read(self.project_id)
            self._wish.everything = True
            self.reread()
            return f"{count} marked as read" if count else "there was nothing unread"

        self.decide(mark)

    # Search

    def action_search(self) -> None:
        """Look for words as they are typed."""
        self.add_class("-searching")
        self.search.open()
        self._searches.ask(self.search.text)
        self.show_bearings()

    @on(Search.Searched)
    def _searched(self, event: Search.Searched) -> None:
        event.stop()
        self._searches.ask(event.text)

    async def _look_for(self, text: str) -> None:
        backend = self.workspace.backend
        if backend is None or not text.strip():
            self.found.tell((), "", "")
            return
        try:
            result = await backend.messages.search(self.project_id, text)
        except GenieError as error:
            self.say(str(error), tone=Tone.BAD)
            return
        note = "there is more; another word narrows it down" if result.more else ""
        if result.cut:
            note = "not everything could be looked through in time; another word may find more"
        self.found.tell(result.found, text, note)

    @on(Search.Closed)
    def _search_closed(self, event: Search.Closed) -> None:
        event.stop()
        if self.search.text:
            self.set_focus(self.found)
        else:
            self._end_search(self.talks)
        self.show_bearings()

    def _end_search(self, then: Widget) -> None:
        self.search.display = False
        self.remove_class("-searching")
        self.set_class(then is self.talk_log, "-reading")
        self.set_focus(then)

    @on(FoundList.Selected, "FoundList")
    def _found_selected(self, event: FoundList.Selected) -> None:
        event.stop()

    @on(FoundList.Opened, "FoundList")
    def _found_opened(self, event: FoundList.Opened) -> None:
        """To it, among what was said before and after."""
        event.stop()
        found: Found = event.item
        self._end_search(self.talk_log)
        self._known.setdefault(found.talk.key, found.talk)
        self.talks.show(tuple(self._known.values()))
        self._go(self._known[found.talk.key], found.id)

    # Keys

    def hints(self) -> list[Hint]:
        """While one types, what ends that."""
        if self.is_mounted and self.focused is not None:
            if self.search in self.focused.ancestors:
                return self._hints(("search.keep", "search.drop"))
            if self.focused is self.found:
                return self._hints(("list.open", "messages.search", "screen.back"))
        first = "talk.open" if self.is_mounted and self.focused is self.talk_log else "list.open"
        return [*self._hints((first,)), *super().hints()]

    async def action_open_task(self) -> None:
        """The task that this is about."""
        if self._talk is None or self._talk.task_id is None:
            self.say("this conversation is about no task")
        else:
            await self.run_action(f"app.open_task({self._talk.task_id!r})")

    def action_order(self) -> None:
        """By kind, or the newest first."""
        self.talks.set_by_kind(not self.talks.by_kind)
        self.say("by kind" if self.talks.by_kind else "the newest first")

    async def action_back(self) -> None:
        """From a message to the list; from what was found to all; from there to the board."""
        if self.focused is self.talk_log:
            self.remove_class("-reading")
            self.set_focus(self.talks)
        elif self.has_class("-searching"):
            self.search.action_drop()
        else:
            await super().action_back()
