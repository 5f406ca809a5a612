"""What a task's own screen asks: section by section, as each is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.changes import Event
from genie_tui.domain.criteria import Criterion
from genie_tui.domain.dependencies import Dependency
from genie_tui.domain.graph import Graph
from genie_tui.domain.task_parts import (
    Family,
    Person,
    Session,
    Story,
    Tagging,
    Transcript,
    Value,
)
from genie_tui.domain.tasks import Card, DepType, Task
from genie_tui.domain.threads import Talk
from genie_tui.services import (
    boards,
    dependencies,
    graph,
    messages,
    task_company,
    task_criteria,
    task_links,
    task_raw,
    task_story,
    task_threads,
    task_transcripts,
    tasks,
)
from genie_tui.services.finding import FoundTask
from genie_tui.services.finding import tasks as find_tasks
from genie_tui.ui.backend.transactions import Transaction

__all__ = ["Overview", "TaskDesk"]

NEAR_AT_MOST = 300
"""Tasks before and behind one that are read."""

LETTERS_AT_MOST = 100_000
"""Of a text that somebody wants to see whole; what is longer is no reading matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A task, and what the first section tells beside it."""

    task: Task
    board: Board
    people: tuple[Person, ...]
    tags: tuple[Tagging, ...]
    family: Family
    talk: Talk
    story: Story


class TaskDesk:
    """Reads one task for one person, and writes what belongs to it."""

    def __init__(self, transaction: Transaction, me: Actor) -> None:
        self._transaction = transaction
        self._me = me

    # Reads

    async def overview(self, task_id: str, *, comments: int = 30) -> Overview:
        """The task itself, who has to do with it, its newest comments, and how it went."""
        async with self._transaction() as conn:
            found = await tasks.get_task(conn, task_id)
            return Overview(
                task=found,
                board=await boards.find_board(conn, found.board_id or f"type:{found.type_id}"),
                people=await task_company.people(conn, task_id),
                tags=await task_company.taggings(conn, task_id),
                family=await task_company.family(conn, task_id),
                talk=await task_threads.talk(conn, task_id, limit=comments),
                story=await task_story.story(conn, task_id, limit=20),
            )

    async def task(self, task_id: str) -> tuple[Task, Board]:
        """The task, and the board on which it stands."""
        async with self._transaction() as conn:
            found = await tasks.get_task(conn, task_id)
            board = await boards.find_board(conn, found.board_id or f"type:{found.type_id}")
            return found, board

    async def talk(self, task_id: str, limit: int) -> Talk:
        """Its comments and the threads on them."""
        async with self._transaction() as conn:
            return await task_threads.talk(conn, task_id, limit=limit)

    async def comment(self, message_id: int, *, whole: bool = False) -> str:
        """What a comment says, as far as anybody reads; or all of it."""
        letters = None if whole else LETTERS_AT_MOST
        async with self._transaction() as conn:
            return await task_threads.body_of(conn, message_id, letters=letters)

    async def links(self, task_id: str) -> tuple[Graph, tuple[Dependency, ...], Family]:
        """What it waits for and what waits for it, the rows that say so, and its family."""
        async with self._transaction() as conn:
            around = await graph.around(conn, task_id, limit=NEAR_AT_MOST)
            rows = await task_links.beside(conn, tuple(around.cards))
            return around, rows, await task_company.family(conn, task_id)

    async def neighbours(self, task_id: str) -> tuple[Card, ...]:
        """Tasks of its board, which could be linked to it."""
        async with self._transaction() as conn:
            return await task_links.neighbours(conn, task_id)

    async def find(self, text: str, project_id: str | None) -> tuple[FoundTask, ...]:
        """Tasks of its project, else of any, by number or words."""
        async with self._transaction() as conn:
            own = await find_tasks(conn, text, project_id=project_id) if project_id else ()
            return own or await find_tasks(conn, text)

    async def story(self, task_id: str) -> Story:
        """The stages that it went through."""
        async with self._transaction() as conn:
            return await task_story.story(conn, task_id)

    async def events(
        self, task_id: str, before: int | None = None
    ) -> tuple[tuple[Event, ...], int | None]:
        """What the audit log tells of it, newest first, and before which id there is more."""
        async with self._transaction() as conn:
            return await task_story.events(conn, task_id, before=before)

    async def sessions(self, task_id: str) -> tuple[Session, ...]:
        """The sessions in which agents worked on it, newest first."""
        async with self._transaction() as conn:
            return await task_transcripts.sessions(conn, task_id)

    async def turns_before(self, session_id: str, turn: int | None) -> Transcript:
        """The turns before one, or the last ones."""
        async with self._transaction() as conn:
            return await task_transcripts.before(conn, session_id, turn)

    async def turns_after(self, session_id: str, turn: int | None) -> Transcript:
        """The turns after one, or the first ones."""
        async with self._transaction() as conn:
            return await task_transcripts.after(conn, session_id, turn)

    async def turn(self, session_id: str, turn: int) -> str:
        """What was said in a turn, as far as anybody reads."""
        async with self._transaction() as conn:
            return await task_transcripts.text_of(conn, session_id, turn, letters=LETTERS_AT_MOST)

    async def raw(self, task_id: str) -> tuple[Value, ...]:
        """Every column of its row."""
        async with self._transaction() as conn:
            return await task_raw.values(conn, task_id)

    # Verbs

    async def reply(self, task_id: str, message_id: int, body: str) -> None:
        """Answer a comment where it stands."""
        async with self._transaction() as conn:
            await task_threads.reply(conn, task_id, message_id, body, self._me)

    async def rewrite(self, message_id: int, body: str) -> None:
        """Write one's own comment anew."""
        async with self._transaction() as conn:
            await messages.edit_message(conn, message_id, body, self._me)

    async def unsay(self, message_id: int) -> None:
        """Delete one's own comment."""
        async with self._transaction() as conn:
            await messages.delete_message(conn, message_id, self._me)

    async def link(self, task_id: str, other_id: str, type_: DepType) -> bool:
        """Say that a task waits for another, holds it up, or is related; False if it was said."""
        async with self._transaction() as conn:
            return await dependencies.add_dependency(conn, task_id, other_id, type_, actor=self._me)

    async def unlink(self, row: Dependency) -> bool:
        """Take that back; False where it was gone."""
        async with self._transaction() as conn:
            return await dependencies.remove_dependency(
                conn, row.task_id, row.depends_on_id, actor=self._me
            )

    async def tick(self, task_id: str, criterion: Criterion, *, done: bool) -> None:
        """Say of a criterion that it is met, or not."""
        async with self._transaction() as conn:
            await task_criteria.tick(conn, task_id, criterion, self._me, done=done)
