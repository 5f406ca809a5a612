"""What agents report by OpenTelemetry: read from both encodings, and made rows, whatever comes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from genie_tui.domain import otlp
from genie_tui.domain.telemetry import Point, Record, Row, row
from genie_tui.errors import BadInput
from tests.reports import attributes, logs, metrics

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AT = NOW - timedelta(seconds=3)


def rows(body: Any, signal: otlp.Signal = "logs") -> list[Row]:
    """The rows of a JSON body."""
    return [row(one, NOW) for one in otlp.decode(json.dumps(body).encode(), signal, "json")]


def test_a_call_of_a_model_is_told_with_its_cost_tokens_and_duration() -> None:
    said = {
        "event.name": "api_request",
        "session.id": "s-1",
        "model": "claude-x",
        "cost_usd": "0.0123",
        "input_tokens": "12",
        "output_tokens": 7,
        "cache_read_tokens": 4000,
        "cache_creation_tokens": 0,
        "duration_ms": "1500",
        "user.email": "ada@example.org",
        "prompt.id": "p-1",
    }
    body = logs(("claude_code.api_request", said), at=AT, agent="eng-1")
    (found,) = rows(body)
    assert (found.entity_type, found.entity_id, found.event_type) == (
        "otel_api",
        "s-1",
        "api_request",
    )
    assert (found.actor, found.at) == ("eng-1", AT)
    assert found.details == {
        "program": "claude_code",
        "model": "claude-x",
        "cost_usd": 0.0123,
        "input_tokens": 12,
        "output_tokens": 7,
        "cache_read_tokens": 4000,
        "cache_creation_tokens": 0,
        "duration_ms": 1500,
        "success": True,
        "service.name": "claude-code",
        "prompt.id": "p-1",
    }


@pytest.mark.parametrize(
    ("name", "said", "kind", "details"),
    [
        (
            "claude_code.tool_result",
            {"tool_name": "Bash", "success": "false", "duration_ms": 20, "error": "exit 1"},
            "otel_tool",
            {"tool": "Bash", "success": False, "duration_ms": 20, "error": "exit 1"},
        ),
        (
            "claude_code.api_error",
            {"model": "m", "status_code": "529", "error": "Overloaded", "attempt": 3},
            "otel_api",
            {"model": "m", "status_code": 529, "error": "Overloaded", "success": False},
        ),
        ("claude_code.user_prompt", {"prompt_length": 5}, "otel_event", {"prompt_length": 5}),
        (
            "gemini_cli.tool_call",
            {"function_name": "read_file", "success": True, "duration_ms": 4},
            "otel_tool",
            {"tool": "read_file", "success": True, "duration_ms": 4},
        ),
        (
            "codex.sse_event",
            {"input_token_count": 10, "output_token_count": 2, "model": "gpt"},
            "otel_api",
            {"input_tokens": 10, "output_tokens": 2, "model": "gpt"},
        ),
    ],
)
def test_what_agents_say_in_their_own_words_is_one_kind_of_row(
    name: str, said: dict[str, Any], kind: str, details: dict[str, Any]
) -> None:
    (found,) = rows(logs((name, said | {"event.name": name})))
    assert (found.entity_type, found.event_type) == (kind, name.partition(".")[2])
    assert found.details.items() >= details.items()


def test_metrics_are_rows_of_their_own_that_no_sum_of_costs_counts_again() -> None:
    body = metrics(
        ("claude_code.cost.usage", "USD", 0.5, {"session.id": "s-1", "model": "m"}),
        ("claude_code.token.usage", "tokens", 90, {"session.id": "s-1", "type": "cacheRead"}),
        at=AT,
    )
    cost, tokens = rows(body, "metrics")
    assert (cost.entity_type, cost.event_type, cost.entity_id) == (
        "otel_metric",
        "cost.usage",
        "s-1",
    )
    assert cost.details.items() >= {"cost_usd": 0.5, "model": "m", "unit": "USD"}.items()
    assert tokens.details.items() >= {"tokens": 90, "type": "cacheRead", "value": 90}.items()


@pytest.mark.parametrize("cost", ["a lot", float("nan"), float("inf"), -1, 1e300, "1e999", True])
def test_a_cost_that_is_none_is_kept_where_no_sum_meets_it(cost: Any) -> None:
    record = Record(name="x.api_request", attributes={"cost_usd": cost})
    details = row(record, NOW).details
    assert "cost_usd" not in details
    assert "said.cost_usd" in details


@pytest.mark.parametrize("wrong", [timedelta(days=-400), timedelta(hours=2)])
def test_a_clock_that_is_wrong_does_not_date_a_row(wrong: timedelta) -> None:
    nanoseconds = int((NOW + wrong).timestamp() * 1e9)
    assert row(Record(name="x.y", nanoseconds=nanoseconds), NOW).at is None
    assert row(Point(name="x", nanoseconds=nanoseconds), NOW).at is None


def test_both_encodings_say_the_same() -> None:
    at = datetime.now(UTC)
    body = logs(("a.b", {"list": [1, {"k": ["x", 1.5, True]}], "session.id": "s"}), at=at)
    whole = json_format.ParseDict(body, ExportLogsServiceRequest()).SerializeToString()
    assert otlp.decode(whole, "logs", "protobuf") == otlp.decode(
        json.dumps(body).encode(), "logs", "json"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff{}",
        b"[" * 100_000,
        b'{"resourceLogs":' * 60_000,
        b'{"resourceLogs": 5}',
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"soon"}]}]}]}',
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"\\ud800"}}]}]}]}',
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":'
        + b"9" * 9_000
        + b"}]}]}]}",
    ],
)
def test_a_malformed_body_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(BadInput, match="the body is no"):
        otlp.decode(body, "logs", "json")


def test_more_than_one_may_send_at_once_is_refused_before_it_is_read_through() -> None:
    body = ExportLogsServiceRequest()
    scope = body.resource_logs.add().scope_logs.add()
    for _ in range(otlp.MOST + 1):
        scope.log_records.add()
    with pytest.raises(otlp.TooMuch):
        otlp.decode(body.SerializeToString(), "logs", "protobuf")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KNOWN = """event.name session.id cost_usd tool_name success duration_ms agent.name event.timestamp
    model input_tokens error status_code gen_ai.tool.name"""
KEYS = st.text(max_size=8) | st.sampled_from(KNOWN.split())
SAID = st.dictionaries(KEYS, VALUES, max_size=8)
NAMES = st.text(max_size=300) | st.sampled_from(["claude_code.api_request", "x.tool_result", "."])
MOMENTS = st.integers(0, 2**64 - 1)


def sound(found: Row) -> None:
    """What every row is, so that PostgreSQL takes it and readers bear it."""
    assert found.entity_type in {"otel_api", "otel_tool", "otel_event", "otel_metric"}
    words = (found.entity_id, found.event_type, found.actor or "x")
    assert all(0 < len(text) <= 200 and "\0" not in text for text in words)
    assert ":" not in found.event_type
    assert json.dumps(found.details, allow_nan=False)
    texts = [one for pair in found.details.items() for one in pair if isinstance(one, str)]
    assert not any("\0" in text for text in texts)
    assert len(found.details) < 100
    cost = found.details.get("cost_usd", 0)
    assert cost is None or (type(cost) in (int, float) and 0 <= cost <= 1e6)
    assert found.at is None or found.at <= NOW


@settings(max_examples=150, deadline=None)
@given(NAMES, VALUES, SAID, MOMENTS)
def test_any_record_becomes_a_row_that_the_table_takes(
    name: str, body: Any, said: dict[str, Any], at: int
) -> None:
    sound(row(Record(name=name, body=body, attributes=said, nanoseconds=at), NOW))


@settings(max_examples=100, deadline=None)
@given(NAMES, st.floats() | st.none(), st.text(), SAID, MOMENTS)
def test_any_point_becomes_a_row_that_the_table_takes(
    name: str, value: float | None, unit: str, said: dict[str, Any], at: int
) -> None:
    sound(row(Point(name=name, value=value, unit=unit, attributes=said, nanoseconds=at), NOW))


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(["json", "protobuf"]), st.sampled_from(["logs", "metrics"]))
def test_a_body_that_was_changed_anywhere_is_read_or_refused(
    data: st.DataObject, encoding: otlp.Encoding, signal: otlp.Signal
) -> None:
    whole = _whole(signal, encoding)
    at = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(at, min(at + 8, len(whole))))
    body = whole[:at] + data.draw(st.binary(max_size=8)) + whole[end:]
    try:
        found = otlp.decode(body, signal, encoding)
    except BadInput:
        return
    for one in found:
        sound(row(one, NOW))


def _whole(signal: str, encoding: str) -> bytes:
    said = {"session.id": "s", "deep": [[1], {"a": "b"}], "cost_usd": 1.5}
    if signal == "logs":
        body, message = logs(("claude_code.api_request", said)), ExportLogsServiceRequest()
        return _encoded(body, message, encoding)
    points = metrics(("claude_code.cost.usage", "USD", 1, said))
    scope = points["resourceMetrics"][0]["scopeMetrics"][0]
    histogram = {"count": "3", "sum": 4.5, "attributes": attributes(said)}
    scope["metrics"].append({"name": "h", "histogram": {"dataPoints": [histogram]}})
    return _encoded(points, ExportMetricsServiceRequest(), encoding)


def _encoded(body: dict[str, Any], message: Any, encoding: str) -> bytes:
    if encoding == "json":
        return json.dumps(body).encode()
    whole: bytes = json_format.ParseDict(body, message).SerializeToString()
    return whole
