"""One task in full, live: what is asked, what was said, how it went, what it hangs on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Markdown, Static

from genie_tui.domain.boards import Board, Column
from genie_tui.domain.changes import Change
from genie_tui.domain.tasks import Card
from genie_tui.errors import GenieError
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.task import STEPS, VIEW
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.card_page import CardPage
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.plain import clean
from genie_tui.ui.widgets.task_head import TaskHead
from genie_tui.ui.widgets.task_parts import comments, history, links, people
from genie_tui.ui.workspace import Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Whole

__all__ = ["TaskPage"]

LETTERS_AT_MOST = 50_000
"""Of a description; what is longer is no reading matter."""

READ_EVERY = 0.1
"""Seconds between two readings, however much is said about the task."""


Step = Callable[[int], Card | None]
"""Goes over so many cards where a task was opened from; the one that is come to."""


class TaskPage(CardPage):
    """Follows one task; the keys of the board work here, too."""

    BINDINGS: ClassVar[list[BindingType]] = bindings((*VIEW, *STEPS))
    HINTS = (
        "view.close",
        "view.next",
        "task.advance",
        "task.back",
        "task.checkout",
        "task.comment",
        "task.block",
        "task.move",
        "task.done",
        "app.palette",
    )
    ALWAYS = ("app.help", "app.quit_now")
    DEFAULT_CSS = """
    TaskPage {
        &.-status #whole { display: none; }
        #whole { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
        #sides { layout: horizontal; height: auto; }
        #words { width: 2fr; height: auto; padding: 0 2 0 0; }
        #facts { width: 1fr; min-width: 34; height: auto; }
        &.-narrow #sides, &.-pair #sides, &.-compact #sides { layout: vertical; }
        &.-narrow, &.-pair, &.-compact {
            #words, #facts { width: 100%; padding: 0; }
        }
        .part { height: auto; margin: 1 0 0 0; }
        .title { height: 1; color: $primary; text-style: bold; margin: 1 0 0 0; }
        Markdown { padding: 0; margin: 0; height: auto; background: $background; }
        MarkdownBlock:first-child { margin-top: 0; }
        MarkdownBlock:last-child { margin-bottom: 0; }
        MarkdownH1, MarkdownH2, MarkdownH3 {
            color: $foreground; text-style: bold; content-align: left middle; margin: 1 0 0 0;
        }
    }
    """

    def __init__(
        self,
        workspace: Workspace,
        card: Card,
        column: Column | None,
        step: Step = lambda _: None,
    ) -> None:
        super().__init__(workspace)
        self._step = step
        self._card_now = card
        self._column = column
        self._board: Board | None = None
        self._shown: dict[str, object] = {}
        self._reads: Latest[str] = Latest(self._read, every=READ_EVERY)
        self.head = TaskHead(card, column, workspace.me, ascii=self.ascii)

    def body(self) -> Iterable[Widget]:
        """The head, and under it what is read about the task."""
        yield self.head
        words = Vertical(
            Static("description", classes="title"),
            Markdown("", id="description", open_links=False),
            Static("acceptance criteria", classes="title"),
            Markdown("", id="criteria", open_links=False),
            Static("comments", classes="title"),
            Static("", id="comments"),
            id="words",
        )
        facts = Vertical(
            Static("", id="links", classes="part"),
            Static("", id="people", classes="part"),
            Static("", id="history", classes="part"),
            id="facts",
        )
        yield VerticalScroll(Container(words, facts, id="sides"), id="whole", can_focus=False)

    def on_mount(self) -> None:
        """Read it, and again whenever something changes about it."""
        self.workspace.changes.subscribe(self, self._changes, immediate=True)
        self.run_worker(self._reads.run(), group="reading")
        self._reads.ask(self._card_now.id)

    def _changes(self, change: Change) -> None:
        mine = self._card_now.id
        for card in change.cards:
            if card.id == mine:
                self._card_now = card
                self.head.show(card, self._place(card))
        if mine in change.gone:
            self.say(f"#{self._card_now.seq} was deleted", tone=Tone.BAD)
        elif change.reread or any(c.id == mine for c in change.cards) or self._told(change):
            self._reads.ask(mine)

    def _told(self, change: Change) -> bool:
        return any(event.task_id == self._card_now.id for event in change.events)

    def _place(self, card: Card) -> Column | None:
        return self._board.place(card.column_id, card.stage) if self._board else self._column

    async def _read(self, task_id: str) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            whole = await backend.whole(task_id)
        except GenieError as error:
            self.say(str(error), tone=Tone.BAD)
            return
        if task_id != self._card_now.id:
            # Another card is looked at by now.
            return
        self._card_now, self._board = whole.task, whole.board
        self.head.show(whole.task, self._place(whole.task))
        await self._fill(whole)

    async def _fill(self, whole: Whole) -> None:
        """Show what differs from what is shown."""
        found, now = whole.task, datetime.now(UTC)
        for name, text in (
            ("description", found.description),
            ("criteria", found.acceptance_criteria),
        ):
            if self._differs(name, text):
                await self.query_one(f"#{name}", Markdown).update(_markdown(text, self.ascii))
        local = datetime.astimezone
        for name, content in (
            ("comments", comments(whole.comments, local)),
            ("links", links(found)),
            ("people", people(found, now)),
            ("history", history(found, whole.log, now, local)),
        ):
            if self._differs(name, content):
                self.query_one(f"#{name}", Static).update(content)

    def _differs(self, name: str, value: object) -> bool:
        if name in self._shown and self._shown[name] == value:
            return False
        self._shown[name] = value
        return True

    # What keys act on

    def subject(self) -> Card:
        """The task."""
        return self._card_now

    def columns(self) -> tuple[Column, ...]:
        """Its board's."""
        return self._board.columns if self._board else ()

    def pending(self, task_id: str, on: bool) -> None:
        """Marked in the head."""
        self.head.set_pending(on and task_id == self._card_now.id)

    # Keys

    def action_step(self, step: int) -> None:
        """The card so many below this one, where one came from."""
        if (card := self._step(step)) is None or card.id == self._card_now.id:
            self.say("there is no further card")
            return
        self._card_now = card
        self.head.show(card, self._place(card))
        self.action_scroll_edge(False)
        self._reads.ask(card.id)

    def action_close(self) -> None:
        """Back to where one came from."""
        self.dismiss()

    @property
    def _whole(self) -> VerticalScroll:
        return self.query_one("#whole", VerticalScroll)

    def action_scroll_lines(self, lines: int) -> None:
        """So many lines down."""
        self._whole.scroll_relative(y=lines, animate=False)

    def action_scroll_pages(self, pages: float) -> None:
        """So many pages down."""
        self._whole.scroll_relative(y=pages * self._whole.size.height, animate=False)

    def action_scroll_edge(self, end: bool) -> None:
        """To the beginning, or to the end."""
        (self._whole.scroll_end if end else self._whole.scroll_home)(animate=False)


_TO_DO = re.compile(r"^(\s*[-*+]\s+)\[( |x|X)\]\s")


def _markdown(text: str | None, plain: bool) -> str:
    """A text as it is safe for a terminal, line by line; `plain` is for ASCII alone."""
    if not text or not text.strip():
        return "*none*"
    cut = text[:LETTERS_AT_MOST]
    more = f"\n\n*{len(text) - len(cut):,} more letters*" if len(text) > len(cut) else ""
    lines = (clean(line) for line in cut.splitlines())
    return "\n".join(lines if plain else map(_boxed, lines)) + more


def _boxed(line: str) -> str:
    """What is to be done, with a box that is ticked or not."""
    return _TO_DO.sub(lambda found: f"{found[1]}{'☐' if found[2] == ' ' else '☑'} ", line)
