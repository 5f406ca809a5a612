"""Which panes and processes there are, as a real tmux server and the kernel tell."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from genie_tui.errors import NotFound
from genie_tui.services import panes
from tests.services.tmux import own_server
from tests.waiting import wait_until


async def test_panes_are_there_until_they_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_server(tmp_path, monkeypatch) as server:
        first = server.panes[0]
        second = first.split(shell="sleep 600")
        assert first.pane_id is not None
        assert second.pane_id is not None
        found = await panes.panes()
        assert found is not None
        assert found.ids == {first.pane_id, second.pane_id}
        assert abs(datetime.now(UTC) - found.since) < timedelta(minutes=1)
        said = await panes.go_to(second.pane_id)
        assert f"{second.pane_id} is selected" in said
        assert "tmux attach -t work" in said
        server.cmd("set-option", "-g", "remain-on-exit", "on")
        first.cmd("send-keys", "C-c")
        wait_until(lambda: first.cmd("display-message", "-p", "#{pane_dead}").stdout == ["1"])
        found = await panes.panes()
        assert found is not None
        assert found.ids == {second.pane_id}
        second.kill()
        with pytest.raises(NotFound, match="is its agent still there"):
            await panes.go_to(second.pane_id)
    assert await panes.panes() is None


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


async def test_a_process_is_known_by_its_number_and_its_beginning(
    sleeper: subprocess.Popen[bytes],
) -> None:
    found = await panes.begun({sleeper.pid, os.getpid()})
    assert set(found) == {sleeper.pid, os.getpid()}
    assert abs(datetime.now(UTC) - found[sleeper.pid]) < timedelta(minutes=1)
    sleeper.kill()
    await asyncio.to_thread(os.waitid, os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert await panes.begun({sleeper.pid}) == {}, "a zombie does not live"
    sleeper.wait()
    assert await panes.begun({sleeper.pid}) == {}
    assert await panes.begun(set()) == {}
