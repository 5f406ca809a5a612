"""How people name a task: `#12`, `12`, `name#12`, its id, or a part of that."""

from __future__ import annotations

import re
from dataclasses import dataclass

from genie_tui.domain.text import storable
from genie_tui.errors import BadInput

__all__ = ["Reference", "parse"]

_NUMBER = re.compile(r"(?:(?P<project>.+)?#)?(?P<seq>[0-9]{1,9})", re.DOTALL)
_PREFIX = re.compile(r"(?:task-)?([0-9a-f]{4,})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a reference can mean, in the order of the fields; `text` may always be a whole id.

    `seq` is a number in `project`, or in the current repository; `prefix` how the id begins.
    """

    text: str
    seq: int | None = None
    project: str | None = None
    prefix: str | None = None


def parse(text: str) -> Reference:
    """Read a reference.

    Raises:
        BadInput: it is empty, or cannot be the name of anything.
    """
    text = text.strip()
    if not text or not storable(text):
        raise BadInput("a task is named #12, name#12 or by its id; the name is missing")
    seq, project = None, None
    if number := _NUMBER.fullmatch(text):
        seq, project = int(number["seq"]), number["project"]
    hexadecimal = _PREFIX.fullmatch(text.lower())
    prefix = f"task-{hexadecimal[1]}" if hexadecimal else None
    return Reference(text=text, seq=seq, project=project, prefix=prefix)
