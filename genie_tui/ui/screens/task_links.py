"""What a task waits for and holds up, to walk along, to add to and to take from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from genie_tui.domain.changes import Change, EventKind
from genie_tui.domain.dependencies import Dependency
from genie_tui.domain.tasks import Card, DepType, Task
from genie_tui.errors import GenieError
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.task import LINKS
from genie_tui.ui.screens.task_section import TaskFrame, TaskSection
from genie_tui.ui.screens.writing import explained
from genie_tui.ui.widgets.item import Item
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.task_link_rows import SAYS, Links
from genie_tui.ui.widgets.task_links import TaskLinks

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["LinksSection"]

TITLE_AT_MOST = 200

Taken = Callable[[str | None], None]
"""Does something with what was picked; None where nothing was."""


class LinksSection(TaskSection):
    """Trees of tasks; a link is added by choosing a task and what the two are to each other."""

    TITLE = "Dependencies"
    HINTS = ("dependencies.open", "dependencies.add", "dependencies.remove", "app.graph")
    BINDINGS: ClassVar[list[BindingType]] = bindings(LINKS)

    def __init__(self, page: TaskFrame) -> None:
        super().__init__(page)
        self.links = TaskLinks(page.workspace.me, ascii=page.ascii)
        self._near: frozenset[str] = frozenset()
        self._sought: str | None = None

    def compose(self) -> ComposeResult:
        """The list alone."""
        yield self.links

    @property
    def panel(self) -> TaskLinks:
        """The list."""
        return self.links

    @property
    def counting(self) -> bool:
        """Are there locks among those around it?"""
        rows = self.links.items
        return any(isinstance(row.card, Card) and row.card.lock for row in rows)

    def tick(self) -> None:
        """Locks count down."""
        self.links.relay()

    def forget(self) -> None:
        """Another task's."""
        self._near = frozenset()
        self.links.forget()

    def concerned(self, change: Change) -> bool:
        """Is it about one of the tasks around it, or about dependencies?"""
        touched = {card.id for card in change.cards} | change.gone
        linked = any(event.kind is EventKind.DEPENDENCY for event in change.events)
        return change.reread or linked or not self._near.isdisjoint(touched)

    def seek(self, task_id: str) -> None:
        """The task from which one comes back."""
        self._sought = task_id

    async def read(self, backend: Backend, found: Task) -> None:
        """All around the task, as far as anybody reads."""
        graph, rows, family = await backend.task.links(found.id)
        if not self.page.looks_at(found.id):
            return
        links = Links(task_id=found.id, graph=graph, rows=rows, family=family)
        self._near = frozenset(graph.cards) | {child.id for child in family.children}
        self.links.tell(links)
        if self._sought is not None:
            self.links.seek(self._sought)
            self._sought = None
        waits = len(found.waits)
        self.page.count(2, f"{waits} open" if waits else "")

    # Keys

    @on(TaskLinks.Opened)
    def _opened(self, event: TaskLinks.Opened) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """To the task under the cursor."""
        row = self.links.item
        if row is None or row.card is None:
            self.page.say("no task is under the cursor; plus links one")
        else:
            self.page.go_to_task(row.card.id)

    def action_link(self) -> None:
        """Choose a task of the board, or any by its number or words, and what it is to this."""
        card, backend = self.page.target(), self.page.workspace.backend
        if card is None or backend is None:
            return
        reading = self._offer(backend, card)
        self.page.run_worker(self.page.workspace.keyboard.keep_during(reading), group="picking")

    async def _offer(self, backend: Backend, card: Card) -> None:
        try:
            near = await backend.task.neighbours(card.id)
        except GenieError as error:
            self.page.say(explained(error), tone=Tone.BAD)
            return
        items = [_item(one.id, one.seq, one.title, one.stage) for one in near if not one.closed]

        def taken(choice: str | None) -> None:
            if choice is None:
                return
            if any(item.id == choice for item in items):
                self._ask_type(card, choice, next(i.text for i in items if i.id == choice))
            else:
                reading = self._find(card, choice)
                keep = self.page.workspace.keyboard.keep_during
                self.page.run_worker(keep(reading), group="picking")

        self._pick(f"Link #{card.seq} with", items, taken, new="find elsewhere:")

    async def _find(self, card: Card, text: str) -> None:
        """Whatever there is by that number or with those words, in its project or elsewhere."""
        if (backend := self.page.workspace.backend) is None:
            return
        try:
            found = await backend.task.find(text, card.project_id)
        except GenieError as error:
            self.page.say(explained(error), tone=Tone.BAD)
            return
        home = card.project_name or ""
        items = [
            _item(one.id, one.seq, one.title, one.stage, one.project if one.project != home else "")
            for one in found
            if one.id != card.id
        ]
        if not items:
            self.page.say(f"no other task goes by {text}", tone=Tone.BAD)
            return

        def taken(choice: str | None) -> None:
            if choice is not None:
                self._ask_type(card, choice, next(i.text for i in items if i.id == choice))

        self._pick(f"Link #{card.seq} with", items, taken)

    def _ask_type(self, card: Card, other_id: str, other: str) -> None:
        """What the one is to the other."""
        name = other.partition(" ")[0]
        items = [
            Item(id=type_.value, text=f"#{card.seq} {says} {name}", note=type_.value)
            for type_, says in SAYS.items()
        ]

        def taken(choice: str | None) -> None:
            if choice is not None:
                self._link(card, other_id, DepType(choice), f"#{card.seq} {{}} {name}")

        self._pick(other, items, taken)

    def _link(self, card: Card, other_id: str, type_: DepType, told: str) -> None:
        async def link(to: Backend, _: bool) -> str:
            new = await to.task.link(card.id, other_id, type_)
            self.page.reread()
            return f"{told.format(SAYS[type_])}{'' if new else ' already'}"

        self.page.write(card, link)

    def _pick(self, title: str, items: list[Item], taken: Taken, *, new: str = "") -> None:
        from genie_tui.ui.widgets.picker import Picker

        picker = Picker(
            title, items, hint="a number, or letters of a title", new=new, ascii=self.page.ascii
        )
        self.page.app.push_screen(picker, taken)

    def action_unlink(self) -> None:
        """Remove what links the task under the cursor to this one, after asking."""
        card, row = self.page.target(), self.links.item
        if card is None:
            return
        if row is None or row.card is None:
            self.page.say("no link is under the cursor")
        elif row.row is None:
            self.page.say(f"#{row.card.seq} is not linked to #{card.seq} itself; enter goes there")
        else:
            other = f"#{row.card.seq} {row.card.title[:TITLE_AT_MOST]}"
            told = _told(row.row, card, other)
            remove = self._unlink(card, row.row, told)
            self.page.ask("Remove the link?", (told,), "Remove", remove)

    def _unlink(self, card: Card, row: Dependency, told: str) -> Callable[[], None]:
        async def unlink(to: Backend, _: bool) -> str:
            gone = await to.task.unlink(row)
            self.page.reread()
            return f"no more: {told}" if gone else "somebody removed it already"

        return lambda: self.page.write(card, unlink)


def _item(id_: str, seq: int, title: str, note: str, place: str = "") -> Item:
    return Item(id=id_, text=f"{place}#{seq} {title[:TITLE_AT_MOST]}", note=note[:40])


def _told(row: Dependency, card: Card, other: str) -> str:
    """What a row says, with this task's number: `#12 waits for #33 rate limits`."""
    says = SAYS[DepType(row.dep_type)]
    mine = row.task_id == card.id
    return f"#{card.seq} {says} {other}" if mine else f"{other} {says} #{card.seq}"
