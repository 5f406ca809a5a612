"""The verbs of a task, on every screen that has one under its cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from genie_tui.domain.boards import Column
from genie_tui.domain.changes import Change
from genie_tui.domain.tasks import Card, Status
from genie_tui.errors import GenieError, NoDatabase, Refused
from genie_tui.ui.keymap import TASK, bindings
from genie_tui.ui.screens.page import Page
from genie_tui.ui.widgets.notice import Tone

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend
    from genie_tui.ui.widgets.prompt import Field

__all__ = ["CardPage"]

READ_ONLY = "this is read-only: nothing is written; start without --read-only to write"
AWAY = "the database is away just now; nothing was written, try again when it is live"
SETTLES_WITHIN = 3.0
"""Seconds in which a change that was committed comes back through the feed."""

Verb = Callable[["Backend", bool], Awaitable[str]]
"""Does something; the flag is whether to insist. Gives a sentence where there is more to say."""


class CardPage(Page):
    """Writes to the task that `subject` names; what comes of it the feed brings."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(TASK)

    _under_way: set[str]

    def subject(self) -> Card | None:
        """The task that keys act on."""
        raise NotImplementedError

    def columns(self) -> tuple[Column, ...]:
        """The columns of its board."""
        raise NotImplementedError

    def pending(self, task_id: str, on: bool) -> None:
        """A write is under way, or no longer."""

    def on_mount(self) -> None:
        """Nothing is under way."""
        self._under_way = set()
        self.workspace.changes.subscribe(self, self._arrived, immediate=True)

    def _arrived(self, change: Change) -> None:
        """What comes back through the feed is no longer pending."""
        for task_id in self._under_way & ({card.id for card in change.cards} | change.gone):
            self._settle(task_id)

    # Writing

    def writable(self) -> Backend | None:
        """The backend; where nothing can be written, that is said, and None given."""
        if self.workspace.settings.read_only:
            self.say(READ_ONLY, tone=Tone.BAD)
        elif self.workspace.backend is None:
            self.say(AWAY, tone=Tone.BAD)
        else:
            return self.workspace.backend
        return None

    def _card(self) -> Card | None:
        """The task to act on, where one can be."""
        if (card := self.subject()) is None:
            self.say("no card is under the cursor")
            return None
        if self.writable() is None:
            return None
        if card.id in self._under_way:
            self.say(f"#{card.seq}: your last change is still under way; look what comes of it")
            return None
        return card

    def _write(self, card: Card, verb: Verb, *, insist: str = "Go on") -> None:
        self.run_worker(self._carry_out(card, verb, insist, override=False), group="write")

    async def _carry_out(self, card: Card, verb: Verb, insist: str, *, override: bool) -> None:
        backend = self.workspace.backend
        if backend is None:
            return
        self._begin(card.id)
        try:
            said = await verb(backend, override)
        except GenieError as error:
            self._settle(card.id)
            self._refused(card, verb, insist, error, override=override)
            return
        if said:
            self.say(said, tone=Tone.GOOD)
        self.set_timer(SETTLES_WITHIN, partial(self._settle, card.id))

    def _refused(
        self, card: Card, verb: Verb, insist: str, error: GenieError, *, override: bool
    ) -> None:
        """Say why; where a person may insist, ask."""
        if not (isinstance(error, Refused) and error.override) or override:
            self.say(explained(error), tone=Tone.BAD)
            return
        self.ask(
            f"#{card.seq} {card.title}",
            error.reasons,
            insist,
            lambda: self.run_worker(
                self._carry_out(card, verb, insist, override=True), group="write"
            ),
        )

    def _begin(self, task_id: str) -> None:
        self._under_way.add(task_id)
        self.pending(task_id, True)

    def _settle(self, task_id: str) -> None:
        if task_id in self._under_way:
            self._under_way.discard(task_id)
            self.pending(task_id, False)

    # Asking

    def ask(
        self, question: str, reasons: tuple[str, ...], go_on: str, do: Callable[[], object]
    ) -> None:
        """Have something confirmed; Cancel is the default."""
        from genie_tui.ui.widgets.confirm import Confirm

        key = self.workspace.keymap.shown("confirm.yes")
        confirm = Confirm(question, reasons, go_on=go_on, key=key, ascii=self.ascii)

        def answered(yes: bool | None) -> None:
            if yes:
                do()

        self.app.push_screen(confirm, answered)

    async def prompt(
        self,
        title: str,
        fields: tuple[Field, ...],
        draft: str,
        send: Callable[[Backend, Mapping[str, str]], Awaitable[None]],
    ) -> None:
        """Ask for texts; where sending fails, the prompt stays open with what was typed."""
        from genie_tui.ui.widgets.prompt import Prompt

        async def deliver(values: Mapping[str, str]) -> None:
            if self.workspace.backend is None:
                raise NoDatabase(AWAY)
            try:
                await send(self.workspace.backend, values)
            except NoDatabase as error:
                raise NoDatabase(explained(error)) from error

        await self.app.push_screen(
            Prompt(
                title,
                fields,
                send=deliver,
                keys=self.workspace.keyboard,
                drafts=self.workspace.drafts(draft),
                ascii=self.ascii,
            )
        )

    # The verbs

    def action_advance(self) -> None:
        """On to the next column, if the gate opens."""
        if card := self._card():
            self.workspace.moving.publish(card.id)
            self._write(
                card, lambda to, insist: to.advance(card.id, override=insist), insist="Advance"
            )

    def action_checkout(self) -> None:
        """Take the lock, or renew one's own."""
        if card := self._card():
            self._write(
                card, lambda to, insist: to.checkout(card.id, override=insist), insist="Take it"
            )

    def action_release(self) -> None:
        """Give the lock back."""
        if card := self._card():
            self._write(card, lambda to, _: to.release(card.id))

    def action_unlock(self) -> None:
        """Break a lock, after asking."""
        if (card := self._card()) is None:
            return
        if card.lock is None:
            self.say(f"nobody holds #{card.seq}; there is no lock to force")
            return
        reasons = (
            f"{card.lock.holder} holds it (run {card.lock.run_id}), and may be at work on it.",
            "The lock is taken away and the task is ready again; the log will say it was you.",
        )
        unlock = partial(self._write, card, lambda to, _: to.unlock(card.id))
        self.ask(f"Force the lock of #{card.seq} open?", reasons, "Unlock", unlock)

    def action_done(self) -> None:
        """Done; asks where children are open."""
        if card := self._card():
            self._write(card, lambda to, insist: to.done(card.id, override=insist), insist="Done")

    async def action_send_back(self) -> None:
        """Back a column, with a reason if one likes."""
        from genie_tui.ui.widgets.prompt import Field

        if (card := self._card()) is None:
            return

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            self.workspace.moving.publish(card.id)
            await self._sent(card, backend.send_back(card.id, values["reason"]))

        field = Field(name="reason", label="Reason", lines=6, hint="why, if you like")
        title = f"Send back #{card.seq} {card.title}"
        await self.prompt(title, (field,), f"back {card.id}", send)

    async def action_comment(self) -> None:
        """Say something about the task."""
        from genie_tui.ui.widgets.prompt import Field

        if (card := self._card()) is None:
            return

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            await self._sent(card, backend.comment(card.id, values["body"]))

        field = Field(name="body", label="The comment", lines=8, required=True)
        title = f"Comment on #{card.seq} {card.title}"
        await self.prompt(title, (field,), f"comment {card.id}", send)

    async def action_block(self) -> None:
        """Block, with a reason; or unblock."""
        from genie_tui.ui.widgets.prompt import Field

        if (card := self._card()) is None:
            return
        if card.status is Status.BLOCKED:
            self._write(card, lambda to, _: to.unblock(card.id))
            return

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            await self._sent(card, backend.block(card.id, values["reason"]))

        field = Field(
            name="reason", label="The reason", lines=6, required=True, hint="what is in the way"
        )
        title = f"Block #{card.seq} {card.title}"
        await self.prompt(title, (field,), f"block {card.id}", send)

    async def action_move(self) -> None:
        """To a column that is chosen from a list."""
        from genie_tui.ui.widgets.picker import Item, Picker

        if (card := self._card()) is None:
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
        self._write(card, move)

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

    async def _sent(self, card: Card, writing: Awaitable[None]) -> None:
        """Wait for a write that a prompt has sent; its refusal is shown there."""
        self._begin(card.id)
        try:
            await writing
        except (GenieError, asyncio.CancelledError):
            self._settle(card.id)
            raise
        self.set_timer(SETTLES_WITHIN, partial(self._settle, card.id))


def explained(error: GenieError) -> str:
    """What a failed write says: its own words, and what becomes of the change."""
    if isinstance(error, NoDatabase):
        return f"not written: {error}"
    return str(error)
