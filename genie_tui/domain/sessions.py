"""What a coding agent writes of its session: a line of JSON for each thing said, done or noted.

The format is Claude Code's (`~/.claude/projects/**/*.jsonl`): `type` is `user` or `assistant`, and
`message.content` a text, or blocks of `text`, `thinking`, `tool_use` and `tool_result`. Lines of
other types are notes of the program itself, and no turns.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from genie_tui.domain.text import UNFIT

__all__ = ["LINE_AT_MOST", "Entry", "Malformed", "Said", "entry", "storable"]

LINE_AT_MOST = 64 * 2**20
"""Bytes of a line; what is longer is passed over, as memory has an end."""

LETTERS_AT_MOST = 50_000
"""Of one turn. The search index refuses a row of more than 1 MiB of words, and with it the rest."""

SPEAKERS = frozenset({"user", "assistant"})


class Malformed(ValueError):
    """A line is none of the format; the message says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """One turn: `role` is user, assistant, tool_use or tool_result."""

    role: str
    content: str
    tool: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one line holds: its turns, when they were, and in which directory."""

    said: tuple[Said, ...] = ()
    at: datetime | None = None
    cwd: str | None = None


def entry(line: bytes) -> Entry:
    """Read a line.

    Raises:
        Malformed: it is no JSON object, or no message where its type promises one.
    """
    if not (line := line.strip()):
        return Entry()
    try:
        return _entry(json.loads(line))
    except UnicodeDecodeError:
        raise Malformed("it is not UTF-8") from None
    except RecursionError:
        raise Malformed("it is nested too deeply") from None
    except Malformed:
        raise
    except ValueError:
        raise Malformed("it is not JSON") from None


def _entry(found: object) -> Entry:
    if not isinstance(found, dict):
        raise Malformed("it is not a JSON object")
    kind, cwd = found.get("type"), found.get("cwd")
    said = _said(found) if isinstance(kind, str) and kind in SPEAKERS else ()
    where = storable(cwd) if isinstance(cwd, str) and cwd else None
    return Entry(said, _moment(found.get("timestamp")), where)


def storable(text: str) -> str:
    """The text with what no database can hold replaced."""
    if "\0" in text:
        text = text.replace("\0", UNFIT)
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(UNFIT if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return text


def _moment(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return at and (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _said(found: dict[str, Any]) -> tuple[Said, ...]:
    message = found.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise Malformed(f"a line of the {found['type']} has no message.content")
    turns = (_turn(block, found["type"]) for block in content)
    return tuple(piece for turn in turns if turn for piece in _pieces(turn))


def _turn(block: object, speaker: str) -> Said | None:
    """What a block says; None where it says nothing."""
    if isinstance(block, str):
        return Said(speaker, block) if block else None
    if not isinstance(block, dict):
        raise Malformed("a block of its message is no object")
    match block.get("type"):
        case "tool_use":
            name = block.get("name")
            tool = name if isinstance(name, str) and name else "tool"
            return Said("tool_use", _json(block.get("input")), tool)
        case "tool_result":
            return Said("tool_result", _result(block.get("content")))
        case "text" | "thinking" as kind:
            text = block.get(kind)
            return Said(speaker, text) if isinstance(text, str) and text else None
        case kind:
            return Said(speaker, f"[{kind}]")


def _result(content: object) -> str:
    """What a tool answered; of pictures, that there is one."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return "" if content is None else _json(content)
    parts = (each if isinstance(each, dict) else {"text": _json(each)} for each in content)
    return "\n".join(
        each["text"] if isinstance(each.get("text"), str) else f"[{each.get('type')}]"
        for each in parts
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _pieces(turn: Said) -> list[Said]:
    """The turn as rows that the database and its search index can hold."""
    text, tool = storable(turn.content), turn.tool and storable(turn.tool)
    starts = range(0, max(len(text), 1), LETTERS_AT_MOST)
    return [Said(turn.role, text[at : at + LETTERS_AT_MOST], tool) for at in starts]
