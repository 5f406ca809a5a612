"""What was said in a session: a turn after another, what tools gave folded to a line."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from genie_tui.domain.durations import short
from genie_tui.domain.task_parts import Session, Transcript, Turn
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit
from genie_tui.ui.widgets.task_blocks import Blocks
from genie_tui.ui.widgets.task_style import CLASSES, PREFIX, css, moment
from genie_tui.ui.widgets.task_words import READABLE, paragraphs

__all__ = ["Spoken", "TaskTranscript", "is_tool", "session_name"]

TOOLS = frozenset({"tool", "tool_use", "tool_result", "function"})
"""Roles of turns that are a tool's."""

NAME_AT_MOST = 60


class Spoken(NamedTuple):
    """A turn, and all of it where it is unfolded; or a sentence where there is no turn."""

    key: tuple[str, int]
    turn: Turn | None = None
    whole: str | None = None
    text: str = ""


def is_tool(turn: Turn) -> bool:
    """Is it what a tool was asked, or gave?"""
    return turn.tool is not None or turn.role in TOOLS


def session_name(session: Session, now: datetime) -> str:
    """`eng-1, engineer, active, began 3h ago, 214 turns`."""
    ago = max(now - session.started_at, timedelta(0))
    parts = [session.agent or session.id, session.role or "", session.status]
    parts += [f"began {short(ago)} ago", f"{session.turns:,} turns"]
    return ", ".join(clean(part)[:NAME_AT_MOST] for part in parts if part)


class TaskTranscript(Blocks[Spoken]):
    """One session; pages of it come and go as one scrolls."""

    PREFIX = PREFIX
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = css("TaskTranscript")
    EMPTY = "no session of an agent is known that worked on this task"
    NEWS = "turn"

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self._clock = clock

    def tell(self, session: Session | None, said: Transcript, whole: Mapping[int, str]) -> None:
        """Show turns of a session; `whole` are the texts of those that are unfolded."""
        if session is None:
            self.show(())
            return
        first, last = (session.id, -1), (session.id, 2**31)
        rows = [Spoken(first, text=f"{said.before:,} earlier turns")] if said.before else []
        rows += [
            Spoken((session.id, turn.index), turn, whole.get(turn.index)) for turn in said.turns
        ]
        if said.after:
            rows.append(Spoken(last, text=f"{said.after:,} later turns"))
        if not said.turns:
            rows = [Spoken(first, text="nothing of what was said in it is stored")]
        self.show(rows)

    def key(self, item: Spoken) -> Hashable:
        """The session's and its own number."""
        return item.key

    def chosen(self, item: Spoken) -> bool:
        """Turns."""
        return item.turn is not None

    def block(self, item: Spoken, width: int) -> Sequence[Line]:
        """A tool's on a line; what people and agents say in full, as far as it was read."""
        turn = item.turn
        if turn is None:
            return [((fit(item.text, width, self.marks.ellipsis), "dim"),)]
        if is_tool(turn):
            return self._tool(item, turn, width)
        style = "me" if turn.role in {"user", "human"} else "strong"
        role = _short(turn.role, width, self.marks.ellipsis)
        head: Line = ((role, style), (self._at(turn, width - cell_len(role)), "dim"))
        return [(), head, *self._words(item.whole or turn.text, turn, width, "text")]

    def _tool(self, item: Spoken, turn: Turn, width: int) -> list[Line]:
        name = _short(turn.tool or turn.role, width // 2, self.marks.ellipsis)
        mark = self.marks.below if item.whole is not None else self.marks.after
        left = f"{mark} {name}  "
        room = max(width - cell_len(left), 0)
        size = f"  {turn.letters:,} letters" if turn.letters > width else ""
        size = size if cell_len(size) <= room // 2 else ""
        room -= cell_len(size)
        says = next((line for line in turn.text.splitlines() if line.strip()), "")
        if item.whole is not None:
            says = f"{clean(turn.role)}  {moment(turn.at, self._clock())}"
        short = clean(says[: 4 * width]).strip()
        short = cut(short, room, self.marks.ellipsis)
        head: Line = ((left, "tool"), (short, "dim"), (size, "frame"))
        if item.whole is None:
            return [head]
        return [head, *self._words(item.whole, turn, width, "fact")]

    def _at(self, turn: Turn, room: int) -> str:
        at = f"  {moment(turn.at, self._clock())}"
        return at if cell_len(at) <= room else ""

    def _words(self, text: str, turn: Turn, width: int, style: str) -> list[Line]:
        lines: list[Line] = [
            ((f"  {part}", style),) for part in paragraphs(text, min(max(width - 2, 8), READABLE))
        ]
        if (hidden := turn.letters - len(text)) > 0:
            lines.append(((f"  {self.marks.ellipsis} {hidden:,} more letters", "dim"),))
        return lines


def _short(text: str, room: int, ellipsis: str) -> str:
    name, most = clean(text[: 4 * NAME_AT_MOST]), min(room, NAME_AT_MOST)
    return cut(name, most, ellipsis)
