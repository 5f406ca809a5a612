"""What agents report of themselves, as lines: the tools they use, and what their models cost."""

from __future__ import annotations

from typing import Any

from genie_tui.services.logs import AuditRow

__all__ = ["CALLS", "call_line"]

CALLS = {
    "otel_tool": "tool calls",
    "otel_api": "model calls",
    "otel_event": "reports",
    "otel_metric": "reports",
}
"""The types of such rows, and what many of them are called."""


def call_line(row: AuditRow, details: Any) -> str | None:
    """`eng-1 used Bash`, `eng-1 asked demo-large, $0.12`; None of other rows."""
    if not isinstance(details, dict):
        return None
    who = row.actor or "somebody"
    if row.entity_type == "otel_tool" and (tool := details.get("tool") or details.get("tool_name")):
        failed = ", which failed" if details.get("success") is False else ""
        return f"{who} used {tool}{failed}"
    if row.entity_type == "otel_api" and (model := details.get("model")):
        cost = details.get("cost_usd")
        paid = f", ${cost:.2f}" if isinstance(cost, int | float) else ""
        return f"{who} asked {model}{paid}"
    return None
