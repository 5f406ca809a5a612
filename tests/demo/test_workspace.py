"""A demo's home: it is nobody else's, and nothing of it stays, however the demo ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from genie_tui.db import processes
from genie_tui.demo import leftovers
from genie_tui.demo.workspace import open_workspace
from genie_tui.settings import DEFAULT_PORT, Settings
from tests.waiting import wait_until

PROGRAM = """
import sys
from pathlib import Path
from genie_tui.demo.workspace import open_workspace
from genie_tui.settings import Settings
with open_workspace(Settings(home=Path("/nowhere")), lambda _: None) as workspace:
    print(workspace.root, flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A program that has a workspace open until its standard input ends."""

    process: subprocess.Popen[str]
    root: Path

    @property
    def minder(self) -> psutil.Process:
        words = ["genie_tui.demo.minder", str(self.root)]
        found = psutil.Process(self.process.pid).children()
        return next(child for child in found if child.cmdline()[-2:] == words)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(autouse=True)
def in_temporary(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process makes and looks for demos there, too."""
    monkeypatch.setattr("tempfile.tempdir", str(temporary))


@pytest.fixture
def demo(temporary: Path) -> Iterator[Demo]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert process.stdout is not None
    root = Path(process.stdout.readline().strip())
    yield Demo(process=process, root=root)
    process.communicate()
    leftovers.clear(root)


def is_empty(directory: Path) -> bool:
    return not any(directory.iterdir())


def test_a_workspace_has_a_server_of_its_own_and_leaves_nothing(temporary: Path) -> None:
    mine = Settings(home=temporary / "mine", dsn="postgresql://elsewhere/genie", ascii=True)
    with open_workspace(mine, lambda _: None) as workspace:
        assert workspace.settings.home.is_relative_to(workspace.root)
        assert workspace.settings.dsn is None
        assert workspace.settings.ascii
        assert DEFAULT_PORT not in workspace.settings.ports
        assert workspace.root.stat().st_mode & 0o777 == 0o700
        assert processes.live(workspace.settings.data)
        server = psutil.Process(workspace.endpoint.pid)
    assert not processes.exists(server.pid)
    assert is_empty(temporary)


def test_nothing_is_left_after_a_kill_of_the_program(demo: Demo, temporary: Path) -> None:
    server = processes.live(leftovers.settings_of(demo.root).data)
    minder = demo.minder
    demo.kill()
    wait_until(lambda: is_empty(temporary))
    wait_until(lambda: not any(processes.exists(process.pid) for process in [minder, *server]))


def test_the_next_start_sweeps_when_the_minder_was_killed_as_well(
    demo: Demo, temporary: Path
) -> None:
    server = processes.live(leftovers.settings_of(demo.root).data)
    demo.minder.kill()
    demo.kill()
    assert demo.root.exists()
    assert leftovers.sweep() == (demo.root,)
    assert is_empty(temporary)
    assert not any(processes.exists(process.pid) for process in server)


def test_a_demo_that_runs_is_not_swept(demo: Demo) -> None:
    assert leftovers.sweep() == ()
    assert leftovers.is_owned(demo.root)
    assert processes.live(leftovers.settings_of(demo.root).data)


def test_a_marker_that_names_a_living_process_does_not_make_it_the_owner(temporary: Path) -> None:
    root = leftovers.make()
    os.close(leftovers.claim(root))
    assert str(os.getpid()) in (root / "owner.json").read_text()
    assert leftovers.sweep() == (root,)
    assert is_empty(temporary)


def test_what_is_not_a_demo_is_left_alone(temporary: Path) -> None:
    strange = temporary / f"{leftovers.PREFIX}notes"
    strange.mkdir()
    (strange / "notes.txt").write_text("mine")
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    os.close(leftovers.claim(elsewhere))
    (temporary / f"{leftovers.PREFIX}link").symlink_to(elsewhere)
    os.utime(strange, (0, 0))
    assert leftovers.sweep() == ()
    assert (strange / "notes.txt").exists()
    assert (elsewhere / "owner.json").exists()


def test_an_empty_directory_goes_once_it_is_old(temporary: Path) -> None:
    root = leftovers.make()
    leftovers.sweep()
    assert root.exists(), "it may be somebody's who starts right now"
    os.utime(root, (0, 0))
    leftovers.sweep()
    assert is_empty(temporary)


def test_the_minder_outlives_what_ends_the_terminal(demo: Demo) -> None:
    minder = demo.minder
    for number in (signal.SIGINT, signal.SIGHUP):
        minder.send_signal(number)
    demo.kill()
    wait_until(lambda: not demo.root.exists())
    wait_until(lambda: not processes.exists(minder.pid))
