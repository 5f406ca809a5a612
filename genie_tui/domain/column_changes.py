"""What came of a column's edit, in words; and what somebody else edited meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from genie_tui.domain.boards import Board
from genie_tui.errors import Conflict

__all__ = ["BoardConflict", "Changed", "Theirs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What came of a column's edit: its name now, what was changed, and how many tasks followed.

    Nothing was written where `keys` is empty. `was` is the name it had before, and `to` where the
    tasks of a removed one are now.
    """

    column: str
    was: str | None = None
    keys: tuple[str, ...]
    tasks: int = 0
    to: str | None = None

    @property
    def said(self) -> str:
        """`renamed build to make, changed gate, limit; 3 tasks followed`."""
        parts = []
        if "name" in self.keys:
            parts.append(f"renamed {self.was} to {self.column}")
        if others := [key.replace("_", " ") for key in self.keys if key != "name"]:
            of = "" if parts else f" {self.column}:"
            parts.append(f"changed{of} {', '.join(others)}")
        number = f"{self.tasks} task{'' if self.tasks == 1 else 's'}"
        return f"{', '.join(parts)}{f'; {number} followed' if self.tasks else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """What a field has been set to by somebody else."""

    field: str
    value: str


class BoardConflict(Conflict):
    """Somebody else changed what one is about to change; `now` is the board as it is now."""

    def __init__(self, now: Board, theirs: Iterable[Theirs]) -> None:
        said = ", ".join(
            f"{each.field.replace('_', ' ')} is now {_quoted(each.value)}" for each in theirs
        )
        super().__init__(f"somebody changed it meanwhile: {said}; send again to put yours there")
        self.now = now


QUOTE_AT_MOST = 60
"""Letters of a value that is told of."""


def _quoted(value: str) -> str:
    line = " ".join(value.split())
    return repr(line if len(line) <= QUOTE_AT_MOST else f"{line[:QUOTE_AT_MOST]}...")
