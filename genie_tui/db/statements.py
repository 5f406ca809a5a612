"""SQL files taken apart into statements, so that the one that fails can be named by its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Statement", "split"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement with its semicolon, and where it begins in the script.

    `start` counts characters from 0, `line` lines from 1.
    """

    text: str
    start: int
    line: int


# What a semicolon can hide in, or what says where a comment ends; anything else is plain.
TOKEN = re.compile(
    r"""
      (?P<blank> \s+ | --[^\n]* )
    | (?P<comment> /\* )
    | (?P<end> ; )
    | (?P<other>
          \b[eE]'(?:[^'\\]|\\.|'')*'                     # escapes count in E'' alone
        | '[^']*'
        | "[^"]*"
        | (?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag)
        | [\w$]+
        | .
      )
    """,
    re.VERBOSE | re.DOTALL,
)
COMMENT_EDGE = re.compile(r"/\*|\*/")


def split(script: str) -> Iterator[Statement]:
    """The statements of a script, in order, without the comments before and between them."""
    start: int | None = None
    end = 0
    for kind, first, last in _tokens(script):
        if kind == "end":
            if start is not None:
                yield _statement(script, start, last)
            start = None
        elif kind == "other":
            start, end = (first if start is None else start), last
    if start is not None:
        yield _statement(script, start, end)


def _statement(script: str, start: int, end: int) -> Statement:
    line = script.count("\n", 0, start) + 1
    return Statement(text=script[start:end], start=start, line=line)


def _tokens(script: str) -> Iterator[tuple[str, int, int]]:
    """Kind and place of each token; a comment is blank."""
    place = 0
    while match := TOKEN.match(script, place):
        kind = next(name for name in ("blank", "comment", "end", "other") if match[name])
        place = _comment_end(script, match.end()) if kind == "comment" else match.end()
        yield kind, match.start(), place


def _comment_end(script: str, place: int) -> int:
    """Where a comment that was opened before `place` ends; comments nest in PostgreSQL."""
    depth = 1
    while depth and (edge := COMMENT_EDGE.search(script, place)):
        depth += 1 if edge[0] == "/*" else -1
        place = edge.end()
    return len(script) if depth else place
