"""The screen of the sessions."""

from __future__ import annotations

from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.ui.screens.sessions import SessionsPage
from tests.ui.running import Desk, Room, running

ROWS = (
    b"""
    INSERT INTO sessions (id, agent_id, status, total_turns, started_at, task_id)
    SELECT 's-' || n, 'eng-' || n, 'active', 3, now() - n * interval '1 hour', id
      FROM generate_series(1, 2) AS n, (SELECT id FROM tasks ORDER BY seq LIMIT 1) AS t
    """,
    b"""
    INSERT INTO session_content (session_id, turn_index, role, content, tool_name, timestamp)
    VALUES ('s-1', 0, 'user', 'why [red]twice[/]' || chr(27) || '[31m?', NULL, now()),
           ('s-1', 1, 'tool_use', repeat('long ', 30) || 'tail', 'Bash', now()),
           ('s-1', 2, 'assistant', 'Tokens were refreshing under a race', NULL, now()),
           ('s-2', 0, 'user', 'something else', NULL, now())
    """,
    b"""
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)
    VALUES ('otel_api', 's-1', 'request', 'eng-1', '{"cost_usd": 2.5, "model": "opus"}')
    """,
)


def shown(desk: Desk) -> list[str]:
    """The keys of what the list holds."""
    page = desk.app.page
    assert isinstance(page, SessionsPage)
    return [page.talks.key(item) for item in page.talks.items]


async def test_sessions_are_read_searched_and_their_cost_is_drawn(
    room: Room, conn: AsyncConnection, ada: Actor
) -> None:
    for statement in ROWS:
        await conn.execute(statement)
    await conn.commit()
    async with running(room.settings, ada, size=(160, 44)) as desk:
        await desk.go_to("Sessions")
        await desk.sees("eng-1", "eng-2", "$2.50", "why [red]twice[/]", "Bash", "154 letters")
        assert "\x1b" not in desk.text
        assert "tail" not in desk.text
        await desk.press("w")
        await desk.sees("tail")
        await desk.press("slash")
        await desk.type("refresh")
        await desk.until(lambda: shown(desk) == ["s-1\0" + "2"])
        await desk.sees("turn 2", "Tokens were refreshing under")
        await desk.press("enter", "y")
        await desk.told("s-1 is in the clipboard")
        await desk.press("m")
        await desk.sees("dollars by day", "dollars by model", "opus")
        await desk.press("slash", "escape")
        await desk.until(lambda: len(shown(desk)) == 2)
        await desk.press("enter", "escape", "escape")
        await desk.until(lambda: desk.app.current_mode == "board")
