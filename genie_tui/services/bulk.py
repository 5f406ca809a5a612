"""Acting on many tasks at once: on all of them, or on none, with each refusal's reason.

The rows are held in the order of their ids before the first is changed, so that two who act on
many wait for each other instead of locking each other out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.rows import class_row

from genie_tui.errors import BadInput, GenieError, Refused

__all__ = ["HOLD_BOARDS", "Seen", "act", "changed_since", "hold_all", "names", "see", "together"]

T = TypeVar("T")
Progress = Callable[[str], None]

EVERY = 100
"""So many tasks are done between two words of progress."""

# The board first, as whoever changes its columns does. An update later finds what it needs held.
HOLD_BOARDS = """
    SELECT b.id
      FROM boards b
     WHERE b.id IN (SELECT t.board_id FROM tasks t WHERE t.id = ANY(%(ids)s))
     ORDER BY b.id
       FOR KEY SHARE
"""

HOLD_ALL = """
    SELECT t.id
      FROM tasks t
     WHERE t.id = ANY(%(ids)s)
     ORDER BY t.id
       FOR NO KEY UPDATE
"""

SEE = """
    SELECT t.id, t.seq, coalesce(p.name, t.repo_path) AS project, t.title, t.stage, t.status,
           t.priority, t.checkout_run_id
      FROM unnest(%(ids)s::text[]) WITH ORDINALITY AS wanted (id, place)
      JOIN tasks t ON t.id = wanted.id
      LEFT JOIN projects p ON p.id = t.project_id
     ORDER BY wanted.place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A task as it was seen by one who then decided to act on it."""

    id: str
    seq: int
    project: str
    title: str
    stage: str
    status: str
    priority: str
    checkout_run_id: str | None


async def see(conn: AsyncConnection, ids: Sequence[str]) -> tuple[Seen, ...]:
    """The tasks of these ids, in this order; what does not exist is left out."""
    async with conn.cursor(row_factory=class_row(Seen)) as cursor:
        await cursor.execute(SEE, {"ids": list(ids)})
        return tuple(await cursor.fetchall())


async def hold_all(conn: AsyncConnection, ids: Sequence[str]) -> tuple[Seen, ...]:
    """Keep others from writing these tasks until the transaction ends; as they are now.

    What does not exist any more is left out.
    """
    params = {"ids": list(ids)}
    await conn.execute(HOLD_BOARDS, params)
    await conn.execute(HOLD_ALL, params)
    return await see(conn, ids)


def changed_since(
    before: Sequence[Seen], now: Sequence[Seen], still: Collection[str] | None = None
) -> tuple[str, ...]:
    """What is not as it was seen, a line each; `still` are the ids that match by now."""
    present = {task.id: task for task in now}
    lines = []
    for task in before:
        if task.id not in present:
            lines.append(f"#{task.seq} is gone")
        elif still is not None and task.id not in still:
            lines.append(f"#{task.seq} does not match any more")
        elif differing := _differing(task, present[task.id]):
            lines.append(f"#{task.seq} was changed ({', '.join(differing)})")
    return tuple(lines)


def _differing(before: Seen, now: Seen) -> list[str]:
    facts = {
        "title": "title",
        "stage": "stage",
        "status": "status",
        "priority": "priority",
        "checkout_run_id": "lock",
    }
    return [word for name, word in facts.items() if getattr(before, name) != getattr(now, name)]


def names(tasks: Sequence[Seen]) -> dict[str, str]:
    """What each is called: `#12`, or `acme#12` where they are of more than one project."""
    many = len({task.project for task in tasks}) > 1
    return {task.id: f"{task.project if many else ''}#{task.seq}" for task in tasks}


async def act(
    conn: AsyncConnection,
    tasks: Sequence[Seen],
    verb: Callable[[Seen], Awaitable[T]],
    *,
    progress: Progress = lambda _: None,
) -> tuple[T, ...]:
    """Do something to each of these tasks, which the caller holds; what came of each, in order.

    A task that is refused because of another of them (a parent that cannot be done before its
    children) is tried again after that one. `verb` may be asked more than once.

    Raises:
        GenieError: some refuse: the error of the one where there is one task, else all together.
            The transaction is as it was before.
    """
    if len(tasks) == 1:
        return (await verb(tasks[0]),)
    try:
        return await _swiftly(conn, tasks, verb, progress)
    except (GenieError, psycopg.Error) as error:
        if isinstance(error, BadInput) or _is_over(error):
            raise
    async with conn.transaction():
        return await _carefully(conn, tasks, verb, progress)


def _is_over(error: Exception) -> bool:
    """Does it end the transaction (a deadlock, a server that is gone), so that none can go on?"""
    aborted = isinstance(error, errors.PipelineAborted)
    return isinstance(error, psycopg.OperationalError) and not aborted


async def _swiftly(
    conn: AsyncConnection,
    tasks: Sequence[Seen],
    verb: Callable[[Seen], Awaitable[T]],
    progress: Progress,
) -> tuple[T, ...]:
    """All at one go, not waiting for what a statement without rows answers.

    What such a statement says no with comes later, from another that is innocent.
    """
    done = []
    async with conn.transaction(), conn.pipeline():
        for number, task in enumerate(tasks):
            if number % EVERY == 0:
                progress(f"{number} of {len(tasks)} tasks")
            done.append(await verb(task))
    return tuple(done)


async def _carefully(
    conn: AsyncConnection,
    tasks: Sequence[Seen],
    verb: Callable[[Seen], Awaitable[T]],
    progress: Progress,
) -> tuple[T, ...]:
    """One after the other, each in a savepoint, to learn of every refusal."""
    done: dict[str, T] = {}
    pending = {task.id for task in tasks}
    refusals: dict[str, GenieError] = {}
    while pending:
        refusals = {}
        for number, task in enumerate(task for task in tasks if task.id in pending):
            if number % EVERY == 0:
                progress(f"{number} of {len(pending)} tasks, one by one")
            try:
                async with conn.transaction():
                    done[task.id] = await verb(task)
            except GenieError as error:
                refusals[task.id] = error
        if len(refusals) == len(pending):
            break
        pending = set(refusals)
    if refusals:
        called = names(tasks)
        raise together({called[task]: error for task, error in refusals.items()}, of=len(tasks))
    return tuple(done[task.id] for task in tasks)


def together(refusals: Mapping[str, GenieError], *, of: int, what: str = "refuse") -> GenieError:
    """Errors of several tasks, by what these are called, as one that lists them all.

    It is of their kind where they are of one kind. `of` is how many tasks there were.
    """
    called: dict[str, list[str]] = {}
    for name, error in refusals.items():
        text = str(error)
        called.setdefault(text, []).extend([] if text.startswith(f"{name} ") else [name])
    lines = [f"{', '.join(who)}: {text}" if who else text for text, who in called.items()]
    if of == 1:
        return next(iter(refusals.values()))
    message = "\n  ".join([f"{len(refusals)} of {of} tasks {what}; nothing was done:", *lines])
    found = list(refusals.values())
    kind = type(found[0]) if len({type(error) for error in found}) == 1 else Refused
    if not issubclass(kind, Refused):
        return kind(message)
    override = all(isinstance(error, Refused) and error.override for error in found)
    return kind(message, reasons=tuple(lines), override=override)
