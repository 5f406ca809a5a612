"""Writing from a screen: one change at a time to a task, asked about where need be."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from genie_tui.domain.changes import Change, LinkState
from genie_tui.domain.repeating import repeated
from genie_tui.domain.tasks import Card
from genie_tui.errors import GenieError, NoDatabase, Refused
from genie_tui.ui.screens.page import Page
from genie_tui.ui.widgets.notice import Tone

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend
    from genie_tui.ui.widgets.prompt import Field

__all__ = ["Many", "Verb", "WritingPage", "explained"]

AWAY = "the database is away just now; nothing was written, try again when it is live"
SETTLES_WITHIN = 3.0
"""Seconds in which a change that was committed comes back through the feed."""

Verb = Callable[["Backend", bool], Awaitable[str]]
"""Does something; the flag is whether to insist. Gives a sentence where there is more to say."""


Many = Callable[["Backend", frozenset[str], bool], Awaitable[None]]
"""Does something to many tasks, all or none; the flag is whether to insist."""


class WritingPage(Page):
    """Writes to the task that `subject` names; what comes of it the feed brings."""

    _under_way: set[str]

    def subject(self) -> Card | None:
        """The task that keys act on."""
        raise NotImplementedError

    def pending(self, task_id: str, on: bool) -> None:
        """A write is under way, or no longer."""

    def on_mount(self) -> None:
        """Nothing is under way."""
        self._under_way = set()
        self._rows_told: frozenset[int] = frozenset()
        self.workspace.changes.subscribe(self, self._arrived, immediate=True)

    def _arrived(self, change: Change) -> None:
        """What comes back through the feed is no longer pending."""
        for task_id in self._under_way & ({card.id for card in change.cards} | change.gone):
            self._settle(task_id)

    # Writing

    def writable(self) -> Backend | None:
        """The backend; where nothing can be written, that is said, and None given."""
        if why := self.workspace.only_reads:
            self.say(why, tone=Tone.BAD)
        elif self.workspace.backend is None:
            self.say(AWAY, tone=Tone.BAD)
        else:
            return self.workspace.backend
        return None

    def target(self) -> Card | None:
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

    def write(self, card: Card, verb: Verb, *, insist: str = "Go on") -> None:
        self.run_worker(self._carry_out(card, verb, insist, override=False), group="write")

    async def _carry_out(self, card: Card, verb: Verb, insist: str, *, override: bool) -> None:
        backend = self.workspace.backend
        if backend is None:
            return
        self._begin(card.id)
        try:
            said = await repeated(partial(verb, backend, override))
        except GenieError as error:
            self._settle(card.id)
            self._refused(card, verb, insist, error, override=override)
            return
        self._settle_soon(frozenset({card.id}))
        if said:
            self.say(said, tone=Tone.GOOD)
        else:
            await self.tell_done(frozenset({card.id}))

    async def tell_done(self, ids: frozenset[str]) -> None:
        """Say what was done to these tasks, where it can be taken back, and by which key."""
        if (backend := self.workspace.backend) is None:
            return
        with contextlib.suppress(GenieError):
            # It was written; only the sentence about it is missing then.
            change = await backend.last_change()
            told, self._rows_told = self._rows_told, change.rows if change else frozenset()
            if change and frozenset(change.task_ids) <= ids and change.rows != told:
                key = self.workspace.keymap.shown("task.undo")
                self.say(f"{change.done}  ({key} takes it back)", tone=Tone.GOOD)

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

    # Many at once

    def chosen(self) -> frozenset[str]:
        """The ids of the tasks that are marked; keys act on these where there are any."""
        return frozenset()

    def forget_chosen(self) -> None:
        """They have been acted on."""

    def many(self, what: str, verb: Many) -> None:
        """Do something to all marked tasks, after asking where there are several."""
        ids = self.chosen()
        if self.writable() is None:
            return

        def go() -> None:
            self.run_worker(self._carry_out_many(ids, what, verb, override=False), group="write")

        if len(ids) == 1:
            go()
            return
        reasons = ("All of them are changed, or none; u takes it back.",)
        self.ask(f"{what} {len(ids)} tasks?", reasons, what, go)

    async def _carry_out_many(
        self, ids: frozenset[str], what: str, verb: Many, *, override: bool
    ) -> None:
        if (backend := self.workspace.backend) is None:
            return
        for id_ in ids:
            self._begin(id_)
        try:
            await repeated(partial(verb, backend, ids, override))
        except GenieError as error:
            self._settle_all(ids)
            if not (isinstance(error, Refused) and error.override) or override:
                self.say(*explained(error).splitlines(), tone=Tone.BAD)
                return
            again = partial(self._carry_out_many, ids, what, verb, override=True)
            question = f"{what} {len(ids)} tasks all the same?"
            self.ask(question, error.reasons, what, lambda: self.run_worker(again()))
            return
        self.forget_chosen()
        self._settle_soon(ids)
        await self.tell_done(ids)

    def _settle_soon(self, ids: frozenset[str]) -> None:
        """Once the feed brings it; where nothing is heard yet, what is read anew has it."""
        if self.workspace.link is LinkState.LIVE:
            self.set_timer(SETTLES_WITHIN, partial(self._settle_all, ids))
        else:
            self._settle_all(ids)

    def _settle_all(self, ids: frozenset[str]) -> None:
        for id_ in ids:
            self._settle(id_)

    def _write_outside(self, text: str) -> str:
        """The text as it comes out of $EDITOR, for which the terminal is given up meanwhile."""
        from textual.app import SuspendNotSupported

        backend = self.workspace.backend
        if backend is None:
            raise NoDatabase(AWAY)
        try:
            with self.app.suspend():
                return backend.fields.rewrite(text)
        except SuspendNotSupported as error:
            raise Refused("this terminal cannot be given to an editor; write it here") from error

    # Asking

    def ask(
        self, question: str, reasons: tuple[str, ...], go_on: str, do: Callable[[], object]
    ) -> None:
        """Have something confirmed; Cancel is the default."""
        from genie_tui.ui.widgets.confirm import Confirm

        key = self.workspace.keymap.shown("confirm.yes")
        confirm = Confirm(question, reasons, go_on=go_on, key=key)

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
        then: Callable[[bool | None], None] | None = None,
    ) -> None:
        """Ask for texts; where sending fails, the prompt stays open with what was typed.

        `then` is called when it is closed, with whether it was sent.
        """
        from genie_tui.ui.widgets.prompt import Prompt

        async def deliver(values: Mapping[str, str]) -> None:
            if self.workspace.backend is None:
                raise NoDatabase(AWAY)
            try:
                await repeated(partial(send, self.workspace.backend, values))
            except NoDatabase as error:
                raise NoDatabase(explained(error)) from error

        await self.app.push_screen(
            Prompt(
                title,
                fields,
                send=deliver,
                keys=self.workspace.keyboard,
                drafts=self.workspace.drafts.of(draft, title),
                editor=self._write_outside,
            ),
            then,
        )

    def decide(self, verdict: Callable[[Backend], Awaitable[str]]) -> None:
        """Write what is no change to a task: of a run, a letter."""
        if self.writable() is not None:
            self.run_worker(self._decided(verdict), group="write")

    async def _decided(self, verdict: Callable[[Backend], Awaitable[str]]) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            said = await repeated(partial(verdict, backend))
        except GenieError as error:
            self.say(explained(error), tone=Tone.BAD)
        else:
            self.workspace.decided.publish(None)
            if said:
                self.say(said, tone=Tone.GOOD)

    async def sent(self, card: Card, writing: Awaitable[None], *, undone: bool = True) -> None:
        """Wait for a write that a prompt has sent; its refusal is shown there.

        Where what was written can be `undone`, that is told.
        """
        self._begin(card.id)
        try:
            await writing
        except (GenieError, asyncio.CancelledError):
            self._settle(card.id)
            raise
        self.set_timer(SETTLES_WITHIN, partial(self._settle, card.id))
        if undone:
            self.run_worker(self.tell_done(frozenset({card.id})), group="told")


def explained(error: GenieError) -> str:
    """What a failed write says: its own words, and what becomes of the change."""
    if isinstance(error, NoDatabase):
        return f"not written: {error}"
    return str(error)
