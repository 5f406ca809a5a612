"""What is told of sessions: which there are, where words were found, and what was spent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

__all__ = ["CLOSE", "OPEN", "Hit", "Overview", "Spending", "marked"]

OPEN, CLOSE = "\x01", "\x02"
"""Around what was found; the text itself has none of them, as the query takes them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A session, whose it is and on which task.

    `cost` is in dollars, None where nothing was reported; `task_seq` is None without a task.
    """

    id: str
    agent_id: str | None = None
    team: str | None = None
    role: str | None = None
    task_id: str | None = None
    task_seq: int | None = None
    task_title: str | None = None
    status: str
    project_path: str | None = None
    jsonl_path: str | None = None
    started_at: datetime
    ended_at: datetime | None = None
    total_turns: int
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A turn in which words were found; in `excerpt` they stand between OPEN and CLOSE."""

    session_id: str
    turn_index: int
    role: str
    tool_name: str | None = None
    agent_id: str | None = None
    timestamp: datetime
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What somebody or something used: dollars, and tokens as the models' makers count them."""

    name: str
    requests: int = 0
    cost: Decimal = Decimal(0)
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0


def marked(excerpt: str) -> Iterator[tuple[str, bool]]:
    """The pieces of an excerpt, and whether each is what was sought."""
    for number, piece in enumerate(excerpt.split(OPEN)):
        found, close, rest = piece.partition(CLOSE)
        if number and close:
            yield found, True
            if rest:
                yield rest, False
        elif piece:
            yield piece, False
