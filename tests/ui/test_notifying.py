"""Who looks elsewhere is called when something needs them, and only then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import pytest_asyncio
from textual.events import AppBlur

from genie_tui.domain.actors import Actor
from genie_tui.services import notifications
from tests.services.making import an_agent
from tests.ui.running import Room, running


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a program says that puts up notifications, a call a line."""
    program, file = tmp_path / "notify-send", tmp_path / "said"
    program.write_text(f'#!/bin/sh\necho "$4" >> {file}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("TMUX", raising=False)
    file.touch()
    return file


def told(said: Path) -> str:
    """All that was put up so far."""
    return said.read_text()


@pytest_asyncio.fixture
async def crew(room: Room) -> Room:
    """The same room, with two agents at work."""
    await an_agent(room.conn, "eng-1", "working")
    await an_agent(room.conn, "eng-2", "working")
    await room.conn.commit()
    return room


async def stops(room: Room, agent: str, state: str) -> None:
    """An agent stops, and waits for a person."""
    await room.conn.execute("UPDATE agents SET state = %s WHERE id = %s", (state, agent))
    await room.conn.commit()


async def test_an_agent_that_waits_calls_whoever_looks_elsewhere(
    crew: Room, ada: Actor, said: Path
) -> None:
    async with running(crew.settings, ada) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await desk.until(lambda: desk.app.workspace.queue.total == 3)
        await stops(crew, "eng-1", "permission")
        await desk.until(lambda: told(said) == "eng-1: an agent waits\n")


async def test_nobody_is_called_who_looks_or_does_not_want_to_be(
    crew: Room, ada: Actor, said: Path
) -> None:
    async with running(crew.settings, ada) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await desk.press("j")
        await stops(crew, "eng-1", "permission")
        notifying = desk.app._notifying
        assert notifying is not None
        alerts = notifying._alerts
        await desk.until(lambda: alerts._told is not None)
        notifying.saw(AppBlur())
        person = ("local", "ada")
        await notifications.set_preference(crew.conn, person, "tmux", ada, enabled=False)
        alerts._told = None
        await stops(crew, "eng-2", "question")
        await desk.until(lambda: alerts._told is not None)
        await desk.until(lambda: not notifying._telling)
        assert told(said) == ""
