"""Every screen at four widths, on fixed data, as it was when it was looked at."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.views import View
from genie_tui.settings import Settings
from tests.ui.running import running
from tests.ui.snapshots import same

FURNITURE = Path(__file__).with_name("furnished.sql")
SIZES = {160: 46, 120: 40, 80: 30, 60: 36}


@pytest.fixture
def evening(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is about six, where the program runs: what was hours ago was today."""
    now = datetime.now(UTC)
    ahead = timedelta(hours=18) - timedelta(hours=now.hour, minutes=now.minute)
    east, hours, minutes = ahead >= timedelta(0), *divmod(abs(ahead).seconds // 60, 60)
    with monkeypatch.context() as there:
        there.setenv("TZ", f"<HERE>{'-' if east else '+'}{hours}:{minutes:02}")
        time.tzset()
        yield
    time.tzset()


@pytest_asyncio.fixture
async def furnished(conn: AsyncConnection, settings: Settings) -> Settings:
    """A project with a little of everything."""
    for trigger in ("tasks", "audit_events", "messages"):
        await conn.execute(f"ALTER TABLE {trigger} DISABLE TRIGGER USER".encode())
    await conn.execute("ALTER TABLE tasks ENABLE TRIGGER trg_assign_seq")
    await conn.execute(FURNITURE.read_bytes())
    for trigger in ("tasks", "audit_events", "messages"):
        await conn.execute(f"ALTER TABLE {trigger} ENABLE TRIGGER USER".encode())
    await conn.commit()
    return replace(settings, project="acme", board="Sprint 12")


SCREENS: dict[str, tuple[str, ...]] = {
    "board": (),
    "lanes": ("semicolon", "semicolon"),
    "columns": ("E",),
    "task": ("l", "l", "enter"),
    "triage": (),
    "activity": (),
    "graph": (),
    "agents": (),
    "schedules": (),
    "sessions": (),
    "registry": (),
    "help": ("question_mark",),
}
"""The screens, and the keys that lead there; without keys the main screen of that name."""


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.usefixtures("evening")
async def test_every_screen_looks_as_it_did(furnished: Settings, ada: Actor, width: int) -> None:
    async with running(furnished, ada, size=(width, SIZES[width])) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        if width == 60:
            # The agents are read once the board stands.
            await desk.sees("permission")
        for name, keys in SCREENS.items():
            if keys:
                await desk.press(*keys)
            else:
                await desk.app.action_show_screen(name)
            await same(f"{name}-{width}", lambda: desk.text)
            await desk.press("escape")
            await desk.app.action_show_screen("board")
            desk.app.workspace.arrange(View())
