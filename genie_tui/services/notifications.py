"""Notification preferences: kept per actor and channel, and asked who would be told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import decoded
from genie_tui.domain.notifications import Channel, Preference, told_by
from genie_tui.domain.tasks import Priority
from genie_tui.errors import BadInput, NotFound
from genie_tui.services import audit
from genie_tui.services.cards import clamped

__all__ = ["objects", "remove_preference", "set_preference", "who_is_told"]

OBJECTS = f"""
    SELECT actor_type, actor_id, channel, priority_threshold,
           coalesce(is_default, false) AS is_default, coalesce(enabled, true) AS enabled, metadata,
           {clamped("created_at")} AS created_at, {clamped("updated_at")} AS updated_at
      FROM notification_preferences
     WHERE %(id)s::text IS NULL OR (actor_type = %(type)s AND actor_id = %(id)s)
     ORDER BY actor_id, actor_type, channel
"""

SET = """
    INSERT INTO notification_preferences AS p
           (actor_type, actor_id, channel, priority_threshold, is_default, enabled)
    VALUES (%(type)s, %(id)s, %(channel)s, coalesce(%(threshold)s, 'normal'),
            coalesce(%(is_default)s::boolean, false), coalesce(%(enabled)s::boolean, true))
        ON CONFLICT (actor_type, actor_id, channel) DO UPDATE
       SET priority_threshold = coalesce(%(threshold)s, p.priority_threshold),
           is_default = coalesce(%(is_default)s::boolean, p.is_default),
           enabled = coalesce(%(enabled)s::boolean, p.enabled),
           updated_at = now()
"""

REMOVE = """
    DELETE FROM notification_preferences
     WHERE actor_type = %(type)s AND actor_id = %(id)s AND channel = %(channel)s
 RETURNING channel
"""

OF_TASK = """
    SELECT DISTINCT actor_type, actor_id
      FROM task_actors
     WHERE task_id = %(task)s
     ORDER BY actor_id, actor_type
"""


async def objects(conn: AsyncConnection, actor: Actor | None = None) -> list[dict[str, Any]]:
    """Preferences as programs read them: an actor's, or everybody's."""
    params = {"id": actor.id if actor else None, "type": actor.type if actor else None}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(OBJECTS, params)
        found = await cursor.fetchall()
    return [{**row, "metadata": decoded(row["metadata"])} for row in found]


async def set_preference(
    conn: AsyncConnection,
    whose: Actor,
    channel: str,
    *,
    threshold: str | None = None,
    is_default: bool | None = None,
    enabled: bool | None = None,
    actor: Actor,
) -> dict[str, Any]:
    """Keep what is given of a preference; what is not said stays as it is, or is the usual.

    Raises:
        BadInput: no such channel or priority.
    """
    if threshold is not None and threshold not in set(Priority):
        raise BadInput(f"no priority {threshold!r}; it is one of {', '.join(Priority)}")
    told = {"threshold": threshold, "is_default": is_default, "enabled": enabled}
    params = {"type": whose.type, "id": whose.id, "channel": _channel(channel), **told}
    await conn.execute(SET, params)
    said = {key: value for key, value in told.items() if value is not None}
    details = {"type": whose.type, "channel": params["channel"], **said}
    await audit.record(conn, whose.id, "set", actor, details, entity_type="notification_preference")
    kept = await objects(conn, whose)
    return next(row for row in kept if row["channel"] == params["channel"])


async def remove_preference(
    conn: AsyncConnection, whose: Actor, channel: str, *, actor: Actor
) -> None:
    """Forget a preference.

    Raises:
        NotFound: there is none on that channel.
        BadInput: no such channel.
    """
    params = {"type": whose.type, "id": whose.id, "channel": _channel(channel)}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(REMOVE, params)
        if await cursor.fetchone() is None:
            raise NotFound(f"{whose.id} has no preference for {channel}; 'genie-tui notify list'")
    details = {"type": whose.type, "channel": params["channel"]}
    await audit.record(
        conn, whose.id, "removed", actor, details, entity_type="notification_preference"
    )


async def who_is_told(
    conn: AsyncConnection, task_id: str, priority: Priority
) -> tuple[tuple[tuple[str, str], tuple[Channel, ...]], ...]:
    """Whoever has to do with a task, and how they are told of something of that priority."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(OF_TASK, {"task": task_id})
        people = [(type_, id_) for type_, id_ in await cursor.fetchall()]
    preferences = await objects(conn)
    return tuple((who, told_by(_of(preferences, *who), priority)) for who in people)


def _of(rows: Iterable[dict[str, Any]], actor_type: str, actor_id: str) -> list[Preference]:
    return [
        Preference(
            channel=Channel(row["channel"]),
            threshold=Priority(row["priority_threshold"]),
            is_default=row["is_default"],
            enabled=row["enabled"],
        )
        for row in rows
        if (row["actor_type"], row["actor_id"]) == (actor_type, actor_id)
    ]


def _channel(name: str) -> str:
    if name not in set(Channel):
        raise BadInput(f"no channel {name!r}; it is one of {', '.join(Channel)}")
    return name
