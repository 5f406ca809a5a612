"""Comments and the threads on them: each below what it answers, oldest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

__all__ = ["Comment", "Talk", "threaded"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody said of a task, in its own conversation or in a thread that hangs on that.

    `body` is its beginning, and `letters` is how many the whole has. `answers` is the message that
    it replies to, or on which its thread hangs. `edited_at` is None where it is as it was written.
    """

    id: int
    answers: int | None = None
    sender_type: str
    sender_id: str
    body: str
    letters: int
    created_at: datetime
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The newest comments of a task, oldest first; `earlier` ones were not read."""

    comments: tuple[Comment, ...] = ()
    earlier: int = 0


def threaded(
    said: Sequence[T], *, id_of: Callable[[T], int], answers: Callable[[T], int | None]
) -> Iterator[tuple[T, int]]:
    """All of them, each below the one that it answers, with its depth: 0 for those at the top.

    What answers none that is left stands for itself. Those that answer each other in a circle hang
    on none: they come last.
    """
    known = {id_of(one) for one in said}
    below: dict[int | None, list[T]] = defaultdict(list)
    for one in said:
        parent = answers(one)
        below[parent if parent in known else None].append(one)
    told: set[int] = set()
    for first in (*below[None], *said):
        waiting = [(first, 0)]
        while waiting:
            one, depth = waiting.pop()
            if id_of(one) not in told:
                told.add(id_of(one))
                yield one, depth
                waiting += [(answer, depth + 1) for answer in reversed(below[id_of(one)])]
