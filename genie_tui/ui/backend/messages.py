"""What the screen of messages asks, and what is written there."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor, acting
from genie_tui.domain.inbox import Inbox, Remark, Search, Talk, TalkKind, Teammate
from genie_tui.services import (
    chat,
    groups,
    inbox,
    inbox_marks,
    inbox_reading,
    inbox_search,
    mail,
    messages,
    projects,
)
from genie_tui.services.whereabouts import repository
from genie_tui.ui.backend.transactions import Transaction

__all__ = ["MessagesDesk"]

Ref = tuple[TalkKind, tuple[str, ...]]


class MessagesDesk:
    """The talks of one person, in the project that is shown or in all."""

    def __init__(self, transaction: Transaction, me: Actor) -> None:
        self._transaction = transaction
        self._me = me

    # Reads

    async def unread(self, project_id: str | None) -> int:
        """How much there is to read."""
        async with self._transaction() as conn:
            return await inbox.unread(conn, self._me, project_id=project_id)

    async def talks(self, project_id: str | None, limit: int) -> Inbox:
        """Those in which anything happened last."""
        async with self._transaction() as conn:
            return await inbox.talks(conn, self._me, project_id=project_id, limit=limit)

    async def talks_of(
        self,
        project_id: str | None,
        refs: Sequence[Ref] = (),
        messages: Sequence[int] = (),
        letters: Sequence[str] = (),
    ) -> tuple[Talk, ...]:
        """These, or where these messages and letters are, as they are now."""
        async with self._transaction() as conn:
            return await inbox.talks_of(
                conn,
                self._me,
                project_id=project_id,
                refs=refs,
                messages=messages,
                letters=letters,
            )

    async def chats(self, project_id: str | None) -> tuple[Talk, ...]:
        """What is said in teams, of which nothing tells by itself."""
        async with self._transaction() as conn:
            return await inbox.chats(conn, self._me, project_id=project_id)

    async def remarks(
        self,
        project_id: str | None,
        talk: Talk,
        *,
        before: Remark | None = None,
        after: Remark | None = None,
        limit: int = 50,
    ) -> tuple[Remark, ...]:
        """A page of what was said."""
        async with self._transaction() as conn:
            return await inbox_reading.remarks(
                conn,
                self._me,
                talk.kind,
                talk.ref,
                project_id=project_id,
                before=before,
                after=after,
                limit=limit,
            )

    async def around(
        self, project_id: str | None, talk: Talk, remark_id: str
    ) -> tuple[tuple[Remark, ...], tuple[Remark, ...]]:
        """What was said before a remark, and from it on."""
        async with self._transaction() as conn:
            return await inbox_reading.around(
                conn, self._me, talk.kind, talk.ref, remark_id, project_id=project_id
            )

    async def whole(self, talk: Talk, remark_id: str) -> str:
        """What was said in full."""
        async with self._transaction() as conn:
            return await inbox_reading.whole(conn, talk.kind, remark_id)

    async def search(self, project_id: str | None, text: str) -> Search:
        """Where words were said."""
        async with self._transaction() as conn:
            return await inbox_search.search(conn, self._me, text, project_id=project_id)

    async def people(self) -> tuple[Teammate, ...]:
        """Whom to write to."""
        async with self._transaction() as conn:
            return await inbox.people(conn, self._me)

    async def teams(self) -> tuple[Teammate, ...]:
        """In whose chat to write."""
        async with self._transaction() as conn:
            return await inbox.teams(conn)

    # Marks

    async def mark_read(self, talk: Talk, upto: str) -> None:
        """Everything up to a remark is read."""
        async with self._transaction() as conn:
            await inbox_marks.mark_read(conn, self._me, talk.kind, talk.ref, upto)

    async def mark_unread(self, talk: Talk, first: str) -> None:
        """Everything from a remark on is unread."""
        async with self._transaction() as conn:
            await inbox_marks.mark_unread(conn, self._me, talk.kind, talk.ref, first)

    async def mark_all_read(self, project_id: str | None) -> int:
        """Everything is read; how much that was."""
        async with self._transaction() as conn:
            return await inbox_marks.mark_all_read(conn, self._me, project_id=project_id)

    # Writes; each gives where it was said

    async def say(
        self, project_id: str | None, talk: Talk, body: str, answered: str | None = None
    ) -> Ref:
        """Say something in a talk, in answer to a remark if one is named."""
        if talk.kind is TalkKind.MAIL:
            one, other = talk.ref
            return await self.letter(project_id, other if one == self._me.id else one, body)
        async with self._transaction() as conn:
            if talk.kind is TalkKind.CHAT:
                team, repo = talk.ref
                await chat.post(conn, team, body, self._me, repo_path=repo)
            else:
                to = int(answered) if answered else None
                await messages.post(conn, talk.ref[0], body, self._me, reply_to=to)
        return talk.kind, talk.ref

    async def answer_apart(self, talk: Talk, body: str, answered: str) -> Ref:
        """Answer a message in the thread on it."""
        async with self._transaction() as conn:
            thread = await messages.thread_of(conn, int(answered), self._me, within=talk.ref[0])
            await messages.post(conn, thread, body, self._me)
        return TalkKind.THREAD, (thread,)

    async def letter(self, project_id: str | None, to: str, body: str) -> Ref:
        """Write to an agent or a person."""
        async with self._transaction() as conn:
            repo = await self._repository(conn, project_id)
            letter = await mail.send(conn, to, body, self._me, repo_path=repo)
        one, other = sorted((letter["from_worker"], letter["to_worker"]))
        return TalkKind.MAIL, (one, other)

    async def direct(self, to: str, body: str) -> Ref:
        """Write to somebody directly."""
        other = acting(name=to, agent_name=None, login="", host="")
        async with self._transaction() as conn:
            made = await groups.direct(conn, other, self._me)
            await messages.post(conn, made, body, self._me)
        return TalkKind.DIRECT, (made,)

    async def group(self, name: str, members: str, body: str) -> Ref:
        """Make a group of some, named between commas or blanks, and say something there."""
        named = dict.fromkeys(members.replace(",", " ").split())
        others = [acting(name=who, agent_name=None, login="", host="") for who in named]
        async with self._transaction() as conn:
            made = await groups.create_group(conn, name, others, self._me)
            if body.strip():
                await messages.post(conn, made, body, self._me)
        return TalkKind.GROUP, (made,)

    async def post(self, project_id: str | None, team: str, body: str) -> Ref:
        """Say something in a team's chat."""
        async with self._transaction() as conn:
            repo = await self._repository(conn, project_id)
            said = await chat.post(conn, team, body, self._me, repo_path=repo)
        return TalkKind.CHAT, (said["team"], said["repo_path"])

    async def _repository(self, conn: AsyncConnection, project_id: str | None) -> str:
        if project_id is not None:
            project = await projects.get_project(conn, project_id)
            if project.repo_path is not None:
                return project.repo_path
        return repository()
