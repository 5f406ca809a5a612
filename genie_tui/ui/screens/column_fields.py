"""What is asked for of a column or of a board."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genie_tui.domain.boards import Board
from genie_tui.domain.column_rows import Row
from genie_tui.domain.column_texts import NO, YES, limit_of, none_of, texts, unlike
from genie_tui.domain.gates import Gate
from genie_tui.ui.widgets.prompt import Field

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["Owners", "called", "column_fields", "limit_field", "limit_sent", "new_board_fields"]

Send = Callable[["Backend", Mapping[str, str]], Awaitable[None]]

USUAL = "software"
"""The template of boards of which nothing else is said."""

LETTERS_AT_MOST = 40
"""Of a name in a title or a notice."""


def called(name: str) -> str:
    """As much of a name as a sentence has room for."""
    return name if len(name) <= LETTERS_AT_MOST else f"{name[:LETTERS_AT_MOST]}..."


def column_fields(board: Board, row: Row | None) -> tuple[Field, ...]:
    """A field for all that can be said of a column; of a new one, where there is none."""
    column = row.column if row is not None else None
    shown = texts(board, column)
    others = [other.name for other in board.columns if other is not column]
    # What a failure leads to may be gone; it stays until something else is chosen.
    targets = tuple(dict.fromkeys((none_of(board), *others, shown["on_fail"])))

    def field(name: str, label: str, hint: str = "", **how: Any) -> Field:
        return Field(name=name, label=label, value=shown[name], hint=hint, **how)

    return (
        field("name", "Name", "what the stage of its tasks is called", required=True),
        field("label", "Label", "what stands above it; its name where this is empty"),
        field("gate", "Gate: who says when a task goes on", choices=tuple(Gate)),
        field("auto_advance", "Goes on by itself when its stage is complete", choices=(NO, YES)),
        field("action", "Action", "what an agent does there, such as /work; nothing for none"),
        field("limit", "Limit", "so many tasks, and no more if it can be helped"),
        field("on_fail", "Sent back to", choices=targets),
        field("color", "Colour", "#rrggbb"),
        field("roles", "Roles", "who works there: engineering, qa; * for anyone"),
        field("parallel", "Several work there at once", choices=(NO, YES)),
        field(
            "transitions",
            "Leads elsewhere: an event and a column in each line",
            "advance=ship",
            lines=3,
            paragraphs=True,
        ),
    )


def limit_field(limit: int | None) -> Field:
    """A column's soft limit."""
    return Field(
        name="limit",
        label="Limit",
        value="" if limit is None else str(limit),
        hint="a number of tasks; nothing for no limit",
    )


def limit_sent(board: Board, key: str, told: Callable[[str], object]) -> Send:
    """Write a column's limit, and tell what came of it."""
    from genie_tui.domain.column_changes import BoardConflict

    base = board

    async def send(to: Backend, values: Mapping[str, str]) -> None:
        nonlocal base
        try:
            changed = await to.layout.edit(base, key, {"limit": limit_of(values["limit"])})
        except BoardConflict as error:
            # Sent once more, it takes the place of theirs.
            base = error.now
            raise
        if changed.keys:
            told(changed.said)

    return send


class Owners:
    """Whose a new board can be: that of the project, or of all projects."""

    def __init__(self, project: str | None, *, shared: bool) -> None:
        self._all = unlike("all projects", {project or ""})
        self._own = project or "this repository's project"
        self._shared = shared

    @property
    def field(self) -> Field:
        """What is asked."""
        value = self._all if self._shared else self._own
        return Field(name="owner", label="For", value=value, choices=(self._own, self._all))

    def shared(self, answer: str) -> bool:
        """Is it for all projects?"""
        return answer == self._all


def new_board_fields(templates: Sequence[str], owners: Owners) -> tuple[Field, ...]:
    """What a new board is asked for; the last of the templates' choices is none of them."""
    choices = (*templates, unlike("no template", templates))
    usual = USUAL if USUAL in templates else choices[0]
    return (
        Field(name="name", label="Name", required=True),
        Field(name="template", label="Columns of the template", value=usual, choices=choices),
        Field(
            name="columns",
            label="Columns, where no template has them",
            hint="todo, doing, done; one alone, todo, where nothing is written",
        ),
        owners.field,
        Field(name="description", label="What it is for", lines=3, paragraphs=True),
    )
