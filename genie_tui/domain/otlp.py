"""OpenTelemetry's protocol, OTLP/HTTP: what a body of logs or metrics says, however it is written.

Both encodings are read as the one message that they are of; what OTLP's JSON writes in another way
than protobuf's does (ids of traces, in hex) is of no use here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from genie_tui.domain.telemetry import Point, Record
from genie_tui.errors import BadInput

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

__all__ = ["MOST", "Encoding", "Signal", "TooMuch", "answered", "decode", "refused"]

Signal = Literal["logs", "metrics"]
Encoding = Literal["json", "protobuf"]

MOST = 10_000
"""Records, or points of metrics, of one body; an exporter sends some hundreds."""
DEEP = 4
"""Lists within lists that are read of a value."""

_REQUESTS: dict[str, type[ExportLogsServiceRequest | ExportMetricsServiceRequest]] = {
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
_RESPONSES: dict[str, type[Message]] = {
    "logs": ExportLogsServiceResponse,
    "metrics": ExportMetricsServiceResponse,
}
_CUMULATIVE = 2
_NOTHING_RECORDED = 1


class TooMuch(BadInput):
    """A body holds more than one may: `what it holds; what may be sent`."""

    code = "too_much"


def decode(body: bytes, signal: Signal, encoding: Encoding) -> list[Record | Point]:
    """What a body says, in its order.

    Raises:
        BadInput: it is not what it should be.
        TooMuch: more than `MOST` at once.
    """
    request = _REQUESTS[signal]()
    try:
        if encoding == "protobuf":
            request.ParseFromString(body)
        elif body.lstrip()[:1] != b"{":
            raise BadInput(f"the body is no JSON object; send {request.DESCRIPTOR.name}")
        else:
            json_format.Parse(body, request, ignore_unknown_fields=True)
    except (DecodeError, json_format.ParseError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[-300:]
        raise BadInput(f"the body is no {request.DESCRIPTOR.name}: {reason}") from error
    if isinstance(request, ExportLogsServiceRequest):
        return _bounded(_records(request))
    return _bounded(_points(request))


def answered(signal: Signal, encoding: Encoding) -> bytes:
    """The body that says that all was taken."""
    return _written(_RESPONSES[signal](), encoding)


def refused(code: int, message: str, encoding: Encoding) -> bytes:
    """The body that says why nothing was taken: a Status (google.rpc), as OTLP has it."""
    from google.rpc.status_pb2 import Status

    return _written(Status(code=code, message=message), encoding)


def _written(message: Message, encoding: Encoding) -> bytes:
    if encoding == "protobuf":
        return message.SerializeToString()
    return json_format.MessageToJson(message, indent=None).encode()


def _bounded(found: Iterable[Record | Point]) -> list[Record | Point]:
    taken: list[Record | Point] = []
    for one in found:
        if len(taken) == MOST:
            raise TooMuch(f"more than {MOST:,} records at once; send them in several requests")
        taken.append(one)
    return taken


def _records(request: ExportLogsServiceRequest) -> Iterator[Record]:
    for resource in request.resource_logs:
        whole = _attributes(resource.resource.attributes)
        for scope in resource.scope_logs:
            for record in scope.log_records:
                yield _record(record, whole)


def _record(record: LogRecord, resource: Mapping[str, Any]) -> Record:
    return Record(
        name=record.event_name,
        body=_value(record.body),
        attributes={**resource, **_attributes(record.attributes)},
        nanoseconds=record.time_unix_nano or record.observed_time_unix_nano,
        severity=record.severity_text,
    )


def _points(request: ExportMetricsServiceRequest) -> Iterator[Point]:
    for resource in request.resource_metrics:
        whole = _attributes(resource.resource.attributes)
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                yield from _of_metric(metric, whole)


def _of_metric(metric: Metric, resource: Mapping[str, Any]) -> Iterator[Point]:
    kind = metric.WhichOneof("data")
    data: Any = getattr(metric, kind) if kind else None
    for point in data.data_points if data is not None else ():
        if point.flags & _NOTHING_RECORDED:
            continue
        yield Point(
            name=metric.name,
            unit=metric.unit,
            kind=str(kind),
            cumulative=getattr(data, "aggregation_temporality", 0) == _CUMULATIVE,
            attributes={**resource, **_attributes(point.attributes)},
            nanoseconds=point.time_unix_nano,
            **_numbers(point),
        )


def _numbers(point: Any) -> dict[str, Any]:
    """A number; of histograms and summaries the sum, and of how many."""
    if not hasattr(point, "count"):
        which = point.WhichOneof("value")
        return {"value": getattr(point, which) if which else None}
    return {"value": point.sum, "count": point.count}


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue, depth: int = 0) -> Any:
    """Plain Python; None where it says nothing, or too deep within others."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        inner = value.array_value.values
        return [_value(one, depth + 1) for one in inner] if depth < DEEP else None
    if kind == "kvlist_value":
        pairs = value.kvlist_value.values
        return {p.key: _value(p.value, depth + 1) for p in pairs} if depth < DEEP else None
    if kind == "bytes_value":
        return value.bytes_value.hex()
    return getattr(value, kind) if kind else None
