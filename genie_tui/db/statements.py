"""Taking a SQL script apart into its statements, so that an error can name the line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Statement", "split"]

# What a semicolon may hide in (PostgreSQL's lexical rules), then the semicolon itself.
_TOKEN = re.compile(
    r"""
      --[^\n]*                                         # a comment to the end of the line
    | /\*                                              # the start of one that can be nested
    | [eE]'(?:[^'\\]|\\.|'')*'                         # a string with escapes
    | '(?:[^']|'')*'                                   # a string
    | "(?:[^"]|"")*"                                   # a name
    | (?<![\w$])(?P<tag>\$(?:[A-Za-z_]\w*)?\$).*?(?P=tag)   # a body between dollars
    | (?P<end>;)
    """,
    re.DOTALL | re.VERBOSE,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_BLANK = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a script; `line` is that of its first word, counted from 1."""

    text: str
    line: int


def split(script: str) -> Iterator[Statement]:
    """The statements of a script in order, without what is only space and comment."""
    start = position = 0
    while (match := _TOKEN.search(script, position)) is not None:
        position = _comment_end(script, match.end()) if match[0] == "/*" else match.end()
        if match["end"]:
            yield from _statement(script, start, position)
            start = position
    yield from _statement(script, start, len(script))


def _statement(script: str, start: int, end: int) -> Iterator[Statement]:
    blank = _BLANK.match(script, start, end)
    first = blank.end() if blank else start
    text = script[first:end].rstrip()
    if text.rstrip(";").strip():
        yield Statement(text=text, line=script.count("\n", 0, first) + 1)


def _comment_end(script: str, position: int) -> int:
    """Behind the end of a comment whose start was just passed; comments can hold comments."""
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(script, position)) is not None:
        depth += 1 if edge[0] == "/*" else -1
        position = edge.end()
    return len(script) if depth else position
