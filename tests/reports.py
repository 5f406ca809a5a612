"""Bodies of OTLP/HTTP as coding agents send them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

_NAMES: dict[type, str] = {
    bool: "boolValue",
    int: "intValue",
    float: "doubleValue",
    str: "stringValue",
}


def attributes(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes as OTLP has them."""
    return [{"key": key, "value": _value(value)} for key, value in said.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(one) for one in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": attributes(value)}}
    return {_NAMES[type(value)]: str(value) if type(value) is int else value}


def _resource(agent: str | None) -> dict[str, Any]:
    said = {"service.name": "claude-code"} | ({"agent.name": agent} if agent else {})
    return {"attributes": attributes(said)}


def _moment(at: datetime | None) -> str:
    return str(round(at.timestamp() * 1e6) * 1000) if at else "0"


def logs(
    *records: tuple[str, dict[str, Any]], at: datetime | None = None, agent: str | None = None
) -> dict[str, Any]:
    """Log records: each its body, and its attributes."""
    found = [
        {
            "timeUnixNano": _moment(at),
            "body": {"stringValue": body},
            "attributes": attributes(said),
        }
        for body, said in records
    ]
    return {"resourceLogs": [{"resource": _resource(agent), "scopeLogs": [{"logRecords": found}]}]}


def metrics(
    *points: tuple[str, str, float, dict[str, Any]], at: datetime | None = None
) -> dict[str, Any]:
    """Metrics of one point each: their names, units, values and attributes."""
    found = [
        {
            "name": name,
            "unit": unit,
            "sum": {
                "aggregationTemporality": 1,
                "dataPoints": [
                    {
                        "timeUnixNano": _moment(at),
                        "asDouble": value,
                        "attributes": attributes(said),
                    }
                ],
            },
        }
        for name, unit, value, said in points
    ]
    return {
        "resourceMetrics": [{"resource": _resource(None), "scopeMetrics": [{"metrics": found}]}]
    }
