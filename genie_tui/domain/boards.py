"""Boards and their columns (`database.md` › Columns of a board)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from genie_tui.domain import documents
from genie_tui.domain.gates import Gate

__all__ = [
    "DEFAULT_COLOR",
    "ORPHANED",
    "Board",
    "Column",
    "Transition",
    "decoded",
    "parse_columns",
    "parse_wip",
    "placed_columns",
]

ORPHANED = ""
"""The id of the column that is made up for cards whose own column is gone; no row has it."""

DEFAULT_COLOR = "#94a3b8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Where an event leads from a column, other than to the next one."""

    event: str
    target: str
    condition: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A stage of a board; `id` is unique only within it, `name` is what tasks.stage holds.

    `extra` are the keys that the contract does not know, kept for the clients that do.
    """

    id: str
    name: str
    label: str
    gate: Gate = Gate.HUMAN
    action: str | None = None
    auto_advance: bool = False
    transitions: tuple[Transition, ...] = ()
    roles: tuple[str, ...] = ("*",)
    color: str = DEFAULT_COLOR
    parallel: bool = False
    on_fail: str | None = None
    position: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def passes(self) -> bool:
        """Nothing is to be done here: what a stage's completion brings here goes right on."""
        return self.gate is Gate.AGENT and self.auto_advance and self.action is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board: its columns in order, and whose it is.

    `id` is None for a board made up from the stages of a task type, which holds the tasks of
    that type that have no board (`type_id`); its columns cannot be edited. `project_id` is None
    for a global board. `wip` maps column names to soft limits (config key `wip`). `updated_at` is
    when it was last edited, by which an editor tells that somebody else was quicker.
    """

    id: str | None
    name: str
    type_id: str | None = None
    project_id: str | None = None
    project_name: str | None = None
    description: str | None = None
    columns: tuple[Column, ...]
    wip: Mapping[str, int] = field(default_factory=dict)
    updated_at: datetime | None = None

    @property
    def key(self) -> str:
        """What tells this board from every other: its id, or `type:` and the task type's."""
        return self.id if self.id is not None else f"type:{self.type_id}"

    def place(self, column_id: str | None, stage: str) -> Column | None:
        """The column in which a card stands; None where it is orphaned.

        The column whose id is the task's column_id, else the one whose name is its stage.
        """
        named = None
        for column in self.columns:
            if column_id and column.id == column_id:
                return column
            if named is None and column.name == stage:
                named = column
        return named

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    def after(self, column: Column) -> Column | None:
        """Where `advance` leads from a column: its transition, else the next; None at the end.

        A transition to nowhere, or to the column itself, counts as none.
        """
        for transition in column.transitions:
            target = self.column(transition.target) if transition.event == "advance" else None
            if target is not None and target != column:
                return target
        return self._neighbour(column, 1)

    def before(self, column: Column) -> Column | None:
        """Where a card is sent back to: the column's on_fail, else the previous one.

        An on_fail that names no column, or the column itself, counts as none.
        """
        target = self.column(column.on_fail) if column.on_fail else None
        if target is not None and target != column:
            return target
        return self._neighbour(column, -1)

    def _neighbour(self, column: Column, step: int) -> Column | None:
        index = self.columns.index(column) + step
        return self.columns[index] if 0 <= index < len(self.columns) else None


def decoded(value: Any) -> Any:
    """A jsonb value; where another client stored serialised JSON as a string, what that holds."""
    if isinstance(value, str):
        try:
            return documents.loads(value)
        except ValueError:
            return value
    return value


def parse_columns(value: Any) -> tuple[Column, ...]:
    """Columns as `boards.columns` or `task_types.stages` holds them, in order of position.

    Missing keys get the contract's defaults; what is not a column at all is left out, so that a
    board made elsewhere is always shown.
    """
    return tuple(column for _, column in placed_columns(value))


def placed_columns(value: Any) -> tuple[tuple[int, Column], ...]:
    """The columns that `parse_columns` gives, each with its place in the stored array."""
    items = decoded(value)
    if not isinstance(items, list):
        return ()
    found = [(at, _column(item, at)) for at, item in enumerate(items) if _is_column(item)]
    return tuple(sorted(found, key=lambda placed: placed[1].position))


def parse_wip(config: Any) -> dict[str, int]:
    """Soft limits by column name, from `boards.config`; nonsense counts as no limit."""
    limits = decoded(config)
    wip = limits.get("wip") if isinstance(limits, dict) else None
    if not isinstance(wip, dict):
        return {}
    return {str(name): limit for name, limit in wip.items() if type(limit) is int and limit > 0}


KEYS = frozenset(
    (
        "id",
        "name",
        "label",
        "gate",
        "action",
        "auto_advance",
        "transitions",
        "roles",
        "color",
        "parallel",
        "on_fail",
        "position",
    )
)
"""The keys of a column that the contract knows."""


def _is_column(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("name"), str) and item["name"] != ""


def _column(item: Mapping[str, Any], index: int) -> Column:
    name = item["name"]
    position = item.get("position")
    return Column(
        # A stage of a task type has no id; its name serves, as it is unique among them.
        id=_text(item.get("id")) or name,
        name=name,
        label=_text(item.get("label")) or name,
        gate=Gate.parse(item.get("gate")),
        action=_text(item.get("action")),
        auto_advance=item.get("auto_advance") is True,
        transitions=tuple(_transitions(item.get("transitions"))),
        roles=_roles(item.get("roles")),
        color=_text(item.get("color")) or DEFAULT_COLOR,
        parallel=item.get("parallel") is True,
        on_fail=_text(item.get("on_fail")),
        position=position if type(position) is int else index,
        extra={key: kept for key, kept in item.items() if key not in KEYS},
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _roles(value: Any) -> tuple[str, ...]:
    roles = (
        tuple(role for role in value if isinstance(role, str)) if isinstance(value, list) else ()
    )
    return roles or ("*",)


def _transitions(value: Any) -> Iterable[Transition]:
    for item in value if isinstance(value, list) else ():
        if not isinstance(item, dict):
            continue
        event, target = _text(item.get("event")), _text(item.get("target"))
        if event and target:
            yield Transition(
                event=event,
                target=target,
                condition=_text(item.get("condition")),
                action=_text(item.get("action")),
            )
