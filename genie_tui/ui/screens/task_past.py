"""How a task went, what its agents said, and its row: sections that only show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from genie_tui.domain.changes import Event
from genie_tui.domain.task_parts import Story
from genie_tui.domain.tasks import Task
from genie_tui.ui.screens.task_section import TaskFrame, TaskSection
from genie_tui.ui.widgets.task_history import TaskHistory
from genie_tui.ui.widgets.task_raw import TaskRaw

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["HistorySection", "RawSection"]


class HistorySection(TaskSection):
    """Stages, approvals, and the audit log by pages."""

    TITLE = "History"

    def __init__(self, page: TaskFrame) -> None:
        super().__init__(page)
        self.history = TaskHistory(ascii=page.ascii)
        self._story = Story(stays=())
        self._events: tuple[Event, ...] = ()
        self._before: int | None = None
        self._found: Task | None = None
        self._loading = False

    def compose(self) -> ComposeResult:
        """The list alone."""
        yield self.history

    @property
    def panel(self) -> TaskHistory:
        """The list."""
        return self.history

    def forget(self) -> None:
        """Another task's."""
        self._events, self._before, self._found = (), None, None
        self.history.forget()

    def tick(self) -> None:
        """Times grow."""
        self.history.relay()

    async def read(self, backend: Backend, found: Task) -> None:
        """The stages, and the newest events; older ones that were loaded stay."""
        story = await backend.task.story(found.id)
        events, before = await backend.task.events(found.id)
        if not self.page.looks_at(found.id):
            return
        fresh = {event.key for event in events}
        met = any(event.key in fresh for event in self._events)
        if met:
            events += tuple(event for event in self._events if event.key not in fresh)
            before = self._before
        self._story, self._events, self._before, self._found = story, events, before, found
        self._show()

    def _show(self) -> None:
        if (found := self._found) is not None:
            column = self.page.place_of(found)
            gate = column.gate if column else None
            more = self._before is not None
            self.history.tell(found, gate, self._story, self._events, more=more)

    @on(TaskHistory.Reached)
    def _reached(self, event: TaskHistory.Reached) -> None:
        event.stop()
        if event.end and self._before is not None and not self._loading:
            self._loading = True
            self.run_worker(self._load(), group="older")

    async def _load(self) -> None:
        """The next page of events."""
        backend, found = self.page.workspace.backend, self._found
        try:
            if backend is None or found is None:
                return
            events, before = await self.page.quietly(
                backend.task.events(found.id, self._before), ((), self._before)
            )
            if self.page.looks_at(found.id):
                known = {event.key for event in self._events}
                self._events += tuple(event for event in events if event.key not in known)
                self._before = before
                self._show()
        finally:
            self._loading = False


class RawSection(TaskSection):
    """Every column of the row."""

    TITLE = "Raw"

    def __init__(self, page: TaskFrame) -> None:
        super().__init__(page)
        self.row = TaskRaw(ascii=page.ascii)

    def compose(self) -> ComposeResult:
        """The list alone."""
        yield self.row

    @property
    def panel(self) -> TaskRaw:
        """The list."""
        return self.row

    def forget(self) -> None:
        """Another task's."""
        self.row.forget()

    async def read(self, backend: Backend, found: Task) -> None:
        """The row."""
        values = await backend.task.raw(found.id)
        if self.page.looks_at(found.id):
            self.row.tell(values)
