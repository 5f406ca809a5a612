"""What is chosen from a list for a task, or for all that are marked: a column, a person, a tag."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from genie_tui.domain.boards import Column
from genie_tui.domain.tasks import Card, Priority
from genie_tui.errors import GenieError
from genie_tui.ui.screens.writing import WritingPage, explained
from genie_tui.ui.widgets.item import Item
from genie_tui.ui.widgets.notice import Tone

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["ChoosingPage"]

Choice = Callable[["Backend", frozenset[str], str], Awaitable[None]]
"""Does to tasks what was chosen."""


class ChoosingPage(WritingPage):
    """Lists are read first where they are the database's; keys wait for them."""

    def columns(self) -> tuple[Column, ...]:
        """The columns of the board on which the task stands."""
        raise NotImplementedError

    def action_move(self) -> None:
        """To another column."""
        card = self._aim()
        items = [
            Item(
                id=column.name,
                text=column.label,
                note=f"gate {column.gate.short}",
                current=card is not None and column.name == card.stage,
            )
            for column in self.columns()
        ]

        async def chosen(to: Backend, ids: frozenset[str], stage: str) -> None:
            if card is not None:
                self.workspace.moving.publish(card.id)
                await to.move(card.id, stage)
            else:
                await to.many.move(ids, stage)

        self._offer(card, "Move {} to", items, "a column", chosen)

    def move_to(self, card: Card, column: Column) -> None:
        """Move a task to a column, as by dragging it there."""
        if self.writable() is None:
            return

        async def move(to: Backend, _: bool) -> str:
            self.workspace.moving.publish(card.id)
            await to.move(card.id, column.name)
            return ""

        self.write(card, move)

    def action_assign(self) -> None:
        """Assign somebody, or take it from who has it."""
        self._choose_from(self._offer_people)

    async def _offer_people(self, backend: Backend, card: Card | None) -> None:
        mine = f"{self.workspace.me.type}/{self.workspace.me.id}"
        known = [f"{type_}/{id_}" for type_, id_ in await backend.fields.people()]
        names = list(dict.fromkeys([mine, *known]))
        has = card.assignees if card is not None else ()
        items = [
            Item(
                id=name,
                text=name.partition("/")[2],
                note="you" if name == mine else "",
                current=name.partition("/")[2] in has,
            )
            for name in names
        ]

        async def chosen(to: Backend, ids: frozenset[str], name: str) -> None:
            if card is None:
                await to.many.assign(ids, name)
                return
            person = name.partition("/")[2] if name in names else name
            await to.fields.assign(card.id, name, on=person not in has)

        self._offer(card, "Assign {}", items, "a name", chosen, new="assign")

    def action_tags(self) -> None:
        """Put a tag on, or take it off."""
        self._choose_from(self._offer_tags)

    async def _offer_tags(self, backend: Backend, card: Card | None) -> None:
        has = {tag.id for tag in card.tags} if card is not None else set()
        items = [
            Item(id=tag.id, text=tag.name, note=tag.id, current=tag.id in has)
            for tag in await backend.fields.tags()
        ]

        async def chosen(to: Backend, ids: frozenset[str], tag_id: str) -> None:
            if card is None:
                await to.many.tag(ids, tag_id)
            else:
                await to.fields.tag(card.id, tag_id, on=tag_id not in has)

        self._offer(card, "Tags of {}", items, "a tag", chosen)

    def action_priority(self) -> None:
        """Another priority."""
        card = self._aim()
        items = [
            Item(id=p, text=p, current=card is not None and p is card.priority) for p in Priority
        ]

        async def chosen(to: Backend, ids: frozenset[str], priority: str) -> None:
            if card is None:
                await to.many.set_priority(ids, priority)
            else:
                await to.fields.set_priority(card.id, priority)

        self._offer(card, "Priority of {}", items, "a priority", chosen)

    def _aim(self) -> Card | None:
        """The task that is meant; None where the marked ones are, or nothing can be written."""
        return None if self.chosen() else self.target()

    def _choose_from(self, offer: Callable[[Backend, Card | None], Awaitable[None]]) -> None:
        """Read what there is to choose from; keys that are pressed meanwhile are for the list."""
        card = self._aim()
        if (backend := self.workspace.backend) is None or (card is None and not self.chosen()):
            return

        async def read() -> None:
            try:
                await offer(backend, card)
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)

        self.run_worker(self.workspace.keyboard.keep_during(read()), group="picking")

    def _offer(
        self,
        card: Card | None,
        title: str,
        items: Sequence[Item],
        hint: str,
        chosen: Choice,
        *,
        new: str = "",
    ) -> None:
        from genie_tui.ui.widgets.picker import Picker

        ids = self.chosen()
        if card is None and not ids:
            return

        def taken(choice: str | None) -> None:
            if choice is None:
                return

            async def one(to: Backend, _: bool) -> str:
                await chosen(to, frozenset(), choice)
                return ""

            if card is not None:
                self.write(card, one)
            else:
                self.many(title.split()[0], lambda to, ids, _: chosen(to, ids, choice))

        of = f"{len(ids)} marked" if card is None else f"#{card.seq} {card.title}"
        picker = Picker(title.format(of), items, hint=hint, new=new, ascii=self.ascii)
        self.app.push_screen(picker, taken)
