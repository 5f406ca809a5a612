"""The verbs of a task, on every screen that has one under its cursor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from genie_tui.domain.boards import Column
from genie_tui.domain.tasks import Card, Priority, Status
from genie_tui.errors import GenieError
from genie_tui.ui.keymap import TASK, bindings
from genie_tui.ui.screens.writing import WritingPage, explained
from genie_tui.ui.widgets.item import Item
from genie_tui.ui.widgets.notice import Tone

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["CardPage"]


class CardPage(WritingPage):
    """Every key that acts on a task acts on the one that `subject` names."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(TASK)

    def columns(self) -> tuple[Column, ...]:
        """The columns of its board."""
        raise NotImplementedError

    # The verbs

    def action_advance(self) -> None:
        """On to the next column, if the gate opens."""
        if card := self.target():
            self.workspace.moving.publish(card.id)
            self.write(
                card, lambda to, insist: to.advance(card.id, override=insist), insist="Advance"
            )

    def action_checkout(self) -> None:
        """Take the lock, or renew one's own."""
        if card := self.target():
            self.write(
                card, lambda to, insist: to.checkout(card.id, override=insist), insist="Take it"
            )

    def action_release(self) -> None:
        """Give the lock back."""
        if card := self.target():
            self.write(card, lambda to, _: to.release(card.id))

    def action_unlock(self) -> None:
        """Break a lock, after asking."""
        if (card := self.target()) is None:
            return
        if card.lock is None:
            self.say(f"nobody holds #{card.seq}; there is no lock to force")
            return
        reasons = (
            f"{card.lock.holder} holds it (run {card.lock.run_id}), and may be at work on it.",
            "The lock is taken away and the task is ready again; the log will say it was you.",
        )
        unlock = partial(self.write, card, lambda to, _: to.unlock(card.id))
        self.ask(f"Force the lock of #{card.seq} open?", reasons, "Unlock", unlock)

    def action_done(self) -> None:
        """Done; asks where children are open."""
        if card := self.target():
            self.write(card, lambda to, insist: to.done(card.id, override=insist), insist="Done")

    async def action_send_back(self) -> None:
        """Back a column, with a reason if one likes."""
        from genie_tui.ui.widgets.prompt import Field

        if (card := self.target()) is None:
            return

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            self.workspace.moving.publish(card.id)
            await self.sent(card, backend.send_back(card.id, values["reason"]))

        field = Field(name="reason", label="Reason", lines=6, hint="why, if you like")
        title = f"Send back #{card.seq} {card.title}"
        await self.prompt(title, (field,), f"back {card.id}", send)

    async def action_comment(self) -> None:
        """Say something about the task."""
        from genie_tui.ui.widgets.prompt import Field

        if (card := self.target()) is None:
            return

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            await self.sent(card, backend.comment(card.id, values["body"]))

        field = Field(name="body", label="The comment", lines=8, required=True)
        title = f"Comment on #{card.seq} {card.title}"
        await self.prompt(title, (field,), f"comment {card.id}", send)

    async def action_block(self) -> None:
        """Block, with a reason; or unblock."""
        from genie_tui.ui.widgets.prompt import Field

        if (card := self.target()) is None:
            return
        if card.status is Status.BLOCKED:
            self.write(card, lambda to, _: to.unblock(card.id))
            return

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            await self.sent(card, backend.block(card.id, values["reason"]))

        field = Field(
            name="reason", label="The reason", lines=6, required=True, hint="what is in the way"
        )
        title = f"Block #{card.seq} {card.title}"
        await self.prompt(title, (field,), f"block {card.id}", send)

    async def action_move(self) -> None:
        """To a column that is chosen from a list."""
        from genie_tui.ui.widgets.picker import Picker

        if (card := self.target()) is None:
            return
        items = [
            Item(
                id=column.name,
                text=column.label,
                note=f"gate {column.gate.short}",
                current=column.id == card.column_id or column.name == card.stage,
            )
            for column in self.columns()
        ]
        title = f"Move #{card.seq} {card.title} to"
        picker = Picker(title, items, hint="a column", ascii=self.ascii)
        await self.app.push_screen(picker, partial(self._move_to, card))

    def _move_to(self, card: Card, stage: str | None) -> None:
        if stage is None:
            return

        async def move(backend: Backend, _: bool) -> str:
            await backend.move(card.id, stage)
            return ""

        self.workspace.moving.publish(card.id)
        self.write(card, move)

    def action_assign(self) -> None:
        """Assign somebody, or take it from who has it."""
        if (card := self.target()) is not None:
            self._pick(card, self._pick_person)

    async def _pick_person(self, backend: Backend, card: Card) -> None:
        mine = f"{self.workspace.me.type}/{self.workspace.me.id}"
        known = [f"{type_}/{id_}" for type_, id_ in await backend.people()]
        names = list(dict.fromkeys([mine, *known]))
        items = [
            Item(
                id=name,
                text=name.partition("/")[2],
                note="you" if name == mine else "",
                current=name.partition("/")[2] in card.assignees,
            )
            for name in names
        ]

        async def chosen(to: Backend, name: str) -> None:
            person = name.partition("/")[2] if name in names else name
            await to.assign(card.id, name, on=person not in card.assignees)

        self._offer(card, f"Assign #{card.seq} {card.title}", items, "a name", chosen, new="assign")

    def action_tags(self) -> None:
        """Put a tag on, or take it off."""
        if (card := self.target()) is not None:
            self._pick(card, self._pick_tag)

    async def _pick_tag(self, backend: Backend, card: Card) -> None:
        has = {tag.id for tag in card.tags}
        items = [
            Item(id=tag.id, text=tag.name, note=tag.id, current=tag.id in has)
            for tag in await backend.tags()
        ]

        async def chosen(to: Backend, tag_id: str) -> None:
            await to.tag(card.id, tag_id, on=tag_id not in has)

        self._offer(card, f"Tags of #{card.seq} {card.title}", items, "a tag", chosen)

    def action_priority(self) -> None:
        """Another priority."""
        if (card := self.target()) is not None:
            self._pick(card, self._pick_priority)

    async def _pick_priority(self, _: Backend, card: Card) -> None:
        items = [
            Item(id=priority, text=priority, current=priority is card.priority)
            for priority in Priority
        ]

        async def chosen(to: Backend, priority: str) -> None:
            await to.set_priority(card.id, priority)

        title = f"Priority of #{card.seq} {card.title}"
        self._offer(card, title, items, "a priority", chosen)

    def _pick(self, card: Card, offer: Callable[[Backend, Card], Awaitable[None]]) -> None:
        """Read what there is to choose from; keys that are pressed meanwhile are for the list."""
        if (backend := self.workspace.backend) is None:
            return

        async def read() -> None:
            try:
                await offer(backend, card)
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)

        self.run_worker(self.workspace.keyboard.keep_during(read()), group="picking")

    def _offer(
        self,
        card: Card,
        title: str,
        items: Sequence[Item],
        hint: str,
        chosen: Callable[[Backend, str], Awaitable[None]],
        *,
        new: str = "",
    ) -> None:
        from genie_tui.ui.widgets.picker import Picker

        def taken(choice: str | None) -> None:
            if choice is None:
                return

            async def write(to: Backend, _: bool) -> str:
                await chosen(to, choice)
                return ""

            self.write(card, write)

        self.app.push_screen(Picker(title, items, hint=hint, new=new, ascii=self.ascii), taken)

    def action_pane(self) -> None:
        """Go to the pane in which an agent works on the task."""
        if (card := self.subject()) is None or (backend := self.workspace.backend) is None:
            self.say("no card is under the cursor")
            return

        async def go() -> None:
            try:
                await backend.go_to_pane(card.id)
            except GenieError as error:
                self.say(str(error), tone=Tone.BAD)

        self.run_worker(go(), group="pane")

    def action_copy_id(self) -> None:
        """The task's id, to the clipboard."""
        if (card := self.subject()) is None:
            self.say("no card is under the cursor")
            return
        self.app.copy_to_clipboard(card.id)
        self.say(f"{card.id} is in the clipboard, if this terminal takes it", tone=Tone.GOOD)

    def action_undo(self) -> None:
        """Take one's last change back, after saying which."""
        if (backend := self.writable()) is not None:
            asking = self.workspace.keyboard.keep_during(self._ask_undo(backend))
            self.run_worker(asking, group="undo")

    async def _ask_undo(self, backend: Backend) -> None:
        try:
            change = await backend.last_change()
        except GenieError as error:
            self.say(explained(error), tone=Tone.BAD)
            return
        if change is None:
            self.say("you have changed nothing that can be undone")
            return
        undo = partial(backend.undo, change)
        what = "Undo your last change?"
        self.ask(what, (change.text,), "Undo", lambda: self._rewrite(undo()))

    def action_redo(self) -> None:
        """Do again what was taken back last."""
        if (backend := self.writable()) is not None:
            self._rewrite(backend.redo())

    def _rewrite(self, writing: Awaitable[str]) -> None:
        """Write what no card is marked for meanwhile, and say what came of it."""

        async def change() -> None:
            try:
                self.say(await writing, tone=Tone.GOOD)
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)

        self.run_worker(change(), group="undo")
