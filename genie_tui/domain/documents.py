"""JSON as any client may have stored it: with numbers and depths that Python does not take."""

from __future__ import annotations

import json
import math
from typing import Any

__all__ = ["DEEPEST", "loads"]

DEEPEST = 100
"""So many brackets within one another are read; to print what is deeper would end the program."""
DIGITS = 300
"""So many digits an integer may have; of 309 no float is made any more."""


def loads(text: str | bytes | bytearray) -> Any:
    """A JSON value; numbers past all bounds stay the text they are, and so does what is too deep.

    Raises:
        ValueError: it is no JSON.
    """
    whole = text if isinstance(text, str) else bytes(text).decode()
    try:
        value = (QUICK if len(whole) <= DIGITS else DECODER).decode(whole)
    except RecursionError:
        return whole
    many = whole.count("[") + whole.count("{") > DEEPEST
    return whole if many and _is_deeper(value, DEEPEST) else value


def _is_deeper(value: Any, depth: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    below = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(_is_deeper(one, depth - 1) for one in below)


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= DIGITS else digits


def _number(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_number)
QUICK = json.JSONDecoder(parse_float=_number)
"""For texts that are too short to hold an integer that is too long."""
