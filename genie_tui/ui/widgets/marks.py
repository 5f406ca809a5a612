"""The marks that stand for facts, and their twins for terminals that have ASCII alone."""

from __future__ import annotations

from typing import NamedTuple

from genie_tui.domain.tasks import Priority

__all__ = ["ASCII", "UNICODE", "Marks", "marks"]


class Marks(NamedTuple):
    """One character each, one cell wide."""

    lock: str
    stale: str
    waits: str
    blocked: str
    comments: str
    urgent: str
    high: str
    low: str
    auto: str
    done: str
    cancelled: str
    failed: str
    pending: str
    chosen: str
    moved: str
    attention: str
    alive: str
    idle: str
    cursor: str
    cursor_below: str
    """On the further lines of the card under the cursor."""
    ellipsis: str
    placeholder: str
    above: str
    below: str
    before: str
    after: str
    joints: str
    """Line characters: across, down, corners, tees and the cross, as in `─│┌┬┐├┼┤└┴┘`."""
    heavy: str
    """The same, for lines that are to stand out."""
    dashed: str
    """Across and down."""
    arrow: str
    critical: str
    circle: str
    related: str
    bar: str
    bar_rest: str
    unread: str
    looked: str
    """Unread, too, but nobody waits for one to read it."""
    thread: str
    mail: str

    def priority(self, priority: Priority) -> str:
        """The mark of a priority; a space for the normal one."""
        return {Priority.URGENT: self.urgent, Priority.HIGH: self.high, Priority.LOW: self.low}.get(
            priority, " "
        )


UNICODE = Marks(
    lock="⚿",
    stale="✗",
    waits="⧗",
    blocked="⊘",
    comments="✎",
    urgent="‼",
    high="↑",
    low="↓",
    auto="»",
    done="✓",
    cancelled="✗",
    failed="✗",
    pending="↻",
    chosen="◆",
    moved="•",
    attention="!",
    alive="●",
    idle="○",
    cursor="▌",
    cursor_below="▌",
    ellipsis="…",
    placeholder="·",
    above="▲",
    below="▼",
    before="◂",
    after="▸",
    joints="─│┌┬┐├┼┤└┴┘",
    heavy="━┃┏┳┓┣╋┫┗┻┛",
    dashed="╌╎",
    arrow="→",
    critical="★",
    circle="↻",
    related="~",
    bar="█",
    bar_rest="░",
    unread="●",
    looked="○",
    thread="↳",
    mail="≡",
)

ASCII = Marks(
    lock="@",
    stale="x",
    waits="?",
    blocked="%",
    comments="c",
    urgent="!",
    high="^",
    low="v",
    auto=">",
    done="+",
    cancelled="x",
    failed="x",
    pending="~",
    chosen="=",
    moved="*",
    attention="!",
    alive="*",
    idle="o",
    cursor=">",
    cursor_below=" ",
    ellipsis="~",
    placeholder=".",
    above="^",
    below="v",
    before="<",
    after=">",
    joints="-|+++++++++",
    heavy="=#" + "#" * 9,
    dashed=".:",
    arrow=">",
    critical="*",
    circle="&",
    related="~",
    bar="#",
    bar_rest=".",
    unread="*",
    looked="o",
    thread="\\",
    mail="=",
)


def marks(*, ascii: bool) -> Marks:  # noqa: A002 - the option's own name
    """The marks to use."""
    return ASCII if ascii else UNICODE
