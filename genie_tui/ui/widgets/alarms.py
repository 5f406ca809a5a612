"""A widget's timers by name: at most one each, and none that has nothing to do."""

from __future__ import annotations

from collections.abc import Callable

from textual.timer import Timer
from textual.widget import Widget

__all__ = ["Alarms"]


class Alarms:
    """Timers of one widget; they end with it."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._once: dict[str, Timer] = {}
        self._ticking: Timer | None = None
        self._every: float | None = None

    def later(self, name: str, delay: float, call: Callable[[], None]) -> None:
        """Call once after so many seconds, unless that is arranged already."""

        def run() -> None:
            del self._once[name]
            call()

        if name not in self._once:
            self._once[name] = self._widget.set_timer(delay, run, name=name)

    def every(self, seconds: float | None, call: Callable[[], None]) -> None:
        """Call every so many seconds from now on; None for never again."""
        if seconds == self._every:
            return
        if self._ticking is not None:
            self._ticking.stop()
        self._every = seconds
        self._ticking = None if seconds is None else self._widget.set_interval(seconds, call)
