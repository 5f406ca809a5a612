"""Writing what agents report by OpenTelemetry."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import AsyncConnection

from genie_tui.domain.telemetry import Row
from genie_tui.services.audit import json_value

__all__ = ["write"]

WRITE = """
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
    SELECT r.kind, r.entity, r.event, r.actor, r.details, coalesce(r.at, now())
      FROM unnest(%(kinds)s::text[], %(entities)s::text[], %(events)s::text[], %(actors)s::text[],
                  %(details)s::jsonb[], %(moments)s::timestamptz[])
           WITH ORDINALITY AS r (kind, entity, event, actor, details, at, nth)
     ORDER BY r.nth
"""


async def write(conn: AsyncConnection, rows: Sequence[Row]) -> None:
    """Write rows, in their order."""
    values = {
        "kinds": [row.entity_type for row in rows],
        "entities": [row.entity_id for row in rows],
        "events": [row.event_type for row in rows],
        "actors": [row.actor for row in rows],
        "details": [json_value(row.details) for row in rows],
        "moments": [row.at for row in rows],
    }
    await conn.execute(WRITE, values)
