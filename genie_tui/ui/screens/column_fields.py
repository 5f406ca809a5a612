"""What is asked for of a column or a board, and what of the answers is to be written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genie_tui.domain.boards import DEFAULT_COLOR, Board, Column
from genie_tui.domain.gates import Gate
from genie_tui.errors import BadInput
from genie_tui.ui.widgets.prompt import Field
from genie_tui.ui.workspace import Place

if TYPE_CHECKING:
    from genie_tui.domain.column_fields import Settings
    from genie_tui.ui.backend import Backend

__all__ = ["Form", "changed", "fields_of"]

NONE = "(none)"
ANYONE = "*"

Send = Callable[["Backend", Mapping[str, str]], Awaitable[None]]
Asked = tuple[str, tuple[Field, ...], str, Send]
"""A title, what is asked for, the name under which a draft is kept, and what is done with it."""


def fields_of(column: Column | None, board: Board, limit: int | None) -> tuple[Field, ...]:
    """A field for all that can be said of a column; of a new one, where `column` is None."""
    others = [c.name for c in board.columns if column is None or c.id != column.id]

    def text(name: str, label: str, hint: str = "", **how: Any) -> Field:
        return Field(name=name, label=label, value=_shown(name, column, limit), hint=hint, **how)

    return (
        text("name", "Name", "what tasks' stages are called; short", required=True),
        text("label", "Label", "how it is shown; the name where empty"),
        text("gate", "Gate: whose word lets a task go on", choices=tuple(g.value for g in Gate)),
        text("auto_advance", "Goes on by itself when its agent is done", choices=("no", "yes")),
        text("action", "Action", "a skill, such as /work; nothing for none"),
        text("on_fail", "What fails goes to", choices=(NONE, *others)),
        text("roles", "Roles", "who may work there: engineering qa; * for anyone"),
        text("color", "Colour", "#rrggbb"),
        text("limit", "Limit", "how many tasks are too many; nothing for none"),
    )


def _shown(name: str, column: Column | None, limit: int | None) -> str:
    """What stands in a field at first."""
    if column is None:
        usual = {"gate": Gate.HUMAN.value, "auto_advance": "no", "on_fail": NONE}
        return (usual | {"roles": ANYONE, "color": DEFAULT_COLOR}).get(name, "")
    match name:
        case "limit":
            return str(limit) if limit is not None else ""
        case "roles":
            return " ".join(column.roles)
        case "auto_advance":
            return "yes" if column.auto_advance else "no"
        case "on_fail":
            return column.on_fail or NONE
        case "gate":
            return column.gate.value
    return str(getattr(column, name) or "")


def changed(
    values: Mapping[str, str], column: Column | None, limit: int | None
) -> tuple[str, Settings]:
    """The name, and of all else what is not as it was.

    Raises:
        BadInput: the limit is no number.
    """
    given: Settings = {}
    for name, text in values.items():
        if name != "name" and text.strip() != _shown(name, column, limit):
            given |= _value(name, text.strip())  # type: ignore[typeddict-item]
    return values["name"].strip(), given


def _value(name: str, text: str) -> dict[str, Any]:
    match name:
        case "auto_advance":
            return {name: text == "yes"}
        case "on_fail":
            return {name: None if text == NONE else text}
        case "roles":
            return {name: text.split() or [ANYONE]}
        case "limit":
            return {name: _number(text)}
        case "label" | "action":
            return {name: text or None}
    return {name: text}


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise BadInput(f"{text!r} is no limit; write a number, or nothing for none")
    return int(text)


class Form:
    """What the screens ask for beside a column's own fields."""

    @staticmethod
    def limit(board: Board, column: Column, limit: int | None) -> Asked:
        """A column's soft limit."""

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            await to.layout.edit(board, column.id, limit=_number(values["limit"].strip()))

        hint = "how many tasks are too many; nothing for none"
        value = str(limit) if limit is not None else ""
        field = Field(name="limit", label="Limit", value=value, hint=hint)
        return f"How many tasks {column.label} may hold", (field,), f"limit {column.id}", send

    @staticmethod
    def board(board: Board) -> Asked:
        """A board's name and description."""

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            await to.layout.rename(board, values["name"], values["description"])

        fields = (
            Field(name="name", label="Name", value=board.name, required=True),
            Field(
                name="description",
                label="Description",
                value=board.description or "",
                lines=4,
                paragraphs=True,
            ),
        )
        return f"The board {board.name}", fields, f"board {board.key}", send

    @staticmethod
    def new_board(near: Place, templates: Sequence[str], then: Callable[[Place], None]) -> Asked:
        """A board that is to be made."""

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            made = await to.layout.create(
                near, values["name"], values["template"], values["description"]
            )
            then(Place(board=made, project_id=near.project_id, project_name=near.project_name))

        fields = (
            Field(name="name", label="Name", required=True),
            Field(
                name="template",
                label="Columns as in",
                value="software",
                choices=tuple(templates),
            ),
            Field(name="description", label="Description", lines=3, paragraphs=True),
        )
        where = near.project_name or "all projects"
        return f"New board in {where}", fields, "new board", send

    @staticmethod
    def template(board: Board) -> Asked:
        """A template of a board's columns."""

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            await to.layout.keep(board, values["name"])

        field = Field(name="name", label="Name", value=board.name, required=True)
        return f"Keep the columns of {board.name} as a template", (field,), "template", send
