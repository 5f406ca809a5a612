"""When garbage is looked for that only a collection of everything finds."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from textual.app import App
from textual.screen import Screen

from genie_tui.ui import tidying
from genie_tui.ui.tidying import Tidying


@pytest.fixture
def collections() -> Iterator[list[int]]:
    """The collections of everything since the test began."""
    found: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            found.append(info["collected"])

    thresholds = gc.get_threshold()
    gc.unfreeze()
    gc.callbacks.append(note)
    yield found
    gc.callbacks.remove(note)
    gc.unfreeze()
    gc.set_threshold(*thresholds)


async def test_garbage_is_looked_for_after_another_screen_was_shown_and_no_key_pressed(
    collections: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=100.0, asked=0)

    def monotonic() -> float:
        clock.asked += 1
        return float(clock.now)

    monkeypatch.setattr(tidying, "QUIET", 0.005)
    monkeypatch.setattr(tidying, "time", SimpleNamespace(monotonic=monotonic))
    app: App[None] = App()
    async with app.run_test() as pilot:
        gc.disable()
        try:
            quiet = Tidying(app)
            quiet.start()
            quiet.used()
            collections.clear()
            await app.push_screen(Screen())
            while clock.asked <= 5:
                await pilot.pause(0.005)
            assert collections == []
            clock.now += 1
            while not collections:
                await pilot.pause(0.005)
            assert gc.get_freeze_count() == 0
            app.pop_screen()
            while not gc.get_freeze_count():
                await pilot.pause(0.005)
        finally:
            gc.enable()
