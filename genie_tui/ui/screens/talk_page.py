"""One talk, as it is shown: read by the page, kept as it comes to be, and marked as read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on
from textual.timer import Timer

from genie_tui.domain.inbox import Remark, Talk, TalkKind, merged, unread_from
from genie_tui.errors import GenieError
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.talking import Ref, TalkingPage
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.talk_log import TalkLog
from genie_tui.ui.workspace import Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["TalkPage"]

READ_AFTER = 0.05
"""Seconds that the cursor rests on a talk before what is said in it is read."""

LOOKED_AFTER = 0.5
"""Seconds for which a talk is looked at until it counts as read."""

PAGE = 50
"""Remarks that are loaded in one go."""

KINDS = {
    TalkKind.DIRECT: "direct messages",
    TalkKind.MAIL: "mail",
    TalkKind.CHAT: "team chat",
    TalkKind.THREAD: "a thread",
}
"""What a talk is called where nothing else is told of it."""

NOTHING = "nobody has said anything here yet; c writes"


class TalkPage(TalkingPage):
    """Shows what is said in a talk; looked at for a moment, it has been read."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.talk_log = TalkLog(ascii=self.ascii)
        self._talk: Talk | None = None
        self._read_of = ""
        self._newer = False
        self._held = ""
        self._told: dict[str, str] = {}
        self._looking: Timer | None = None
        self._turns: Latest[tuple[Talk, str]] = Latest(self._turn, delay=READ_AFTER)
        self._pages: Latest[str] = Latest(self._read_more)

    def aim_at(self, ref: Ref, at: str = "") -> None:
        """Show another talk; at one of its remarks, if named."""
        raise NotImplementedError

    def reread_talk(self, talk: Talk) -> None:
        """How it stands has changed, without a word."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Read what is wanted; look whether anybody looks."""
        for reads in (self._turns, self._pages):
            self.run_worker(reads.run(), group="reading")
        self.watch(self.app, "app_focus", self._look_soon, init=False)

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """It is looked at again."""
        self._look_soon()

    def shown(self) -> Talk | None:
        """The talk that is looked at."""
        return self._talk

    def pointed(self) -> Remark | None:
        """What was said, under the cursor."""
        return self.talk_log.remark

    # What is said

    def _turn_to(self, talk: Talk, at: str = "") -> None:
        self._talk, self._held, self._read_of = talk, "", ""
        self._entitle(talk)
        self.talk_log.begin((), older=False)
        self._turns.ask((talk, at))

    def _entitle(self, talk: Talk) -> None:
        note = "you may only read here" if talk.read_only else talk.note or KINDS.get(talk.kind, "")
        empty = NOTHING if self._read_of == talk.key else ""
        self.talk_log.entitle(talk.title, note, empty=empty, me=self.workspace.me.id)

    async def _turn(self, wish: tuple[Talk, str]) -> None:
        talk, at = wish
        if (backend := self.workspace.backend) is None:
            return
        desk, project = backend.messages, self.project_id
        try:
            if at:
                before, after = await desk.around(project, talk, at)
                page, newer = before + after, len(after) >= PAGE
                older = len(before) >= PAGE // 2
            else:
                page, newer = await desk.remarks(project, talk, limit=PAGE), False
                older = len(page) >= PAGE
        except GenieError as error:
            self.say(str(error), tone=Tone.BAD)
            return
        if self._talk is None or self._talk.key != talk.key:
            return
        self._read_of = talk.key
        self._newer = newer
        new = (unread_from(page, talk.unread), talk.unread) if not newer else ("", 0)
        self._entitle(talk)
        self.talk_log.begin(page, older=older, newer=self._newer, new=new, at=at)
        self._look_soon()

    async def _refresh(self, backend: Backend, talk: Talk) -> None:
        """What is shown, as it is now."""
        if self._read_of != talk.key or self._newer:
            return
        page = await backend.messages.remarks(self.project_id, talk, limit=PAGE)
        if self._read_of != talk.key:
            return
        self._talk = talk
        self._entitle(talk)
        remarks = merged(self.talk_log.remarks, page)
        # After very much that came at once, it begins with that.
        older = len(page) >= PAGE if remarks is None or len(remarks) == len(page) else True
        self.talk_log.show(remarks if remarks is not None else page, older=older, newer=False)
        if talk.unread and not self._is_looked_at():
            self.talk_log.set_new((unread_from(page, talk.unread), talk.unread))
        self._look_soon()

    @on(TalkLog.MoreWanted)
    def _more_wanted(self, event: TalkLog.MoreWanted) -> None:
        event.stop()
        self._pages.ask(event.what)

    async def _read_more(self, what: str) -> None:
        talk, loaded = self._talk, self.talk_log.remarks
        backend = self.workspace.backend
        if talk is None or backend is None or not loaded or self._read_of != talk.key:
            return
        if what == "newest":
            await self._turn((talk, ""))
            self.talk_log.follow()
            return
        desk = backend.messages
        try:
            if what == "older":
                page = await desk.remarks(self.project_id, talk, before=loaded[0], limit=PAGE)
            else:
                page = await desk.remarks(self.project_id, talk, after=loaded[-1], limit=PAGE)
        except GenieError:
            # It is wanted again as soon as somebody looks there once more.
            return
        now = self.talk_log.remarks
        if self._read_of != talk.key or not now:
            return
        known = {remark.id for remark in now}
        page = tuple(remark for remark in page if remark.id not in known)
        older = self.talk_log.older
        if what == "older":
            self.talk_log.show((*page, *now), older=len(page) == PAGE, newer=self._newer)
        else:
            self._newer = len(page) == PAGE
            self.talk_log.show((*now, *page), older=older, newer=self._newer)
            self._look_soon()

    @on(TalkLog.Opened)
    def _opened_remark(self, event: TalkLog.Opened) -> None:
        event.stop()
        remark = event.remark
        if event.cut and self._talk is not None:
            self.run_worker(self._show_whole(self._talk, remark), group="whole")
        elif remark.thread:
            self.aim_at((TalkKind.THREAD, (remark.thread,)))
        else:
            keymap = self.workspace.keymap
            answer, apart = keymap.shown("messages.answer"), keymap.shown("messages.thread")
            self.say(f"{answer} answers it here, {apart} in a thread of its own")

    async def _show_whole(self, talk: Talk, remark: Remark) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            whole = await backend.messages.whole(talk, remark.id)
        except GenieError as error:
            self.say(str(error), tone=Tone.BAD)
            return
        if self._read_of == talk.key:
            self.talk_log.show_whole(remark.id, whole)

    # Marks

    def _is_looked_at(self) -> bool:
        """Does somebody see what is said?"""
        narrow = self.has_class("-pair") or self.has_class("-compact")
        hidden = self.has_class("-status") or (narrow and not self.has_class("-reading"))
        return self.is_current and self.app.app_focus and not hidden

    def _look_soon(self, _: object = None) -> None:
        """In a moment, what is shown has been read."""
        if self._looking is not None:
            self._looking.stop()
            self._looking = None
        if self._talk is not None and self._is_looked_at():
            self._looking = self.set_timer(LOOKED_AFTER, self._looked)

    def _looked(self) -> None:
        talk, remarks = self._talk, self.talk_log.remarks
        if talk is None or not remarks or self._read_of != talk.key or self._newer:
            return
        upto = remarks[-1].id
        # What is not one's own is marked, too, so that what comes later can be told.
        unmarked = not talk.mine and self._told.get(talk.key) != upto
        if not talk.unread and not unmarked:
            return
        writable = not self.workspace.only_reads
        if writable and self._held != talk.key and self._is_looked_at():
            self.run_worker(self._mark_read(talk, upto), group="marks")

    async def _mark_read(self, talk: Talk, upto: str) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            await backend.messages.mark_read(talk, upto)
        except GenieError:
            # It stays unread, and is marked when it is looked at again.
            return
        self._told[talk.key] = upto
        if talk.unread:
            self._marked(talk)

    def _marked(self, talk: Talk) -> None:
        self.reread_talk(talk)
        # A letter that is read is no longer in triage.
        letters = talk.kind is TalkKind.MAIL and talk.mine
        told = self.workspace.decided if letters else self.workspace.marked
        told.publish(None)

    def action_mark_unread(self) -> None:
        """From what is under the cursor on, it is to be read."""
        talk, remark = self._talk, self.pointed()
        if talk is None or remark is None:
            self.say("no message is under the cursor")
            return

        async def mark(to: Backend) -> str:
            await to.messages.mark_unread(talk, remark.id)
            self._held = talk.key
            self._marked(talk)
            return "unread from here on, until you come back to it"

        self.decide(mark)

    # Keys

    def action_follow(self) -> None:
        """Follow the newest, or stand still."""
        if self.talk_log.following:
            self.talk_log.stand_still()
        else:
            self.talk_log.follow()

    def action_up(self) -> None:
        """To the message on which a thread hangs."""
        talk = self._talk
        if talk is None or talk.kind is not TalkKind.THREAD:
            self.say("this is no thread")
        else:
            self.aim_at((TalkKind.GROUP, (talk.over,)), talk.up)

    def action_copy(self) -> None:
        """What is under the cursor, to the clipboard."""
        if (remark := self.pointed()) is None:
            self.say("no message is under the cursor")
            return
        self.app.copy_to_clipboard(remark.body)
        self.say("the message is in the clipboard, if this terminal takes it", tone=Tone.GOOD)
