"""Triage: all that needs a person, most pressing first, and a verdict on each in one key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from genie_tui.domain.boards import Column
from genie_tui.domain.tasks import Card, Status
from genie_tui.domain.triage import Item, Need, Queue
from genie_tui.errors import GenieError
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import BACK
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.card_page import CardPage
from genie_tui.ui.widgets.footer import Hint
from genie_tui.ui.widgets.triage_details import Background, TriageDetails
from genie_tui.ui.widgets.triage_head import TriageHead
from genie_tui.ui.widgets.triage_list import TriageList
from genie_tui.ui.workspace import Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["TriagePage"]

READ_AFTER = 0.05
"""Seconds that the cursor rests on an item before more is read about it."""

VERDICTS: dict[Need, tuple[str, ...]] = {
    Need.APPROVAL: ("task.advance", "task.back", "task.comment", "task.assign"),
    Need.STALE: ("task.unlock", "task.checkout", "task.comment", "task.assign"),
    Need.OVERDUE: ("task.done", "task.edit", "task.comment", "task.assign"),
    Need.BLOCKED: ("task.block", "task.comment", "task.assign", "task.move"),
    Need.UNASSIGNED: ("task.assign", "task.checkout", "task.priority", "task.comment"),
    Need.AGENT: ("task.pane",),
    Need.RUN: ("task.release",),
    Need.MAIL: ("task.done",),
}
"""The keys that decide each need, the usual one first."""

MEANT = {
    (Need.APPROVAL, "task.advance"): "approve",
    (Need.BLOCKED, "task.block"): "unblock",
    (Need.RUN, "task.release"): "run again",
    (Need.MAIL, "task.done"): "read",
    (Need.AGENT, "task.pane"): "go to its pane",
}
"""What a key is for here, where it says otherwise elsewhere."""


class TriagePage(CardPage):
    """The queue, why the item under the cursor is in it, and what can be done about that."""

    NAME = "Triage"
    BINDINGS: ClassVar[list[BindingType]] = bindings(BACK)
    HINTS = ("list.open", "queue.skip")
    DEFAULT_CSS = """
    TriagePage {
        #desk { layout: horizontal; height: 1fr; width: 100%; }
        TriageHead { height: 1; width: 100%; }
        TriageList { width: 11fr; height: 1fr; }
        TriageDetails { width: 9fr; height: 1fr; border-left: solid $foreground 22%; }
        &.-narrow #desk, &.-pair #desk, &.-compact #desk { layout: vertical; }
        &.-narrow, &.-pair, &.-compact {
            TriageList { width: 100%; height: 1fr; }
            TriageDetails {
                width: 100%; height: 45%; border-left: none; border-top: solid $foreground 22%;
            }
        }
        &.-status #desk, &.-status TriageHead { display: none; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.queue_head = TriageHead(ascii=self.ascii)
        self.queue = TriageList(ascii=self.ascii)
        self.details = TriageDetails(ascii=self.ascii)
        self._known: Background | None = None
        self._reads: Latest[Item] = Latest(self._read, delay=READ_AFTER)

    def body(self) -> Iterable[Widget]:
        """How many of what, the queue, and the item under the cursor."""
        yield self.queue_head
        yield Container(self.queue, self.details, id="desk")

    def on_mount(self) -> None:
        """Show the queue as it is, and as it comes to be."""
        self.set_focus(self.queue)
        self.workspace.queued.subscribe(self, self._show, immediate=True)
        self.run_worker(self._reads.run(), group="reading")
        self._show(self.workspace.queue)

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """What changed while another screen was shown."""
        self._show(self.workspace.queue)

    def _show(self, queue: Queue) -> None:
        self.queue.show(queue.items)
        self.queue_head.show(queue, self.queue.place)

    # What is told from below

    @on(TriageList.Selected)
    def _selected(self, event: TriageList.Selected) -> None:
        event.stop()
        self.queue_head.show(self.workspace.queue, self.queue.place)
        self._tell(event.item)
        if event.item is not None and event.item.card is not None:
            self._reads.ask(event.item)
        self.show_bearings()

    @on(TriageList.Opened)
    async def _opened(self, event: TriageList.Opened) -> None:
        event.stop()
        if event.item.card is not None:
            from genie_tui.ui.screens.task import TaskPage

            column = self._column(event.item.card)
            page = TaskPage(self.workspace, event.item.card, column, self._step)
            await self.app.push_screen(page)
        else:
            self.say(f"{event.item.title}: {event.item.text}")

    def _step(self, step: int) -> Card | None:
        """The task so many items further."""
        self.queue.action_go(step)
        return self.subject()

    def _tell(self, item: Item | None) -> None:
        card = item.card if item else None
        known = self._known if card and self._known and self._known.task.id == card.id else None
        self.details.show(item, known, self._verdicts(item))

    def _verdicts(self, item: Item | None) -> tuple[str, ...]:
        """What the keys do about an item: `L approve → QA`."""
        if item is None:
            return ()
        said = []
        for id_ in VERDICTS[item.need]:
            key, label = self.workspace.keymap.hint(id_)
            said.append(f"{key} {MEANT.get((item.need, id_), label)}{self._leads(item, id_)}")
        return tuple(said)

    def _leads(self, item: Item, id_: str) -> str:
        """Where a verdict leads."""
        known = self._known
        if item.card is None or known is None or known.task.id != item.card.id:
            return ""
        if (column := self._column(item.card)) is None:
            return ""
        steps = {"task.advance": known.board.after, "task.back": known.board.before}
        target = steps[id_](column) if id_ in steps else None
        return f" {'->' if self.ascii else '→'} {target.label}" if target else ""

    async def _read(self, item: Item) -> None:
        if (backend := self.workspace.backend) is None or item.card is None:
            return
        try:
            whole = await backend.whole(item.card.id)
        except GenieError:
            # The queue comes anew when the link is back, or the task is gone from it.
            return
        self._known = Background(
            task=whole.task, board=whole.board, comments=whole.comments, log=whole.log
        )
        self._tell(self.queue.item)

    # What keys act on

    def subject(self) -> Card | None:
        """The task under the cursor."""
        return self.queue.item.card if self.queue.item else None

    def columns(self) -> tuple[Column, ...]:
        """Its board's, once that is read."""
        card = self.subject()
        known = self._known if card and self._known and self._known.task.id == card.id else None
        return known.board.columns if known else ()

    def _column(self, card: Card) -> Column | None:
        if self._known is None or self._known.task.id != card.id:
            return None
        return self._known.board.place(card.column_id, card.stage)

    def pending(self, task_id: str, on: bool) -> None:
        """Marked in the queue, and on to the next."""
        self.queue.set_pending(task_id, on)
        if on and self.queue.item is not None and self.queue.item.key == task_id:
            self.queue.next()

    def hints(self) -> list[Hint]:
        """The verdicts of the item under the cursor, then moving on."""
        item = self.queue.item if self.is_mounted else None
        mine = VERDICTS[item.need] if item else ()
        meant = [
            (key, MEANT.get((item.need, id_), label))
            for id_, (key, label) in zip(mine, self._hints(mine), strict=True)
            if item
        ]
        return [*meant, *self._hints(("queue.skip", "list.open", "screen.back"))]

    # Keys

    async def action_back(self) -> None:
        """To the board."""
        await self.run_action("app.show_screen('board')")

    def action_release(self) -> None:
        """Run what failed again; of a task, release the lock."""
        item = self.queue.item
        if item is None or item.need is not Need.RUN:
            super().action_release()
            return

        async def retry(backend: Backend) -> str:
            await backend.triage.retry(item.ref)
            return f"{item.title} runs again"

        self.decide(retry)

    def action_done(self) -> None:
        """A letter is read; a task is done."""
        item = self.queue.item
        if item is None or item.need is not Need.MAIL:
            super().action_done()
            return

        async def read(backend: Backend) -> str:
            await backend.triage.read(item.ref)
            return ""

        self.decide(read)

    async def action_block(self) -> None:
        """Unblock; a task that failed is taken up again."""
        card = self.subject()
        if card is not None and card.status is Status.FAILED and self.target() is not None:
            self.write(card, lambda to, _: to.reopen(card.id))
        else:
            await super().action_block()
