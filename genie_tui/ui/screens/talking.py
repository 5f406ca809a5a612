"""Writing to others: into a conversation, in answer to a message, or where nothing was said yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genie_tui.domain.inbox import Remark, Talk, TalkKind, Teammate
from genie_tui.domain.tasks import Card
from genie_tui.errors import GenieError
from genie_tui.ui.screens.writing import WritingPage
from genie_tui.ui.widgets.item import Item
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.prompt import Field

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["Ref", "TalkingPage"]

Ref = tuple[TalkKind, tuple[str, ...]]
"""Where something was said."""

Sending = Callable[["Backend", Mapping[str, str]], Awaitable[Ref]]

QUOTE_AT_MOST = 2000

APART = frozenset({TalkKind.MAIL, TalkKind.CHAT})
"""Talks that are no conversations: nothing in them answers anything, and no thread hangs on it."""

NEW = (
    ("direct", "Direct message to…", "a conversation of two"),
    ("mail", "Mail to…", "a letter that an agent's notifier hears of"),
    ("group", "Group…", "with a name, for several"),
    ("chat", "Team chat…", "to everybody in a team"),
)


class TalkingPage(WritingPage):
    """Writes into the talk that `shown` names, answers the remark that `pointed` names."""

    def shown(self) -> Talk | None:
        """The talk that is looked at."""
        raise NotImplementedError

    def pointed(self) -> Remark | None:
        """What was said, under the cursor."""
        raise NotImplementedError

    def said(self, ref: Ref) -> None:
        """Something was said there."""
        raise NotImplementedError

    def subject(self) -> Card | None:
        """No task is under the cursor here."""
        return None

    @property
    def project_id(self) -> str | None:
        """The project that is shown; None for all."""
        return self.workspace.place.project_id if self.workspace.place else None

    # Into what is looked at

    async def action_write(self) -> None:
        """Say something in the talk that is shown."""
        if self.writable() is None:
            return
        if (talk := self.shown()) is None:
            key = self.workspace.keymap.shown("messages.new")
            self.say(f"no conversation is shown; {key} begins one")
        elif talk.kind is TalkKind.MAIL and not talk.mine:
            keys = [self.workspace.keymap.shown(f"messages.{verb}") for verb in ("answer", "new")]
            self.say(
                f"these letters are between others; {keys[0]} answers the one under the cursor, "
                f"{keys[1]} writes to somebody"
            )
        else:
            field = Field(name="text", label="The message", lines=10, required=True)

            async def send(to: Backend, values: Mapping[str, str]) -> Ref:
                return await to.messages.say(self.project_id, talk, values["text"])

            await self._ask_for(f"Write to {talk.title[:200]}", (field,), talk.key, send)

    async def action_answer(self) -> None:
        """Answer what is under the cursor."""
        if (found := self._answerable()) is None:
            return
        talk, remark = found

        async def send(to: Backend, values: Mapping[str, str]) -> Ref:
            if talk.kind is TalkKind.MAIL:
                other = remark.to if remark.mine else remark.sender
                return await to.messages.letter(self.project_id, other, values["text"])
            answered = None if talk.kind is TalkKind.CHAT else remark.id
            return await to.messages.say(self.project_id, talk, values["text"], answered)

        await self._ask_to_answer("Answer", remark, f"{talk.key} {remark.id}", send)

    async def action_answer_apart(self) -> None:
        """Answer it in the thread that hangs on it, or is to."""
        if (found := self._answerable()) is None:
            return
        talk, remark = found
        if talk.kind in APART:
            key = self.workspace.keymap.shown("messages.answer")
            self.say(f"letters and team chat have no threads; {key} answers")
            return

        async def send(to: Backend, values: Mapping[str, str]) -> Ref:
            return await to.messages.answer_apart(talk, values["text"], remark.id)

        await self._ask_to_answer("In a thread, answer", remark, f"thread {remark.id}", send)

    def _answerable(self) -> tuple[Talk, Remark] | None:
        if self.writable() is None:
            return None
        talk, remark = self.shown(), self.pointed()
        if talk is None or remark is None:
            self.say("no message is under the cursor")
            return None
        return talk, remark

    async def _ask_to_answer(self, what: str, remark: Remark, draft: str, send: Sending) -> None:
        whom = "yourself" if remark.mine else remark.sender
        quote = remark.body[:QUOTE_AT_MOST]
        field = Field(name="text", label="The answer", lines=10, required=True, quote=quote)
        await self._ask_for(f"{what} {whom}", (field,), draft, send)

    async def _ask_for(
        self, title: str, fields: tuple[Field, ...], draft: str, send: Sending
    ) -> None:
        """A prompt, whose draft is kept for what it was begun for."""

        async def deliver(to: Backend, values: Mapping[str, str]) -> None:
            self.said(await send(to, values))

        await self.prompt(title, fields, f"talk {draft}", deliver)

    # Where nothing was said yet

    async def action_new(self) -> None:
        """Choose in what way, and then to whom."""
        if self.writable() is None:
            return
        items = [Item(id=id_, text=text, note=note) for id_, text, note in NEW]

        async def chosen(way: str | None) -> None:
            if way == "group":
                await self._ask_for_group()
            elif way is not None:
                self._offer_from(self._whom(way))

        await self._offer("New", items, "in what way", chosen)

    def _offer_from(self, listing: Coroutine[Any, Any, None]) -> None:
        """Read what there is to choose from; what is typed meanwhile narrows it down."""
        self.run_worker(self.workspace.keyboard.keep_during(listing), group="choose")

    async def _whom(self, way: str) -> None:
        if (backend := self.workspace.backend) is None:
            return
        desk = backend.messages
        try:
            known = await (desk.teams() if way == "chat" else desk.people())
        except GenieError as error:
            self.say(str(error), tone=Tone.BAD)
            return
        title, new = {
            "direct": ("Direct message to", "write to"),
            "mail": ("Mail to", "mail to"),
            "chat": ("Team chat of", "chat of"),
        }[way]

        async def chosen(name: str | None) -> None:
            if name is not None:
                await self._ask_for_first(way, f"{title} {name[:200]}", name)

        await self._offer(title, _items(known), "a name", chosen, new=new)

    async def _ask_for_first(self, way: str, title: str, name: str) -> None:
        field = Field(name="text", label="The message", lines=10, required=True)

        async def send(to: Backend, values: Mapping[str, str]) -> Ref:
            desk = to.messages
            if way == "direct":
                return await desk.direct(name, values["text"])
            if way == "mail":
                return await desk.letter(self.project_id, name, values["text"])
            return await desk.post(self.project_id, name, values["text"])

        await self._ask_for(title, (field,), f"{way} {name}", send)

    async def _ask_for_group(self) -> None:
        fields = (
            Field(name="name", label="Name", required=True),
            Field(name="members", label="Who is in it", hint="names, between commas"),
            Field(name="text", label="The first message", lines=8),
        )

        async def send(to: Backend, values: Mapping[str, str]) -> Ref:
            return await to.messages.group(values["name"], values["members"], values["text"])

        await self._ask_for("New group", fields, "group", send)

    async def _offer(
        self,
        title: str,
        items: Sequence[Item],
        hint: str,
        chosen: Callable[[str | None], Awaitable[None]],
        *,
        new: str = "",
    ) -> None:
        from genie_tui.ui.widgets.picker import Picker

        picker = Picker(title, items, hint=hint, new=new, ascii=self.ascii)
        await self.app.push_screen(picker, chosen)


def _items(known: Sequence[Teammate]) -> list[Item]:
    return [Item(id=each.name, text=each.name[:200], note=each.note) for each in known]
