"""Comments on a task: read as threads, answered in place, written anew or taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from genie_tui.domain.changes import Change, EventKind
from genie_tui.domain.tasks import Task
from genie_tui.domain.threads import Comment, Talk
from genie_tui.errors import GenieError
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.task import COMMENTS
from genie_tui.ui.screens.task_section import TaskFrame, TaskSection
from genie_tui.ui.screens.writing import explained
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.task_comments import TaskComments

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["CommentsSection", "TalkingSection"]

PAGE = 200
"""Comments that are read at once; the newest ones, and more as one goes up."""


class TalkingSection(TaskSection):
    """A section that shows comments; keys act on the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMENTS)

    def __init__(self, page: TaskFrame, comments: TaskComments) -> None:
        super().__init__(page)
        self.comments = comments
        self._whole: dict[int, str] = {}
        self._talk = Talk()

    def hear(self, talk: Talk) -> None:
        """What was said by now."""
        self._talk = talk
        self.comments.tell(talk, self._whole)

    def forget(self) -> None:
        """Another task's were said."""
        self._whole.clear()
        self._talk = Talk()
        self.comments.forget()

    def concerned(self, change: Change) -> bool:
        """What is said in a thread is not known to be about the task."""
        said = (event.kind is EventKind.MESSAGE for event in change.events)
        return change.reread or any(said)

    @property
    def speaks(self) -> bool:
        """Are the comments to be seen?"""
        return True

    @property
    def _comment(self) -> Comment | None:
        """The one under the cursor; where there is none, that is said."""
        if not self.speaks:
            self.page.show_section(1)
            return None
        if (comment := self.comments.comment) is None:
            self.page.say("nobody has said anything yet; c says something")
        return comment

    @property
    def _own(self) -> Comment | None:
        """The one under the cursor, where whoever looks wrote it and can write."""
        comment = self._comment
        if comment is None or self.page.writable() is None:
            return None
        if not self.comments.is_mine(comment):
            self.page.say("that is somebody else's; only who wrote it can change it")
            return None
        return comment

    # Keys

    def action_fold(self) -> None:
        """Show all of a long comment, or its beginning alone."""
        if (comment := self._comment) is None:
            return
        if comment.id in self._whole:
            del self._whole[comment.id]
            self.hear(self._talk)
        elif comment.letters <= len(comment.body):
            self._whole[comment.id] = comment.body
            self.hear(self._talk)
        else:
            self.page.run_worker(self._unfold(comment.id), group="unfold")

    async def _unfold(self, message_id: int) -> None:
        if (backend := self.page.workspace.backend) is None:
            return
        try:
            self._whole[message_id] = await backend.task.comment(message_id)
        except GenieError as error:
            self.page.say(str(error), tone=Tone.BAD)
        else:
            self.hear(self._talk)

    async def action_reply(self) -> None:
        """Answer the comment under the cursor, where it stands."""
        from genie_tui.ui.widgets.prompt import Field

        comment, card = self._comment, self.page.target()
        if comment is None or card is None:
            return

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            writing = backend.task.reply(card.id, comment.id, values["text"])
            await self.page.sent(card, writing, undone=False)
            self.page.reread()

        field = Field(name="text", label="The reply", lines=8, required=True, quote=comment.body)
        title = f"Reply to {comment.sender_id} on #{card.seq}"
        await self.page.prompt(title, (field,), f"reply {comment.id}", send)

    def action_rewrite(self) -> None:
        """Write one's own comment anew."""
        if (comment := self._own) is not None and (backend := self.page.workspace.backend):
            reading = self._rewrite(backend, comment)
            self.page.run_worker(self.page.workspace.keyboard.keep_during(reading), group="editing")

    async def _rewrite(self, backend: Backend, comment: Comment) -> None:
        from genie_tui.ui.widgets.prompt import Field

        try:
            body = await backend.task.comment(comment.id, whole=True)
        except GenieError as error:
            self.page.say(explained(error), tone=Tone.BAD)
            return

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            await to.task.rewrite(comment.id, values["text"])
            self._whole.pop(comment.id, None)
            self.page.reread()

        field = Field(name="text", label="The comment", value=body, lines=10, required=True)
        await self.page.prompt("Your comment", (field,), f"comment {comment.id}", send)

    def action_unsay(self) -> None:
        """Delete one's own comment, after asking."""
        if (comment := self._own) is None:
            return

        async def unsay(to: Backend) -> str:
            await to.task.unsay(comment.id)
            self.page.reread()
            return "deleted"

        first = next(iter(comment.body.splitlines()), "")[:200]
        reasons = (f"{first}", "Answers to it stay. This cannot be taken back.")
        self.page.ask("Delete your comment?", reasons, "Delete", lambda: self.page.decide(unsay))


class CommentsSection(TalkingSection):
    """All of them, as far as one goes up."""

    TITLE = "Comments"
    HINTS = ("comments.reply", "task.comment", "comments.fold", "comments.edit")
    AGAIN = 10.0

    def __init__(self, page: TaskFrame) -> None:
        super().__init__(page, TaskComments(page.workspace.me, ascii=page.ascii))
        self._limit = PAGE

    def compose(self) -> ComposeResult:
        """The list alone."""
        yield self.comments

    @property
    def panel(self) -> TaskComments:
        """The list."""
        return self.comments

    def forget(self) -> None:
        """Another task's were said."""
        super().forget()
        self._limit = PAGE

    async def read(self, backend: Backend, found: Task) -> None:
        """The newest comments, and the threads on them."""
        talk = await backend.task.talk(found.id, self._limit)
        if self.page.looks_at(found.id):
            self.hear(talk)

    @on(TaskComments.Reached)
    def _reached(self, event: TaskComments.Reached) -> None:
        event.stop()
        own = len(self._talk.comments)
        if not event.end and self._talk.earlier and own >= self._limit:
            self._limit += PAGE
            self.page.reread()
