"""The first section of a task's screen: what is asked, how it stands, what was said last."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Markdown, Static

from genie_tui.domain.criteria import Criterion, criteria
from genie_tui.domain.tasks import Task
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.task import CRITERIA
from genie_tui.ui.screens.task_section import TaskFrame
from genie_tui.ui.screens.task_talk import TalkingSection
from genie_tui.ui.widgets.plain import clean
from genie_tui.ui.widgets.task_checklist import TaskChecklist
from genie_tui.ui.widgets.task_comments import TaskComments, TaskLatest
from genie_tui.ui.widgets.task_facts import Known, TaskFacts

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["OverviewSection"]

LETTERS_AT_MOST = 50_000
"""Of a description; what is longer is no reading matter."""

LINES_AT_MOST = 800
"""Of a description: each becomes a widget where it is a paragraph."""


class OverviewSection(TalkingSection):
    """Words and facts scroll together; where there is room, the newest comments stand beside."""

    TITLE = "Overview"
    HINTS = ("criteria.tick",)
    AGAIN = 30.0
    BINDINGS: ClassVar[list[BindingType]] = bindings(CRITERIA)
    DEFAULT_CSS = """
    OverviewSection {
        layout: horizontal;
        #whole { width: 1fr; height: 1fr; scrollbar-size-vertical: 1; }
        #whole:focus { background: $background; }
        #sides { layout: horizontal; height: auto; }
        #words { width: 2fr; height: auto; padding: 0 2 0 0; }
        #facts { width: 1fr; min-width: 34; height: auto; }
        #beside { display: none; width: 30%; height: 1fr; padding: 0 0 0 2; }
        .title { height: 1; color: $primary; text-style: bold; margin: 1 0 0 0; }
        TaskFacts { margin: 1 0 0 0; }
        Markdown { padding: 0; margin: 0; height: auto; background: $background; }
        MarkdownBlock:first-child { margin-top: 0; }
        MarkdownBlock:last-child { margin-bottom: 0; }
        MarkdownH1, MarkdownH2, MarkdownH3 {
            color: $foreground; text-style: bold; content-align: left middle; margin: 1 0 0 0;
        }
    }
    """

    def __init__(self, page: TaskFrame) -> None:
        me = page.workspace.me
        super().__init__(page, TaskComments(me, ascii=page.ascii, id="recent"))
        self.whole = VerticalScroll(id="whole", can_focus=True)
        self.checklist = TaskChecklist(ascii=page.ascii)
        self.latest = TaskLatest(me, ascii=page.ascii)
        self.facts = TaskFacts(me, ascii=page.ascii)
        # Held, as a page that is left loses its children while it may still be reading.
        self.description = Markdown("", id="description", open_links=False)
        self.criteria = Markdown("", id="criteria", open_links=False)
        self.criteria_title = Static("acceptance criteria", id="criteria-title", classes="title")
        self._texts: dict[Markdown, str | None] = {}
        self._found: Task | None = None

    def compose(self) -> ComposeResult:
        """Two columns in one scroll, and a third beside them."""
        with self.whole, Container(id="sides"):
            with Vertical(id="words"):
                yield Static("description", classes="title")
                yield self.description
                yield self.criteria_title
                yield self.criteria
                yield self.checklist
                yield Static("comments", classes="title said")
                self.latest.add_class("said")
                yield self.latest
            with Vertical(id="facts"):
                yield self.facts
        with Vertical(id="beside"):
            yield Static("newest comments", classes="title")
            yield self.comments

    def on_mount(self) -> None:
        """Nothing to tick is known yet."""
        self.checklist.display = False

    # What is read

    def forget(self) -> None:
        """Another task's; what is shown of it stays until more is read."""
        super().forget()
        self.whole.scroll_home(animate=False)

    async def read(self, backend: Backend, found: Task) -> None:
        """All of it."""
        around = await backend.task.overview(found.id)
        if not self.page.looks_at(found.id):
            return
        self._found = found
        column = self.page.place_of(found)
        known = Known(
            task=found,
            gate=column.gate if column else None,
            people=around.people,
            tags=around.tags,
            family=around.family,
            story=around.story,
        )
        self.facts.show(known)
        self.latest.tell(around.talk, found.comments)
        self.hear(around.talk)
        await self._write(self.description, found.description)
        await self._write_criteria(found.acceptance_criteria or "")

    async def _write_criteria(self, text: str) -> None:
        """As a list to be ticked, where anything can be."""
        boxes = bool(criteria(text))
        self.checklist.display = boxes
        self.criteria.display = not boxes
        if boxes:
            self.checklist.show(text[:LETTERS_AT_MOST])
            done, count = self.checklist.done
            title = f"acceptance criteria  {done}/{count}"
        else:
            await self._write(self.criteria, text)
            title = "acceptance criteria"
        self.criteria_title.update(title)

    async def _write(self, markdown: Markdown, text: str | None) -> None:
        if markdown not in self._texts or self._texts[markdown] != text:
            self._texts[markdown] = text
            await markdown.update(_markdown(text))

    def tick(self) -> None:
        """A lock counts down, and times grow."""
        self.facts.redraw()

    # Moving

    @property
    def panel(self) -> TaskComments:
        """The newest comments; the rest is no list."""
        return self.comments

    @property
    def stops(self) -> tuple[Widget, ...]:
        """The text, the boxes where there are any, and the comments where they are beside it."""
        boxes = (self.checklist,) if self.checklist.display else ()
        beside = (self.comments,) if self.speaks else ()
        return (self.whole, *boxes, *beside)

    @property
    def speaks(self) -> bool:
        """Is there room for the comments?"""
        return self.page.has_class("-vast")

    def go(self, lines: int) -> None:
        """Over boxes or comments where these have the focus, else by lines."""
        focused = self.screen.focused
        if focused is self.comments:
            self.comments.go(lines)
        elif focused is self.checklist and self.checklist.go(lines):
            self._reveal()
        else:
            self.whole.scroll_relative(y=lines, animate=False)

    def go_pages(self, pages: float) -> None:
        """So many pages down."""
        if self.screen.focused is self.comments:
            self.comments.go_pages(pages)
        else:
            self.whole.scroll_relative(y=pages * self.whole.size.height, animate=False)

    def go_edge(self, end: bool) -> None:
        """To the beginning, or to the end."""
        if self.screen.focused is self.comments:
            self.comments.go_edge(end)
        else:
            (self.whole.scroll_end if end else self.whole.scroll_home)(animate=False)

    def _reveal(self) -> None:
        """The box under the cursor is in view."""
        row, frame = self.checklist.region.y + self.checklist.row, self.whole.region
        if row < frame.y:
            self.whole.scroll_relative(y=row - frame.y, animate=False)
        elif row >= frame.bottom:
            self.whole.scroll_relative(y=row - frame.bottom + 1, animate=False)

    # Keys

    def action_tick(self) -> None:
        """Go to the boxes; there, tick the one under the cursor, or not any more."""
        if not self.checklist.display:
            self.page.say("there is nothing to tick: criteria with a box begin with - [ ]")
        elif self.screen.focused is not self.checklist:
            self.screen.set_focus(self.checklist)
            self._reveal()
        elif (criterion := self.checklist.criterion) is not None:
            self._tick(criterion)

    @on(TaskChecklist.Clicked)
    def _clicked(self, event: TaskChecklist.Clicked) -> None:
        event.stop()
        self._tick(event.criterion)

    def _tick(self, criterion: Criterion) -> None:
        if (card := self.page.target()) is None:
            return

        async def tick(to: Backend, _: bool) -> str:
            await to.task.tick(card.id, criterion, done=not criterion.done)
            self.page.reread()
            says = clean(criterion.says)[:200]
            return f"{'open again' if criterion.done else 'met'}: {says}"

        self.page.write(card, tick)


def _markdown(text: str | None) -> str:
    """A text as it is safe for a terminal, line by line."""
    if not text or not text.strip():
        return "*none*"
    lines = text[:LETTERS_AT_MOST].splitlines()[:LINES_AT_MOST]
    hidden = len(text) - sum(len(line) + 1 for line in lines)
    more = f"\n\n*{hidden:,} more letters; e opens all of it*" if hidden > 0 else ""
    return "\n".join(map(clean, lines)) + more
