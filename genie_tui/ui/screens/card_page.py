"""The verbs of a task, on every screen that has one under its cursor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from genie_tui.domain.tasks import Status
from genie_tui.errors import GenieError
from genie_tui.ui.keys.everywhere import TASK
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.screens.editing import EditingPage
from genie_tui.ui.screens.writing import explained
from genie_tui.ui.widgets.notice import Tone

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend
    from genie_tui.ui.widgets.prompt import Field

__all__ = ["CardPage"]


COMMENT = "The comment"

One = Callable[["Backend", str, str], Awaitable[None]]
All = Callable[["Backend", frozenset[str], str], Awaitable[None]]
"""Do something with a text to one task, or to many."""


class CardPage(EditingPage):
    """Every key that acts on a task acts on the one that `subject` names."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(TASK)

    # The verbs

    def action_advance(self) -> None:
        """On to the next column, if the gate opens."""
        if self.chosen():
            self.many("Advance", lambda to, ids, insist: to.many.advance(ids, override=insist))
        elif card := self.target():
            self.workspace.moving.publish(card.id)
            self.write(
                card, lambda to, insist: to.advance(card.id, override=insist), insist="Advance"
            )

    def action_checkout(self) -> None:
        """Take the lock, or renew one's own."""
        if self.chosen():
            self.many("Check out", lambda to, ids, insist: to.many.checkout(ids, override=insist))
        elif card := self.target():
            self.write(
                card, lambda to, insist: to.checkout(card.id, override=insist), insist="Take it"
            )

    def action_release(self) -> None:
        """Give the lock back."""
        if self.chosen():
            self.many("Release", lambda to, ids, _: to.many.release(ids))
        elif card := self.target():
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
        if self.chosen():
            self.many("Done with", lambda to, ids, insist: to.many.done(ids, override=insist))
        elif card := self.target():
            self.write(card, lambda to, insist: to.done(card.id, override=insist), insist="Done")

    async def action_send_back(self) -> None:
        """Back a column, with a reason if one likes."""
        from genie_tui.ui.widgets.prompt import Field

        async def one(to: Backend, task_id: str, reason: str) -> None:
            self.workspace.moving.publish(task_id)
            await to.send_back(task_id, reason)

        field = Field(name="text", label="Reason", lines=6, hint="why, if you like")
        many = lambda to, ids, reason: to.many.send_back(ids, reason)  # noqa: E731
        await self._write_text("Send back", field, one, many)

    async def action_comment(self) -> None:
        """Say something about the task."""
        from genie_tui.ui.widgets.prompt import Field

        field = Field(name="text", label=COMMENT, lines=8, required=True)
        await self._write_text("Comment on", field, lambda to, id_, body: to.comment(id_, body))

    async def action_block(self) -> None:
        """Block, with a reason; or unblock."""
        from genie_tui.ui.widgets.prompt import Field

        card = None if self.chosen() else self.subject()
        if card is not None and card.status is Status.BLOCKED:
            if self.target() is not None:
                self.write(card, lambda to, _: to.unblock(card.id))
            return
        field = Field(
            name="text", label="The reason", lines=6, required=True, hint="what is in the way"
        )
        await self._write_text(
            "Block",
            field,
            lambda to, id_, reason: to.block(id_, reason),
            lambda to, ids, reason: to.many.block(ids, reason),
        )

    async def _write_text(self, what: str, field: Field, one: One, many: All | None = None) -> None:
        """Ask for a text, and do something with it to the task, or to all that are marked."""
        chosen = self.chosen() if many is not None else frozenset()
        card = None if chosen else self.target()
        if card is None and (not chosen or self.writable() is None):
            return

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            if card is not None:
                writing = one(backend, card.id, values["text"])
                # A comment cannot be taken back; all else that is written so can.
                await self.sent(card, writing, undone=field.label != COMMENT)
            elif many is not None:
                await many(backend, chosen, values["text"])
                self.forget_chosen()

        of = f"{len(chosen)} marked" if card is None else f"#{card.seq} {card.title}"
        draft = f"{what} {'many' if card is None else card.id}"
        await self.prompt(f"{what} {of}", (field,), draft, send)

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
