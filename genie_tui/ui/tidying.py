"""Collections of garbage while nobody waits.

Python looks through the oldest generation wherever the program happens to be, which is mostly while
another screen is being made: that stopped everything for 40 to 90 ms just when somebody had pressed
a key.
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

__all__ = ["Tidying"]

QUIET = 1.0
"""Seconds without a key after which nobody is taken to wait."""

LATEST = 15.0
"""Seconds after which it is done all the same, however busily somebody types."""

EVERY = 60.0
"""Seconds between two collections where no other screen was shown."""

SELDOM = 100
"""So many collections of the middle generation force one of the oldest, ten by default."""


class Tidying:
    """Chooses the moments at which all garbage is looked for; what `forget` lets go is among it."""

    def __init__(self, app: App[None], forget: Callable[[], None] = lambda: None) -> None:
        self._app = app
        self._forget = forget
        self._used = 0.0
        self._due: float | None = None
        self._shown: set[str] = set()
        self._stays = False
        self._began = False
        gc.set_threshold(*gc.get_threshold()[:2], SELDOM)

    def start(self) -> None:
        """From now on, for as long as the app runs."""
        self._app.screen_change_signal.subscribe(self._app, self._changed, immediate=True)
        self._changed(None)
        self._app.set_interval(EVERY, self._soon, name="tidying")

    def used(self) -> None:
        """Somebody has pressed a key."""
        self._used = time.monotonic()

    def _changed(self, _: object) -> None:
        mode = self._app.current_mode
        if mode not in self._shown:
            self._shown.add(mode)
            self._stays = True
        self._soon()

    def _soon(self) -> None:
        if self._due is None:
            self._due = time.monotonic()
            self._app.set_timer(QUIET, self._look)

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._used < QUIET and now - (self._due or now) < LATEST:
            self._app.set_timer(QUIET, self._look)
            return
        self._due = None
        self._forget()
        if not self._began:
            # What was there when the board had its cards was taken for good unseen.
            self._began = True
            gc.unfreeze()
        gc.collect()
        # A main screen stays as long as the app; what is open over it does not.
        if self._stays and len(self._app.screen_stack) == 1:
            self._stays = False
            gc.freeze()
