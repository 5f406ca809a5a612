"""Which panes and processes there are, as a real tmux server and the kernel tell."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import libtmux
import pytest

from genie_tui.domain.agents import Server
from genie_tui.errors import NotFound
from genie_tui.services import panes
from tests.services.tmux import own_server
from tests.waiting import wait_until


async def servers() -> tuple[Server, ...]:
    found = await panes.panes()
    assert found is not None
    assert found.whole
    return found.servers


async def test_panes_are_there_until_they_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_server(tmp_path, monkeypatch) as server:
        first = server.panes[0]
        second = first.split(shell="sleep 600")
        assert first.pane_id is not None
        assert second.pane_id is not None
        (found,) = await servers()
        assert found.panes == {first.pane_id, second.pane_id}
        assert found.sessions == {"work"}
        assert abs(datetime.now(UTC) - found.since) < timedelta(minutes=1)
        said = await panes.go_to(second.pane_id)
        assert f"{second.pane_id} is selected" in said
        assert "tmux attach -t work" in said
        server.cmd("set-option", "-g", "remain-on-exit", "on")
        first.cmd("send-keys", "C-c")
        wait_until(lambda: first.cmd("display-message", "-p", "#{pane_dead}").stdout == ["1"])
        (found,) = await servers()
        assert found.panes == {second.pane_id}
        second.kill()
        with pytest.raises(NotFound, match="is its agent still there"):
            await panes.go_to(second.pane_id)
    assert await panes.panes() is None


async def test_of_several_servers_it_is_the_one_that_has_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_server(tmp_path, monkeypatch) as usual:
        other = libtmux.Server(socket_name="other", config_file="/dev/null")
        other.new_session("elsewhere", window_command="sleep 600")
        try:
            both = await panes.panes()
            assert both is not None
            pane = "%0"
            assert [server.panes for server in both.servers] == [{pane}, {pane}]
            found = both.server_of(pane, "elsewhere", datetime.now(UTC))
            assert found is not None
            assert Path(found.socket).name == "other"
            said = await panes.go_to(pane, "elsewhere")
            assert said.endswith("but 'tmux -L other attach -t elsewhere' shows it")
            (where,) = usual.cmd("display-message", "-p", "#{socket_path},#{pid},0").stdout
            monkeypatch.setenv("TMUX", where)
            assert await panes.go_to(pane, "work") == ""
            assert "in another tmux server than this" in await panes.go_to(pane, "elsewhere")
            pid = int(other.cmd("display-message", "-p", "#{pid}").stdout[0])
            monkeypatch.setattr(panes, "PATIENCE", 0.2)
            os.kill(pid, SIGSTOP)
            try:
                hung = await panes.panes()
            finally:
                os.kill(pid, SIGCONT)
            assert hung is not None
            assert (len(hung.servers), hung.whole) == (1, False), "nobody is gone for all we know"
        finally:
            other.kill()


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
