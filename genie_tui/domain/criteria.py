"""Acceptance criteria as a list to be ticked: lines of Markdown with a box."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Criterion", "criteria", "ticked"]

BOX = re.compile(r"^(?P<lead>\s*(?:[-*+]|\d{1,9}[.)])\s+)\[(?P<mark>[ xX])\](?=\s)(?P<says>.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A line with a box; `line` counts from 0 over all lines of the text."""

    line: int
    says: str
    done: bool


def criteria(text: str) -> tuple[Criterion, ...]:
    """The lines of a text that have a box."""
    return tuple(
        Criterion(line=number, says=found["says"].strip(), done=found["mark"] != " ")
        for number, line in enumerate(text.splitlines())
        if (found := BOX.match(line))
    )


def ticked(text: str, criterion: Criterion, *, done: bool) -> str | None:
    """The text with one box ticked or not; None where there is no such criterion any more.

    It is looked for where it stood, else where there is just one that says the same.
    """
    same = [other for other in criteria(text) if other.says == criterion.says]
    there = [other for other in same if other.line == criterion.line] or same
    if len(there) != 1:
        return None
    lines = text.splitlines(keepends=True)
    number = there[0].line
    found = BOX.match(lines[number].rstrip("\r\n"))
    assert found is not None
    at = found.end("lead") + 1
    lines[number] = f"{lines[number][:at]}{'x' if done else ' '}{lines[number][at + 1 :]}"
    return "".join(lines)
