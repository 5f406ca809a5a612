"""What the database announces, and what the feed makes of it.

A `Hint` is a parsed notification; a `Change` is what one frame's hints came to, once the rows
were read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from genie_tui.domain.tasks import Card

__all__ = ["CHANNELS", "POLL_EVERY", "Change", "Event", "EventKind", "Hint", "LinkState", "parse"]


class EventKind(StrEnum):
    """What a line of the activity feed is about."""

    STAGE = "stage"
    MESSAGE = "message"
    DEPENDENCY = "dependency"
    CHECKOUT = "checkout"
    RUN = "run"
    TASK = "task"
    AGENT = "agent"
    MAIL = "mail"
    TOOL = "tool"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the activity feed.

    `key` tells it from every other, so that none is shown twice: the table and the row's id, or
    the channel, payload and time where no row tells of it. `text` is plain text made from rows:
    never markup. `alarm` marks what needs a person: failures, stops, expired locks. `burst` is what
    many of an actor's are called together (`tool calls`); empty where each is news by itself.
    """

    key: tuple[str, str]
    kind: EventKind
    at: datetime
    text: str
    actor: str | None = None
    task_id: str | None = None
    task_seq: int | None = None
    alarm: bool = False
    burst: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one flush of the feed found.

    `cards` are tasks that were made or changed, as they stand now; `gone` the ids of tasks that
    were deleted. With `reread` more changed than is told one by one: read the windows again. With
    `anew` it is another database than before, of which a row's id says nothing.
    """

    cards: tuple[Card, ...] = ()
    gone: frozenset[str] = frozenset()
    reread: bool = False
    anew: bool = False
    boards: bool = False
    events: tuple[Event, ...] = ()


POLL_EVERY = 2
"""Seconds between two looks where nothing is announced: behind a pooler, on a standby."""


class LinkState(StrEnum):
    """How the listener stands to the database."""

    CONNECTING = "connecting"
    LIVE = "live"
    POLLING = "polling"
    STANDBY = "standby"
    RECONNECTING = "reconnecting"
    STOPPED = "stopped"

    @property
    def connected(self) -> bool:
        """Do changes come in, announced or looked for?"""
        return self in {LinkState.LIVE, LinkState.POLLING, LinkState.STANDBY}


class Hint(NamedTuple):
    """A notification, taken apart; `parts` is empty where the payload does not parse.

    A named tuple, since ten thousand may come at once: it is made in a third of the time.
    """

    channel: str
    payload: str
    parts: tuple[str, ...]


def _left(times: int) -> Callable[[str], list[str]]:
    return lambda payload: payload.split(":", times)


def _right(times: int) -> Callable[[str], list[str]]:
    return lambda payload: payload.rsplit(":", times)


# Values can hold colons themselves: which side to split from is part of the contract.
_SPLIT: dict[str, tuple[Callable[[str], list[str]], int]] = {
    "genie_trigger_due": (lambda payload: [payload], 1),
    "genie_audit_event": (_left(2), 3),
    "genie_task_stage": (_left(2), 3),
    "genie_message": (_left(2), 3),
    "genie_task_dep": (_left(3), 4),
    "genie_agent_state": (_right(2), 3),
    "genie_mailbox_delivery": (_right(1), 2),
    "tui_task_change": (lambda payload: payload.split(","), 0),
}

_UNKNOWN: tuple[Callable[[str], list[str]], int] = (lambda _: [], 0)

CHANNELS = tuple(_SPLIT)
"""Every channel there is to listen on."""


def parse(channel: str, payload: str) -> Hint:
    """Take a payload apart; never raises: what does not parse has no parts, and is shown raw."""
    split, count = _SPLIT.get(channel, _UNKNOWN)
    parts = split(payload) if payload else []
    if count and len(parts) != count:
        parts = []
    return Hint(channel, payload, tuple(parts))
