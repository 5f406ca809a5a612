"""Many programs that need the server at once, while it and they are killed."""

from __future__ import annotations

import random
from dataclasses import replace

from genie_tui.db import processes, server
from genie_tui.settings import Settings
from tests.db.programs import kill, outcome, starter
from tests.homes import MakeHome

STARTERS = 10
ROUNDS = 3


def postmasters(settings: Settings) -> list[int]:
    """The processes of the cluster whose parent is none of them."""
    alive = processes.live(settings.data)
    pids = {process.pid for process in alive}
    return [process.pid for process in alive if process.ppid() not in pids]


def test_many_who_need_the_first_server_at_once_all_get_the_same(empty_home: MakeHome) -> None:
    settings = empty_home()
    programs = [starter(settings) for _ in range(STARTERS)]
    found = [outcome(program) for program in programs]
    assert found == [found[0]] * STARTERS
    assert postmasters(settings) == [found[0]["pid"]]


def test_homes_that_want_the_same_port_at_once_get_one_each(ready_home: MakeHome) -> None:
    first = ready_home()
    others = [replace(ready_home(), port=first.port) for _ in range(3)]
    programs = [starter(settings) for settings in (first, *others)]
    found = [outcome(program) for program in programs]
    assert {one["port"] for one in found} == set(first.ports)


def test_many_who_find_it_killed_start_one(home: Settings) -> None:
    server.ensure(home)
    for _ in range(ROUNDS):
        (pid,) = postmasters(home)
        kill(pid)
        found = [outcome(program) for program in [starter(home) for _ in range(STARTERS)]]
        assert found == [found[0]] * STARTERS
        assert postmasters(home) == [found[0]["pid"]]


def test_killing_half_of_them_hinders_none_of_the_rest(home: Settings) -> None:
    chance = random.Random(42)
    steps = ["starting", "_is_ready", "_furnished"]
    for _ in range(ROUNDS):
        killed = [starter(home, chance.choice(steps)) for _ in range(STARTERS // 2)]
        others = [starter(home) for _ in range(STARTERS // 2)]
        found = [outcome(program) for program in others]
        for program in killed:
            program.communicate()
        assert found == [found[0]] * len(others)
        (pid,) = postmasters(home)
        assert pid == found[0]["pid"]
        kill(pid)
