"""Daemons that are killed at random, as `benchmarks/faults/daemon.py` does it for longer."""

from __future__ import annotations

import random

from benchmarks.faults import daemon as faults
from genie_tui.db import server
from genie_tui.settings import Settings


def test_daemons_that_are_killed_fire_each_trigger_once(home: Settings) -> None:
    try:
        found = faults.torture(home, triggers=60, kills=3, daemons=2, rng=random.Random("daemons"))
    finally:
        server.stop(home)
    assert found.wrong == []
    assert found.triggers > 60
