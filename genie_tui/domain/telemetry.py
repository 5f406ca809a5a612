"""What coding agents tell of themselves by OpenTelemetry, as the rows that all of Genie reads.

Claude Code's names are the pattern (`claude_code.api_request`, `claude_code.tool_result`, …; its
page "Monitoring" lists them); Codex, Gemini CLI and what follows the conventions for generative AI
say the same in other words. Rows are of `audit_events`: `entity_id` is the session, `event_type`
what happened without the program's name, `actor` the agent, where its resource tells who that is.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["Point", "Record", "Row", "of_point", "of_record", "row"]

LONGEST = 2_000
"""Letters of one value: a prompt, or what a tool was given, if the agent sends them at all."""
MOST = 60
"""Attributes that are kept of one event."""
NAME = 200
"""Letters of a name: of a session, an actor, an event."""
DEAREST = 1e6
"""Dollars of one call: what is more is none."""

LATE = timedelta(days=1)
"""How old something may be that is told only now; what says that it is older has a wrong clock."""
EARLY = timedelta(minutes=5)

_SESSION = ("session.id", "session_id", "conversation.id", "gen_ai.conversation.id")
_ELSE_SESSION = ("service.instance.id", "service.name")
_ACTOR = ("agent.name", "genie.agent", "agent.id")
_PRIVATE = re.compile(r"user\.|organization\.|enduser\.|host\.|process\.|os\.|telemetry\.")
"""Who somebody is, and what the machine is: nobody asks that of a board."""

_API = {"api_request", "api_response", "api_error"}
_TOOL = {"tool_result", "tool_call"}

Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A log record, with its resource's attributes; `nanoseconds` since 1970, 0 if not said."""

    name: str = ""
    body: Any = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    nanoseconds: int = 0
    severity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point of a metric; of what was counted several times, `value` is the sum."""

    name: str
    value: float | None = None
    unit: str = ""
    kind: str = "sum"
    count: int | None = None
    cumulative: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)
    nanoseconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of `audit_events`; `at` None where it was not said, or cannot be so."""

    entity_type: str
    entity_id: str
    event_type: str
    actor: str | None
    details: Mapping[str, Any]
    at: datetime | None


def row(told: Record | Point, now: datetime) -> Row:
    """The row of what was told; `now` judges its clock."""
    return of_point(told, now) if isinstance(told, Point) else of_record(told, now)


def of_record(record: Record, now: datetime) -> Row:
    """An event: `otel_api`, `otel_tool` or `otel_event`."""
    left = dict(record.attributes)
    whole = _event_name(record, left)
    program, _, event = whole.partition(".") if "." in whole else ("", "", whole)
    said = _taken(left, _MEASURES)
    entity_type = _entity_type(event, said)
    if entity_type != "otel_event":
        said.setdefault("success", not (event.endswith("error") or "error" in said))
    if record.body not in (None, "", whole):
        said["body"] = _plain(record.body)
    if record.severity:
        said["severity"] = _text(record.severity, NAME)
    if program:
        said["program"] = _text(program, NAME)
    return _row(entity_type, event, left, said, record.nanoseconds, now)


def of_point(point: Point, now: datetime) -> Row:
    """A point of a metric: `otel_metric`; costs and tokens under the names that events have."""
    left = dict(point.attributes)
    said: dict[str, Any] = {"metric": _text(point.name, NAME), "value": _number(point.value)}
    said |= {key: value for key, value in _of_metrics(point) if value not in (None, "", False)}
    said |= _taken(left, {key: _MEASURES[key] for key in ("model", "tool", "cost_usd")})
    if point.name.endswith("cost.usage"):
        said["cost_usd"] = _measure(point.value)
    if point.name.endswith("token.usage"):
        said["tokens"] = _number(point.value)
    name = point.name.partition(".")[2] or point.name
    return _row("otel_metric", name, left, said, point.nanoseconds, now)


def _of_metrics(point: Point) -> list[tuple[str, Any]]:
    return [
        ("unit", _text(point.unit, NAME)),
        ("kind", point.kind),
        ("count", point.count),
        ("cumulative", point.cumulative),
    ]


def _row(
    kind: str, event: str, left: dict[str, Any], said: dict[str, Any], nanos: int, now: datetime
) -> Row:
    session = _first(left, _SESSION) or _first(dict(left), _ELSE_SESSION) or "unknown"
    actor = _first(left, _ACTOR)
    for key, value in list(left.items())[:MOST]:
        name = _text(key, NAME)
        if name and name not in said and value is not None and not _PRIVATE.match(name):
            said[name] = _plain(value)
    at = _moment(nanos, left.get("event.timestamp"), now)
    said.pop("event.timestamp", None)
    return Row(
        entity_type=kind,
        entity_id=session,
        event_type=_text(event, NAME).replace(":", "_") or "log",
        actor=actor,
        details=said,
        at=at,
    )


def _event_name(record: Record, left: dict[str, Any]) -> str:
    """`claude_code.api_request`; the body has the program's name where the attribute lacks it."""
    said = left.pop("event.name", None)
    name = _text(said, NAME) if isinstance(said, str) else ""
    name = _text(record.name, NAME) or name
    body = record.body if isinstance(record.body, str) and len(record.body) <= NAME else ""
    if body and (body.endswith(f".{name}") or (not name and re.fullmatch(r"[\w.-]+", body))):
        return body
    return name


def _entity_type(event: str, said: Mapping[str, Any]) -> str:
    if event in _TOOL:
        return "otel_tool"
    if event in _API or {"cost_usd", "input_tokens", "output_tokens"} & said.keys():
        return "otel_api"
    return "otel_event"


def _taken(left: dict[str, Any], measures: Mapping[str, tuple[Reader, tuple[str, ...]]]) -> Any:
    """What is known by our own names, out of what was said; what makes no sense stays there."""
    found: dict[str, Any] = {}
    for name, (read, keys) in measures.items():
        for key in keys:
            if key in left and (value := read(left[key])) is not None:
                found.setdefault(name, value)
                del left[key]
            elif key == name and key in left:
                # Else a sum over all rows would meet it.
                left[f"said.{key}"] = left.pop(key)
    return found


def _first(left: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """The first of several that is said; all of them are taken out."""
    found = [left.pop(key) for key in keys if key in left]
    texts = (_text(str(one), NAME) for one in found if isinstance(one, str | int))
    return next((text for text in texts if text), None)


def _moment(nanoseconds: int, text: Any, now: datetime) -> datetime | None:
    """When it happened; None where it cannot have been then."""
    try:
        if nanoseconds:
            at = datetime.fromtimestamp(nanoseconds // 1000 / 1e6, UTC)
        else:
            at = datetime.fromisoformat(str(text)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return min(at, now) if now - LATE <= at <= now + EARLY else None


def _number(value: Any) -> int | float | None:
    """A number, also where it was written as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value) if len(value) <= 40 else None
        except ValueError:
            return None
    if not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e15:
        return None
    return int(value) if value == int(value) else value


def _measure(value: Any) -> int | float | None:
    """Dollars, that somebody may have paid."""
    number = _number(value)
    return number if number is not None and 0 <= number <= DEAREST else None


def _amount(value: Any) -> int | float | None:
    number = _number(value)
    return number if number is not None and number >= 0 else None


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).lower())


def _name(value: Any) -> str | None:
    return (_text(value, NAME) or None) if isinstance(value, str) else None


def _text(value: object, longest: int) -> str:
    """Text that PostgreSQL takes, of a length that a row bears."""
    text = str(value).replace("\0", "�")
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _plain(value: Any) -> Any:
    """JSON that PostgreSQL takes: what is long is cut, and what is no number in JSON is text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return _text(value, LONGEST)
    return _text(json.dumps(value, ensure_ascii=False, default=str), LONGEST)


def _error(value: Any) -> str | None:
    return (_text(value, LONGEST) or None) if isinstance(value, str) else None


_MEASURES: dict[str, tuple[Reader, tuple[str, ...]]] = {
    "model": (_name, ("model", "gen_ai.response.model", "gen_ai.request.model")),
    "tool": (_name, ("tool", "tool_name", "function_name", "gen_ai.tool.name")),
    "cost_usd": (_measure, ("cost_usd",)),
    "input_tokens": (_amount, ("input_tokens", "input_token_count", "gen_ai.usage.input_tokens")),
    "output_tokens": (
        _amount,
        ("output_tokens", "output_token_count", "gen_ai.usage.output_tokens"),
    ),
    "cache_read_tokens": (
        _amount,
        ("cache_read_tokens", "cached_token_count", "cached_content_token_count"),
    ),
    "cache_creation_tokens": (_amount, ("cache_creation_tokens",)),
    "duration_ms": (_amount, ("duration_ms",)),
    "success": (_truth, ("success",)),
    "error": (_error, ("error", "error.message")),
    "status_code": (_amount, ("status_code", "http.response.status_code")),
    "task_id": (_name, ("task_id", "task.id", "genie.task")),
}
"""Our name -> how it is read, and what agents call it."""
