"""The sections of a task's screen: each reads once it is shown, and what changes thereafter."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.containers import Vertical
from textual.widget import Widget

from genie_tui.domain.boards import Column
from genie_tui.domain.changes import Change
from genie_tui.domain.tasks import Card, Task
from genie_tui.errors import GenieError
from genie_tui.ui.screens.card_page import CardPage
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.task_blocks import Blocks

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["TaskFrame", "TaskSection"]

T = TypeVar("T")


class TaskFrame(CardPage):
    """What a section may ask of the screen that it is in."""

    def looks_at(self, task_id: str) -> bool:
        """Is it still that task?"""
        raise NotImplementedError

    def reread(self) -> None:
        """Something has changed: read the section that is shown again."""
        raise NotImplementedError

    def go_to_task(self, task_id: str) -> None:
        """Show another task, from which escape comes back to this one."""
        raise NotImplementedError

    def place_of(self, card: Card) -> Column | None:
        """The column in which the task stands, as far as that is known."""
        raise NotImplementedError

    def show_section(self, place: int) -> None:
        """Show another section."""
        raise NotImplementedError

    def count(self, place: int, text: str) -> None:
        """Tell beside a section's title what there is in it."""
        raise NotImplementedError

    async def quietly(self, reading: Awaitable[T], otherwise: T) -> T:
        """What reading gives; where it fails, that is said, and something else given."""
        try:
            return await reading
        except GenieError as error:
            self.say(str(error), tone=Tone.BAD)
            return otherwise


class TaskSection(Vertical):
    """One of the sections; `AGAIN` is after how many seconds it is read though nothing was told.

    What is not announced at all, as that a comment was edited, comes by that.
    """

    TITLE: ClassVar[str]
    HINTS: ClassVar[tuple[str, ...]] = ()
    AGAIN: ClassVar[float] = 20.0
    DEFAULT_CSS = """
    TaskSection { width: 100%; height: 1fr; padding: 0 1; }
    """

    def __init__(self, page: TaskFrame) -> None:
        super().__init__()
        self.page = page

    async def read(self, backend: Backend, found: Task) -> None:
        """Read about a task, and show it. A GenieError is said; what is shown stays."""
        raise NotImplementedError

    def concerned(self, change: Change) -> bool:
        """Is a change that is not about the task itself about what is shown here?"""
        return change.reread

    def forget(self) -> None:
        """It is another task."""
        raise NotImplementedError

    @property
    def panel(self) -> Blocks[Any]:
        """What moves by keys."""
        raise NotImplementedError

    @property
    def stops(self) -> tuple[Widget, ...]:
        """What can have the focus, in order."""
        return (self.panel,)

    @property
    def counting(self) -> bool:
        """Does anything in it count seconds?"""
        return False

    def tick(self) -> None:
        """Some time has gone by."""

    def seek(self, task_id: str) -> None:
        """One comes back from that task: put the cursor on it, once it is read."""

    def go(self, lines: int) -> None:
        """So many lines or items down."""
        self.panel.go(lines)

    def go_pages(self, pages: float) -> None:
        """So many pages down."""
        self.panel.go_pages(pages)

    def go_edge(self, end: bool) -> None:
        """To the beginning, or to the end."""
        self.panel.go_edge(end)
