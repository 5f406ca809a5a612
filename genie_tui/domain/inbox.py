"""Talk: what people and agents say to each other, wherever that is kept, and what is unread of it.

Comments of tasks, groups, direct messages and threads are conversations; letters of two to each
other, and the chat of a team in a repository, are talks as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

__all__ = [
    "Found",
    "Inbox",
    "Remark",
    "Search",
    "Talk",
    "TalkKind",
    "Teammate",
    "in_groups",
    "joined",
    "mentions",
    "merged",
    "naming",
    "newest_first",
    "unread_from",
]


class TalkKind(StrEnum):
    """Where something is said; the value is what such talks are called together."""

    DIRECT = "Direct"
    GROUP = "Groups"
    TASK = "Tasks"
    THREAD = "Threads"
    MAIL = "Mail"
    CHAT = "Team chat"

    @property
    def rank(self) -> int:
        """The place of such talks among the others."""
        return list(TalkKind).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation, the letters of two, or a team's chat, as it stands in a list.

    `ref` says where it is kept: a conversation's id; the two who write, in their order; a team and
    a repository. What was made several times is one talk, known by its `key`. `note` tells more of
    it than the title: a task's stage, who is in it, a repository. `at` is when anything happened
    in it last, and `sender` and `text` are who said what then; empty where nothing was said.

    It is `mine` where I am in it, or it is about my task, answers me, or names me. `unread` is how
    much of it others have said since I looked; of what is not mine, only where I ever looked.
    `up` is the message on which a thread hangs, and `over` the conversation that is in.
    """

    kind: TalkKind
    key: str
    ref: tuple[str, ...]
    title: str
    at: datetime
    note: str = ""
    sender: str = ""
    text: str = ""
    unread: int = 0
    mine: bool = False
    mentioned: bool = False
    read_only: bool = False
    task_id: str | None = None
    up: str = ""
    over: str = ""

    @property
    def calls(self) -> int:
        """How much of it is there for me to read."""
        return self.unread if self.mine else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Talks, newest activity first; with `more`, older ones were left out."""

    talks: tuple[Talk, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that was said: a message, a letter, a line of chat.

    `id` is its row's, and `at` its time: by both a talk is in order. `body` may be its beginning
    alone, `size` is how long it is in letters. `answers` is the id of what it replies to, which
    `answered` and `quote` tell. `thread` is the conversation that hangs on it, with so many
    `replies`. `to` is whom a letter is for.
    """

    id: str
    sender: str
    body: str
    size: int
    at: datetime
    mine: bool = False
    edited: bool = False
    to: str = ""
    answers: str = ""
    answered: str = ""
    quote: str = ""
    thread: str = ""
    replies: int = 0

    @property
    def whole(self) -> bool:
        """Is that all of it?"""
        return len(self.body) >= self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A remark that a search found: where, who, when, and the words around what matched."""

    talk: Talk
    id: str
    sender: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a search found, newest first.

    With `more`, there is more of it than is told. `cut` says that time ran out before everything
    was looked through.
    """

    found: tuple[Found, ...] = ()
    more: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Teammate:
    """Somebody to write to: a person or an agent, or a team."""

    name: str
    note: str = ""


# Lists of talks


def newest_first(talks: Iterable[Talk]) -> list[Talk]:
    """By when something happened in them last."""
    return sorted(talks, key=lambda talk: (talk.at, talk.key), reverse=True)


def in_groups(talks: Iterable[Talk], *, keep: str = "") -> list[tuple[str, Talk]]:
    """With the name of the group each stands in: what is unread for me, then by kind.

    `keep` is the key of a talk that stays with the unread ones although it has been read: the one
    that is looked at, so that it does not jump from under the cursor.
    """

    def group(talk: Talk) -> str:
        return UNREAD if talk.calls or talk.key == keep else talk.kind.value

    def place(talk: Talk) -> int:
        return -1 if group(talk) == UNREAD else talk.kind.rank

    return [(group(talk), talk) for talk in sorted(newest_first(talks), key=place)]


UNREAD = "Unread"


def joined(talks: Iterable[Talk]) -> list[Talk]:
    """One talk of each key, newest first; what was made several times counts together."""
    found: dict[str, Talk] = {}
    for talk in newest_first(talks):
        newer = found.get(talk.key)
        found[talk.key] = talk if newer is None else _one(newer, talk)
    return list(found.values())


def _one(newer: Talk, older: Talk) -> Talk:
    said = newer if newer.sender else older
    return replace(
        newer,
        sender=said.sender,
        text=said.text,
        unread=newer.unread + older.unread,
        mine=newer.mine or older.mine,
        mentioned=newer.mentioned or older.mentioned,
        read_only=newer.read_only or older.read_only,
    )


# What is said in one


def merged(loaded: Sequence[Remark], newest: Sequence[Remark]) -> tuple[Remark, ...] | None:
    """What is loaded, with the newest page as it is now; None where there is a gap between them.

    What the page does not have any more was deleted.
    """
    if not newest or not loaded:
        return tuple(newest)
    begins = (newest[0].at, _number(newest[0]))
    older = [remark for remark in loaded if (remark.at, _number(remark)) < begins]
    if len(older) == len(loaded) and loaded[-1].id != newest[0].id:
        return None
    return (*older, *newest)


def _number(remark: Remark) -> tuple[int, str]:
    """Ids of messages are numbers, and in order as such."""
    return (int(remark.id), "") if remark.id.isdecimal() else (0, remark.id)


def unread_from(remarks: Sequence[Remark], unread: int) -> str:
    """The id of the first that is unread, where so many of the last ones by others are."""
    for remark in reversed(remarks):
        if not remark.mine and unread:
            unread -= 1
            first = remark.id
            if not unread:
                return first
    theirs = next((remark.id for remark in remarks if not remark.mine), "")
    return theirs if unread else ""


# Naming somebody


def naming(name: str) -> str:
    """What matches where somebody is named, `@eng-1`, in Python and PostgreSQL alike.

    Of `@eng-12` or `x@eng-1` that is no part.
    """
    # re.escape would write what PostgreSQL takes for a class: only signs are escaped here.
    signs = re.sub(r"([\\.^$*+?()\[\]{}|])", r"\\\1", name)
    return rf"(^|[^\w@.-])@{signs}(?![\w-])"


def mentions(text: str, name: str) -> bool:
    """Does a text name somebody?"""
    return "@" in text and re.search(naming(name), text, re.IGNORECASE) is not None
