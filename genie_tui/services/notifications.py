"""Notification preferences: kept per actor and channel, and asked who would be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypedDict, Unpack

from psycopg import AsyncConnection
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain import text
from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import decoded
from genie_tui.domain.notifications import Channel, Preference, told_by
from genie_tui.domain.tasks import Priority
from genie_tui.errors import BadInput, NotFound
from genie_tui.services import audit
from genie_tui.services.cards import clamped

__all__ = [
    "Person",
    "objects",
    "people_of",
    "remove_preference",
    "set_preference",
    "who_is_told",
]

_ROW = f"""
    SELECT p.actor_type, p.actor_id, p.channel, p.priority_threshold,
           coalesce(p.is_default, false) AS is_default, coalesce(p.enabled, true) AS enabled,
           p.metadata, {clamped("p.created_at")} AS created_at,
           {clamped("p.updated_at")} AS updated_at
      FROM notification_preferences p"""

OBJECTS = f"""{_ROW}
     WHERE %(ids)s::text[] IS NULL
        OR (p.actor_type, p.actor_id) IN (
            SELECT * FROM unnest(%(types)s::text[], %(ids)s::text[]))
     ORDER BY p.actor_id, p.actor_type, p.channel
"""

HOLD = f"""{_ROW}
     WHERE p.actor_type = %(type)s AND p.actor_id = %(id)s
     ORDER BY p.channel
       FOR NO KEY UPDATE
"""

# One after another for each actor, so that two at once do not both make a first channel.
LOCK = """
    SELECT pg_advisory_xact_lock(
           hashtextextended('genie-tui notify ' || %(type)s || '/' || %(id)s, 0))
"""

SET = """
    INSERT INTO notification_preferences AS p
           (actor_type, actor_id, channel, priority_threshold, is_default, enabled)
    VALUES (%(type)s, %(id)s, %(channel)s, %(priority_threshold)s, %(is_default)s, %(enabled)s)
        ON CONFLICT (actor_type, actor_id, channel) DO UPDATE
       SET priority_threshold = EXCLUDED.priority_threshold,
           is_default = EXCLUDED.is_default,
           enabled = EXCLUDED.enabled,
           updated_at = clock_timestamp()
"""

NO_OTHER_DEFAULT = """
    UPDATE notification_preferences
       SET is_default = false, updated_at = clock_timestamp()
     WHERE actor_type = %(type)s AND actor_id = %(id)s AND channel <> %(channel)s AND is_default
"""

REMOVE = """
    DELETE FROM notification_preferences
     WHERE actor_type = %(type)s AND actor_id = %(id)s AND channel = %(channel)s
 RETURNING priority_threshold, is_default, enabled
"""

OF_TASK = """
    SELECT DISTINCT actor_type, actor_id
      FROM task_actors
     WHERE task_id = %(task)s
     ORDER BY actor_id, actor_type
"""


Person = tuple[str, str]
"""The type and the id of an actor."""

_USUAL = Preference(channel=Channel.TMUX)

USUALLY = {
    "priority_threshold": _USUAL.threshold.value,
    "is_default": _USUAL.is_default,
    "enabled": _USUAL.enabled,
}
"""What a new preference says where nothing else is given."""


class Wanted(TypedDict, total=False):
    """What can be said of a preference; None is as if it were not said."""

    priority_threshold: str | None
    is_default: bool | None
    enabled: bool | None


async def objects(
    conn: AsyncConnection, people: Collection[Person] | None = None
) -> list[dict[str, Any]]:
    """Preferences as programs read them: everybody's, or those of some."""
    params = {
        "types": None if people is None else [type_ for type_, _ in people],
        "ids": None if people is None else [id_ for _, id_ in people],
    }
    return await _read(conn, OBJECTS, params)


async def set_preference(
    conn: AsyncConnection, whose: Person, channel: str, actor: Actor, **given: Unpack[Wanted]
) -> tuple[dict[str, Any], bool]:
    """Keep what is given of a preference, which is the answer, and whether it was otherwise before.

    What is not given stays as it is; of a new one it is as `Preference` has it. Where this channel
    becomes the default, another one is it no more.

    Raises:
        BadInput: no such channel or priority; or the name cannot be stored.
    """
    key = _key(whose, channel)
    threshold = given.get("priority_threshold")
    if threshold is not None and threshold not in set(Priority):
        raise BadInput(f"no priority {threshold!r}; it is one of {', '.join(Priority)}")
    await conn.execute(LOCK, key)
    held = {row["channel"]: row for row in await _read(conn, HOLD, key)}
    before = held.get(channel)
    values: dict[str, Any] = {name: (before or USUALLY)[name] for name in USUALLY}
    values |= {name: value for name, value in given.items() if value is not None}
    changed = [name for name in values if before is None or before[name] != values[name]]
    if changed:
        await conn.execute(SET, {**key, **values})
        if values["is_default"]:
            await conn.execute(NO_OTHER_DEFAULT, key)
        told = {
            "before": before and {name: before[name] for name in changed},
            "after": {name: values[name] for name in changed},
        }
        await _record(conn, key, "set", actor, told)
    kept = await _read(conn, HOLD, key)
    return next(row for row in kept if row["channel"] == channel), bool(changed)


async def remove_preference(
    conn: AsyncConnection, whose: Person, channel: str, actor: Actor
) -> None:
    """Forget a preference.

    Raises:
        NotFound: there is none on that channel.
        BadInput: no such channel; or the name cannot be stored.
    """
    key = _key(whose, channel)
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(REMOVE, key)
        before = await cursor.fetchone()
    if before is None:
        raise NotFound(
            f"{whose[1]} has no preference for {channel}; 'genie-tui notify list' shows them"
        )
    await _record(conn, key, "removed", actor, {"before": before})


async def people_of(conn: AsyncConnection, task_id: str) -> tuple[Person, ...]:
    """Whoever has to do with a task, in whatever role."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(OF_TASK, {"task": task_id})
        return tuple((type_, id_) for type_, id_ in await cursor.fetchall())


async def who_is_told(
    conn: AsyncConnection, priority: Priority, people: Collection[Person]
) -> dict[Person, tuple[Channel, ...]]:
    """On which channels each of them is told of something of that priority, the default first.

    Whoever has said nothing has the usual preference (`domain.notifications.USUAL`). One who is
    not told has no channels.
    """
    said: dict[Person, list[Preference]] = {person: [] for person in people}
    for row in await objects(conn, people):
        said[row["actor_type"], row["actor_id"]].append(_preference(row))
    return {person: told_by(preferences, priority) for person, preferences in said.items()}


def _preference(row: Mapping[str, Any]) -> Preference:
    return Preference(
        channel=Channel(row["channel"]),
        threshold=Priority(row["priority_threshold"]),
        is_default=row["is_default"],
        enabled=row["enabled"],
    )


async def _read(
    conn: AsyncConnection, query: str, params: Mapping[str, Any]
) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, params)
        found = await cursor.fetchall()
    return [{**row, "metadata": decoded(row["metadata"])} for row in found]


def _key(whose: Person, channel: str) -> dict[str, str]:
    if channel not in set(Channel):
        raise BadInput(f"no channel {channel!r}; it is one of {', '.join(Channel)}")
    return {"type": whose[0], "id": text.given(whose[1], "the name"), "channel": channel}


async def _record(
    conn: AsyncConnection,
    key: Mapping[str, str],
    event: str,
    actor: Actor,
    details: Mapping[str, Any],
) -> None:
    told = {"type": key["type"], "channel": key["channel"], **details}
    await audit.record(conn, key["id"], event, actor, told, entity_type="notification_preference")
