"""A column's fields as texts that people read and type, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from genie_tui.domain.boards import DEFAULT_COLOR, Board, Column
from genie_tui.domain.column_changes import Theirs
from genie_tui.domain.column_fields import Fields
from genie_tui.domain.gates import Gate
from genie_tui.errors import BadInput

__all__ = ["NO", "YES", "fields", "limit_of", "none_of", "texts", "theirs", "unlike"]

YES, NO = "yes", "no"


def unlike(text: str, taken: Collection[str]) -> str:
    """The text, in as many brackets as tell it from what is called so already."""
    while text in taken:
        text = f"({text})"
    return text


def none_of(board: Board) -> str:
    """What is written for no column, where a column's name is asked for."""
    return unlike("(the one before)", {column.name for column in board.columns})


def texts(board: Board, column: Column | None) -> dict[str, str]:
    """What stands in each field; of a new column where there is none."""
    shown = column or Column(id="", name="", label="", color=DEFAULT_COLOR, gate=Gate.HUMAN)
    limit = board.wip.get(column.name) if column is not None else None
    return {
        "name": shown.name,
        "label": shown.label,
        "gate": shown.gate.value,
        "auto_advance": YES if shown.auto_advance else NO,
        "action": shown.action or "",
        "limit": "" if limit is None else str(limit),
        "on_fail": shown.on_fail or none_of(board),
        "color": shown.color,
        "roles": ", ".join(shown.roles),
        "parallel": YES if shown.parallel else NO,
        "transitions": "\n".join(f"{each.event}={each.target}" for each in shown.transitions),
    }


def fields(values: Mapping[str, str], board: Board, column: Column | None) -> Fields:
    """Of what was typed, that which is not as it was.

    Raises:
        BadInput: a limit that is no number, or a transition that leads nowhere.
    """
    was = texts(board, column)
    found: dict[str, Any] = {}
    for name, text in values.items():
        if text.strip() != was[name].strip():
            found[name] = _value(name, text.strip(), column, none_of(board))
    return cast(Fields, found)


def theirs(
    names: Iterable[str], was: Mapping[str, str], now: Mapping[str, str]
) -> tuple[Theirs, ...]:
    """Of these fields, those that somebody else has set to something meanwhile."""
    return tuple(Theirs(field=name, value=now[name]) for name in names if now[name] != was[name])


def _value(name: str, text: str, column: Column | None, none: str) -> Any:
    match name:
        case "auto_advance" | "parallel":
            return text == YES
        case "on_fail":
            return None if text == none else text
        case "roles":
            return [role.strip() for role in text.split(",") if role.strip()]
        case "limit":
            return limit_of(text)
        case "transitions":
            return _led(column, text)
        case "label" | "action":
            return text or None
    return text


def limit_of(text: str) -> int | None:
    """A number of tasks; None for nothing.

    Raises:
        BadInput: it is no number.
    """
    if not (text := text.strip()) or text.lower() == "none":
        return None
    if not (text.isascii() and text.isdigit()):
        raise BadInput(f"{text!r} is no number of tasks; write one, or nothing for no limit")
    return int(text)


def _led(column: Column | None, text: str) -> dict[str, str | None]:
    """Where events lead that did not lead there before; None for those that are left out."""
    before = {each.event: each.target for each in column.transitions} if column else {}
    after = _transitions(text)
    gone = {event: None for event in before if event not in after}
    return gone | {event: target for event, target in after.items() if before.get(event) != target}


def _transitions(text: str) -> dict[str, str]:
    found = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        event, sign, target = (part.strip() for part in line.partition("="))
        if not (event and sign and target):
            raise BadInput(f"{line!r} is no transition; write EVENT=COLUMN, such as advance=ship")
        found[event] = target
    return found
