"""What was said in the sessions of a task: one session at a time, page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from genie_tui.domain.task_parts import Session, Transcript, Turn
from genie_tui.domain.tasks import Task
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.task import TRANSCRIPT
from genie_tui.ui.screens.task_section import TaskFrame, TaskSection
from genie_tui.ui.widgets.item import Item
from genie_tui.ui.widgets.task_transcript import TaskTranscript, session_name

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["TranscriptSection"]

KEPT = 500
"""Turns that are kept at once; those at the far end go when more are loaded."""


class TranscriptSection(TaskSection):
    """Begins with the end of the newest session, and follows it while one looks there."""

    TITLE = "Transcript"
    HINTS = ("transcript.fold", "transcript.session")
    AGAIN = 3.0
    BINDINGS: ClassVar[list[BindingType]] = bindings(TRANSCRIPT)
    DEFAULT_CSS = """
    TranscriptSection #session { height: 1; color: $secondary; text-style: bold; }
    """

    def __init__(self, page: TaskFrame) -> None:
        super().__init__(page)
        self.said = TaskTranscript(ascii=page.ascii)
        self._sessions: tuple[Session, ...] = ()
        self._session: Session | None = None
        self._pages = Transcript()
        self._whole: dict[int, str] = {}
        self._loading = False

    def compose(self) -> ComposeResult:
        """Which session, and what was said in it."""
        yield Static("", id="session", markup=False)
        yield self.said

    @property
    def panel(self) -> TaskTranscript:
        """The list."""
        return self.said

    def forget(self) -> None:
        """Another task's."""
        self._sessions, self._session = (), None
        self._clear()
        self.query_one("#session", Static).update("")

    def _clear(self) -> None:
        self._pages = Transcript()
        self._whole.clear()
        self.said.forget()

    async def read(self, backend: Backend, found: Task) -> None:
        """Which sessions there are, and what has come to the one that is shown."""
        sessions = await backend.task.sessions(found.id)
        if not self.page.looks_at(found.id):
            return
        self._sessions = sessions
        chosen = self._session.id if self._session else ""
        newest = sessions[0] if sessions else None
        self._session = next((one for one in sessions if one.id == chosen), newest)
        self.page.count(4, str(len(sessions)) if sessions else "")
        await self._read_on(backend)

    async def _read_on(self, backend: Backend) -> None:
        """The end of the session, or what has come after what is shown."""
        if (session := self._session) is None:
            self._show()
            return
        if not self._pages.turns:
            await self._jump(backend, session, end=True)
            return
        if self._pages.after:
            # The end is not in view; what comes there is counted when one goes there.
            self._show()
            return
        follow = self.said.at_end
        turns = await backend.task.turns_after(session.id, self._pages.turns[-1].index)
        if session is self._session and turns.turns:
            self._append(turns)
            if follow and not turns.after:
                self.said.go_edge(True)

    async def _jump(self, backend: Backend, session: Session, *, end: bool) -> None:
        """To the beginning or the end, whatever lies between."""
        read = backend.task.turns_before if end else backend.task.turns_after
        said = await read(session.id, None)
        if self._session is not None and session.id == self._session.id:
            self._pages = said
            self._show()
            self.said.go_edge(end)

    def _show(self) -> None:
        session, count = self._session, len(self._sessions)
        self.said.tell(session, self._pages, self._whole)
        text = ""
        if session is not None:
            place = next(n for n, one in enumerate(self._sessions) if one.id == session.id)
            text = f"session {place + 1} of {count}: {session_name(session, datetime.now(UTC))}"
        self.query_one("#session", Static).update(text)

    # Pages

    def _append(self, page: Transcript) -> None:
        turns = (*self._pages.turns, *page.turns)
        dropped = max(len(turns) - KEPT, 0)
        before = self._pages.before + dropped
        self._pages = Transcript(turns=turns[dropped:], before=before, after=page.after)
        self._show()

    def _prepend(self, page: Transcript) -> None:
        turns = (*page.turns, *self._pages.turns)
        dropped = max(len(turns) - KEPT, 0)
        after = self._pages.after + dropped
        self._pages = Transcript(turns=turns[:KEPT], before=page.before, after=after)
        self._show()

    @on(TaskTranscript.Reached)
    def _reached(self, event: TaskTranscript.Reached) -> None:
        event.stop()
        wanted = self._pages.after if event.end else self._pages.before
        if wanted and not self._loading:
            self._loading = True
            self.run_worker(self._load(end=event.end), group="older")

    async def _load(self, *, end: bool) -> None:
        backend, session, pages = self.page.workspace.backend, self._session, self._pages
        try:
            if backend is None or session is None or not pages.turns:
                return
            read = backend.task.turns_after if end else backend.task.turns_before
            edge: Turn = pages.turns[-1 if end else 0]
            page = await self.page.quietly(read(session.id, edge.index), Transcript())
            if self._session is not None and session.id == self._session.id and page.turns:
                (self._append if end else self._prepend)(page)
        finally:
            self._loading = False

    def go_edge(self, end: bool) -> None:
        """To the beginning of the session, or to its end, however far that is."""
        backend, session = self.page.workspace.backend, self._session
        far = self._pages.after if end else self._pages.before
        if far and backend is not None and session is not None:
            jump = self._jump(backend, session, end=end)
            self.run_worker(self.page.quietly(jump, None), group="jump", exclusive=True)
        else:
            super().go_edge(end)

    # Keys

    @on(TaskTranscript.Opened)
    def _opened(self, event: TaskTranscript.Opened) -> None:
        event.stop()
        self.action_fold()

    def action_fold(self) -> None:
        """Show all of the turn under the cursor, or a line."""
        turn = self.said.item.turn if self.said.item else None
        if turn is None:
            return
        if turn.index in self._whole:
            del self._whole[turn.index]
            self._show()
        elif turn.letters <= len(turn.text):
            self._whole[turn.index] = turn.text
            self._show()
        else:
            self.run_worker(self._unfold(turn.index), group="unfold")

    async def _unfold(self, index: int) -> None:
        backend, session = self.page.workspace.backend, self._session
        if backend is not None and session is not None:
            text = await self.page.quietly(backend.task.turn(session.id, index), "")
            if text and self._session is not None and session.id == self._session.id:
                self._whole[index] = text
                self._show()

    def action_session(self) -> None:
        """Another session of the task."""
        from genie_tui.ui.widgets.picker import Picker

        if len(self._sessions) < 2:
            self.page.say("no other session is known that worked on this task")
            return
        now = datetime.now(UTC)
        items = [
            Item(
                id=one.id,
                text=session_name(one, now),
                current=self._session is not None and one.id == self._session.id,
            )
            for one in self._sessions
        ]

        def taken(choice: str | None) -> None:
            found = (one for one in self._sessions if one.id == choice)
            if (chosen := next(found, None)) is not None:
                self._session = replace(chosen)
                self._clear()
                self.page.reread()

        picker = Picker("Sessions", items, hint="an agent, a role", ascii=self.page.ascii)
        self.page.app.push_screen(picker, taken)
