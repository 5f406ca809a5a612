"""As whom the server runs: an ordinary user, or whoever root turns into."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from genie_tui.db import processes, server
from genie_tui.settings import Settings
from tests.db.programs import kill, outcome, starter
from tests.homes import MakeHome

IS_ROOT = os.geteuid() == 0
ORDINARY = pwd.getpwnam("daemon").pw_uid
NAMELESS = 4242
NOBODY = 65534


def everybody(*capabilities: str) -> list[str]:
    """Run a program as root without some of its powers."""
    return ["setpriv", "--bounding-set", ",".join(f"-{name}" for name in capabilities)]


# As in most containers: root can neither be mapped nor look into others' processes.
CONTAINER = everybody("setfcap", "sys_ptrace", "sys_admin")
# Nor can it keep a capability when it becomes somebody else.
CELL = everybody("setfcap", "sys_ptrace", "sys_admin", "setpcap")


def as_user(uid: int) -> list[str]:
    """Run a program as somebody who may read what root may, or the tests' Python is not found."""
    user = ["--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
    return [
        "setpriv",
        *user,
        "--inh-caps",
        "+dac_read_search",
        "--ambient-caps",
        "+dac_read_search",
    ]


def unchanged(_: Settings) -> None:
    """A home that its starter makes."""


def home_of(uid: int) -> Callable[[Settings], None]:
    """A home that belongs to a user."""

    def prepare(settings: Settings) -> None:
        settings.home.mkdir(mode=0o700)
        for path in (settings.home.parent, settings.home):
            os.chown(path, uid, uid)

    return prepare


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Who starts a server where; as whom it then runs, and whose its data are."""

    name: str
    before: Sequence[str] = ()
    prepare: Callable[[Settings], None] = unchanged
    runs_as: int
    data: int
    home: int


CASES = [
    Case(name="root", runs_as=0, data=0, home=0),
    Case(name="root in a container", before=CONTAINER, runs_as=NOBODY, data=NOBODY, home=0),
    Case(
        name="root in somebody's home",
        prepare=home_of(ORDINARY),
        runs_as=ORDINARY,
        data=ORDINARY,
        home=ORDINARY,
    ),
    Case(
        name="an ordinary user",
        before=as_user(ORDINARY),
        prepare=home_of(ORDINARY),
        runs_as=ORDINARY,
        data=ORDINARY,
        home=ORDINARY,
    ),
    Case(
        name="a user without a name",
        before=as_user(NAMELESS),
        prepare=home_of(NAMELESS),
        runs_as=NAMELESS,
        data=NAMELESS,
        home=NAMELESS,
    ),
]
if not IS_ROOT:
    ME = os.geteuid()
    CASES = [Case(name="me", runs_as=ME, data=ME, home=ME)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_server_is_started_recovered_and_stopped_by(case: Case, empty_home: MakeHome) -> None:
    settings = empty_home()
    case.prepare(settings)
    pid = outcome(starter(settings, before=case.before))["pid"]
    assert psutil.Process(pid).uids().effective == case.runs_as
    assert owners(settings.data) == {case.data}
    assert owners(settings.home, without=settings.data) == {case.home}
    kill(pid)
    again = outcome(starter(settings, before=case.before))
    assert again["pid"] != pid
    assert outcome(starter(settings, "stop", before=case.before)) == {"stopped": True}
    assert processes.live(settings.data) == []
    assert not server.crashed(settings)


def owners(directory: Path, without: Path | None = None) -> set[int]:
    """Whose the files below are."""
    return {
        path.lstat().st_uid
        for path in [directory, *directory.rglob("*")]
        if without is None or not path.is_relative_to(without)
    }


# Whoever the tests run as, the root directory is no home for an ordinary user.
REFUSED = [pytest.param(as_user(ORDINARY) if IS_ROOT else [], Path("/"), "another user", id="user")]
if IS_ROOT:
    REFUSED.append(pytest.param(CELL, None, "as an ordinary user, or use a server", id="root"))


@pytest.mark.parametrize(("before", "elsewhere", "message"), REFUSED)
def test_where_no_server_may_be_started_the_error_says_what_to_do_by(
    before: Sequence[str], elsewhere: Path | None, message: str, empty_home: MakeHome
) -> None:
    settings = empty_home()
    settings = replace(settings, home=elsewhere or settings.home)
    assert message in outcome(starter(settings, before=before))["error"]


@pytest.mark.parametrize("before", [CONTAINER] if IS_ROOT else [[]])
def test_a_server_whose_data_changed_hands_is_started_again(
    home: Settings, before: Sequence[str]
) -> None:
    server.ensure(home)
    server.stop(home)
    assert outcome(starter(home, before=before))["owned"]
    assert outcome(starter(home, "stop", before=before)) == {"stopped": True}
    # And back where everything is allowed.
    assert server.ensure(home).owned
    assert server.stop(home)
