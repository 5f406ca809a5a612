"""What was said of a task: each answer below what it answers, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from genie_tui.domain.actors import Actor
from genie_tui.domain.threads import Comment, Talk, threaded
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, clean, cut
from genie_tui.ui.widgets.task_blocks import Blocks
from genie_tui.ui.widgets.task_style import CLASSES, PREFIX, css, moment
from genie_tui.ui.widgets.task_words import READABLE, paragraphs

__all__ = ["Said", "TaskComments", "TaskLatest"]

DEEPEST = 6
"""Answers to answers are indented up to so many times."""

NAME_AT_MOST = 40

LINES_AT_MOST = 16
"""Of a comment that is folded."""


class Said(NamedTuple):
    """A comment with its place: how deep it stands, and whom it answers; None for `earlier` ones.

    `text` is what is shown of it.
    """

    comment: Comment | None
    depth: int = 0
    whom: str = ""
    text: str = ""
    earlier: int = 0
    whole: bool = False


class TaskComments(Blocks[Said]):
    """A cursor on one comment; new ones come in below without moving what one reads."""

    PREFIX = PREFIX
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = css("TaskComments")
    EMPTY = "nobody has said anything yet; c says something"
    NEWS = "comment"

    def __init__(
        self,
        me: Actor,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        id: str | None = None,  # noqa: A002 - as every widget
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii, id=id)
        self._me = me
        self._clock = clock

    def tell(self, talk: Talk, whole: Mapping[int, str]) -> None:
        """Show comments; `whole` are the texts of those that are unfolded, by their ids."""
        first = not self.known
        said = [Said(None, earlier=talk.earlier)] if talk.earlier else []
        names = {comment.id: comment.sender_id for comment in talk.comments}
        said += [
            Said(
                comment,
                depth,
                names.get(comment.answers, "") if comment.answers is not None else "",
                whole.get(comment.id, comment.body),
                whole=comment.id in whole,
            )
            for comment, depth in threaded(
                talk.comments, id_of=lambda c: c.id, answers=lambda c: c.answers
            )
        ]
        self.show(said)
        if first and said:
            self.go_edge(True)

    @property
    def comment(self) -> Comment | None:
        """The one under the cursor."""
        return self.item.comment if self.item else None

    def is_mine(self, comment: Comment) -> bool:
        """Did whoever looks write it?"""
        return _is_mine(comment, self._me)

    def key(self, item: Said) -> Hashable:
        """The message's id."""
        return item.comment.id if item.comment else None

    def chosen(self, item: Said) -> bool:
        """Every comment."""
        return item.comment is not None

    def block(self, item: Said, width: int) -> Sequence[Line]:
        """Who and when, what was said, and a blank line."""
        return _lines(item, width, self._me, self._clock(), self.marks)


class TaskLatest(Drawn):
    """The last few comments in as many lines as they take, to be read with what is around them."""

    PREFIX = PREFIX
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = css("TaskLatest", "width: 100%; height: auto;")
    MOST = 5

    def __init__(
        self,
        me: Actor,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self._me = me
        self._clock = clock
        self._talk: Talk | None = None
        self._count = 0

    def tell(self, talk: Talk | None, count: int = 0) -> None:
        """Other comments, out of so many; None while nothing is known."""
        if (talk, count) != (self._talk, self._count):
            self._talk, self._count = talk, count
            self.refresh(layout=True)
            self.redraw()

    def get_content_height(self, *sizes: object) -> int:
        """As many lines as it takes."""
        width = sizes[-1] if isinstance(sizes[-1], int) else 40
        return len(self.lines(width, 0))

    def lines(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """The last ones, oldest first, and how many there are before them."""
        if self._talk is None:
            return [()]
        comments = self._talk.comments[-self.MOST :]
        if not comments:
            return [(("nobody has said anything yet", "dim"),)]
        lines: list[Line] = []
        names = {comment.id: comment.sender_id for comment in self._talk.comments}
        for comment in comments:
            whom = names.get(comment.answers, "") if comment.answers is not None else ""
            said = Said(comment, 0, whom, comment.body)
            lines += _lines(said, width, self._me, self._clock(), self.marks)
        earlier = self._count - len(comments)
        lead: list[Line] = [((f"{earlier:,} earlier: 2 shows them all", "dim"),), ()]
        return [*(lead if earlier > 0 else []), *lines]


def _lines(item: Said, width: int, me: Actor, now: datetime, marks: Marks) -> list[Line]:
    """A comment, indented by how deep it stands."""
    if item.comment is None:
        return [((f"{marks.above} {item.earlier:,} earlier; g loads more", "dim"),), ()]
    deep = min(item.depth, DEEPEST) if width >= 30 else min(item.depth, 2)
    lead: Line = ((f"{marks.joints[1]} " * deep, "frame"),) if deep else ()
    room = min(max(width - 2 * deep, 8), READABLE)
    lines: list[Line] = [(*lead, *_head(item, item.comment, room, me, now, marks))]
    texts = paragraphs(item.text, room)
    most = len(texts) if item.whole or len(texts) <= LINES_AT_MOST + 2 else LINES_AT_MOST
    lines += [(*lead, (text, "text")) for text in texts[:most]]
    if item.comment.letters > len(item.text) or most < len(texts):
        hidden = item.comment.letters - (
            len(item.text) if item.whole else sum(map(len, texts[:most]))
        )
        more = (
            f"{marks.ellipsis} {hidden:,} more letters{'' if item.whole else '; enter shows them'}"
        )
        lines.append((*lead, (cut(more, room, marks.ellipsis), "dim")))
    return [*lines, ()]


def _head(
    item: Said, comment: Comment, room: int, me: Actor, now: datetime, marks: Marks
) -> Sequence[Piece]:
    """Who said it and when, whom it answers, and whether it was edited."""
    name = cut(_name(comment.sender_id, marks.ellipsis), room, marks.ellipsis)
    edited = f"  edited {moment(comment.edited_at, now)}" if comment.edited_at else ""
    whom = f"  answers {_name(item.whom, marks.ellipsis)}" if item.whom else ""
    told = f"  {moment(comment.created_at, now)}{whom}{edited}"
    short = cut(told, max(room - cell_len(name), 0), marks.ellipsis)
    return ((name, "me" if _is_mine(comment, me) else "strong"), (short, "dim"))


def _is_mine(comment: Comment, me: Actor) -> bool:
    return (comment.sender_type, comment.sender_id) == (me.type, me.id)


def _name(text: str, ellipsis: str) -> str:
    return cut(clean(text), NAME_AT_MOST, ellipsis)
