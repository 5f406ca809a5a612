"""Notification preferences: kept, and asked who is told."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.domain.notifications import Channel
from genie_tui.domain.tasks import Priority
from genie_tui.errors import BadInput, NotFound
from genie_tui.services import notifications
from genie_tui.services.feed import Feed
from genie_tui.services.notifications import Person
from tests.conftest import Connect
from tests.services.following import following
from tests.services.making import ADA, make, rows

ada: Person = ("local", "ada")
jonas: Person = ("local", "jonas")
remote: Person = ("omni_agent", "ada")


async def kept(conn: AsyncConnection, *whose: Person) -> list[tuple[Any, ...]]:
    """Preferences: whose, channel, threshold, default, enabled."""
    return [
        (
            row["actor_id"],
            row["channel"],
            row["priority_threshold"],
            row["is_default"],
            row["enabled"],
        )
        for row in await notifications.objects(conn, whose or None)
    ]


async def told(conn: AsyncConnection) -> list[tuple[str, str, Any]]:
    """What the audit log tells of preferences."""
    found = await rows(
        conn,
        "SELECT entity_id, event_type, details FROM audit_events"
        " WHERE entity_type = 'notification_preference' ORDER BY id",
    )
    return [(row["entity_id"], row["event_type"], row["details"]) for row in found]


async def test_a_preference_keeps_what_is_not_said_anew(conn: AsyncConnection) -> None:
    made, changed = await notifications.set_preference(conn, ada, "tmux", ADA)
    assert changed
    assert (made["priority_threshold"], made["enabled"], made["is_default"]) == (
        "normal",
        True,
        False,
    )
    await notifications.set_preference(conn, ada, "tmux", ADA, priority_threshold="high")
    await notifications.set_preference(conn, ada, "tmux", ADA, enabled=False)
    now, changed = await notifications.set_preference(
        conn, ada, "tmux", ADA, enabled=False, priority_threshold="high"
    )
    assert not changed
    assert (now["priority_threshold"], now["enabled"]) == ("high", False)
    assert await kept(conn) == [("ada", "tmux", "high", False, False)]
    assert [event for _, event, _ in await told(conn)] == ["set"] * 3
    assert (await told(conn))[2] == (
        "ada",
        "set",
        {
            "type": "local",
            "channel": "tmux",
            "before": {"enabled": True},
            "after": {"enabled": False},
        },
    )


async def test_one_channel_is_the_default(conn: AsyncConnection) -> None:
    for channel in ("slack", "email", "tmux"):
        await notifications.set_preference(conn, ada, channel, ADA, is_default=True)
    await notifications.set_preference(conn, jonas, "slack", ADA, is_default=True)
    await notifications.set_preference(conn, remote, "slack", ADA, is_default=True)
    default = [row[:2] for row in await kept(conn) if row[3]]
    assert default == [("ada", "tmux"), ("ada", "slack"), ("jonas", "slack")]
    await notifications.set_preference(conn, ada, "tmux", ADA, is_default=False)
    assert not any(row[3] for row in await kept(conn, ada))


async def test_a_preference_is_forgotten(conn: AsyncConnection) -> None:
    await notifications.set_preference(conn, ada, "email", ADA)
    with pytest.raises(NotFound, match="jonas has no preference for email"):
        await notifications.remove_preference(conn, jonas, "email", ADA)
    await notifications.remove_preference(conn, ada, "email", ADA)
    assert await kept(conn) == []
    assert (await told(conn))[-1][:2] == ("ada", "removed")
    assert (await told(conn))[-1][2]["before"]["priority_threshold"] == "normal"


async def test_those_are_told_who_have_to_do_with_the_task(conn: AsyncConnection) -> None:
    task = await make(conn)
    await conn.execute(
        "INSERT INTO task_actors (task_id, actor_type, actor_id, role) VALUES"
        " (%(id)s, 'local', 'jonas', 'assignee'), (%(id)s, 'local', 'jonas', 'reviewer'),"
        " (%(id)s, 'omni_agent', 'ada', 'watcher')",
        {"id": task.id},
    )
    people = await notifications.people_of(conn, task.id)
    assert people == (ada, remote, jonas)
    await notifications.set_preference(conn, jonas, "slack", ADA, priority_threshold="urgent")
    await notifications.set_preference(conn, jonas, "email", ADA, is_default=True)
    await notifications.set_preference(conn, remote, "tmux", ADA, enabled=False)
    urgent = await notifications.who_is_told(conn, Priority.URGENT, people)
    assert urgent == {
        ada: (Channel.TMUX,),
        remote: (),
        jonas: (Channel.EMAIL, Channel.SLACK),
    }
    normal = await notifications.who_is_told(conn, Priority.NORMAL, people)
    assert normal == {ada: (Channel.TMUX,), remote: (), jonas: (Channel.EMAIL,)}
    assert not any((await notifications.who_is_told(conn, Priority.LOW, people)).values())
    assert await notifications.who_is_told(conn, Priority.URGENT, ()) == {}


async def test_reading_and_resolving_write_nothing(conn: AsyncConnection) -> None:
    await conn.execute("SET TRANSACTION READ ONLY")
    assert await notifications.objects(conn) == []
    assert await notifications.who_is_told(conn, Priority.HIGH, [jonas]) == {jonas: (Channel.TMUX,)}


async def test_odd_rows_are_shown(conn: AsyncConnection) -> None:
    await conn.execute(
        "INSERT INTO notification_preferences (actor_type, actor_id, channel, is_default, enabled,"
        "   metadata, created_at, updated_at)"
        " VALUES ('local', 'ada', 'tmux', NULL, NULL, %s, 'infinity', '-infinity')",
        (json.dumps(json.dumps({"a": 1})),),
    )
    (row,) = await notifications.objects(conn, [ada])
    assert (row["is_default"], row["enabled"], row["metadata"]) == (False, True, {"a": 1})
    assert (await notifications.who_is_told(conn, Priority.HIGH, [ada]))[ada] == (Channel.TMUX,)


@pytest.mark.parametrize(
    ("channel", "threshold", "whose"),
    [
        ("smoke", None, "ada"),
        ("TMUX", None, "ada"),
        ("tmux", "whatever", "ada"),
        ("tmux", None, "a\0"),
    ],
)
async def test_what_cannot_be_kept_is_refused(
    conn: AsyncConnection, channel: str, threshold: str | None, whose: str
) -> None:
    with pytest.raises(BadInput):
        await notifications.set_preference(
            conn, ("local", whose), channel, ADA, priority_threshold=threshold
        )
    assert await kept(conn) == []


async def test_of_many_who_make_a_default_at_once_one_is_it(connect: Connect) -> None:
    async def prefer(channel: str) -> None:
        session = await connect()
        await notifications.set_preference(session, ada, channel, ADA, is_default=True)
        await session.commit()

    await asyncio.gather(*map(prefer, Channel))
    assert sum(row[3] for row in await kept(await connect())) == 1


async def test_what_is_said_of_notifications_is_told(
    database: Database, conn: AsyncConnection
) -> None:
    async with following(Feed(database)) as follower:
        await notifications.set_preference(conn, ada, "tmux", ADA, is_default=True)
        await notifications.set_preference(
            conn, ada, "tmux", ADA, priority_threshold="high", enabled=False
        )
        await notifications.remove_preference(conn, ada, "tmux", ADA)
        await conn.commit()
        await follower.told(3)
        assert follower.lines == [
            "preference of ada: tmux set by ada: from normal on, enabled, default",
            "preference of ada: tmux set by ada: from high on, disabled",
            "preference of ada: tmux forgotten by ada",
        ]
