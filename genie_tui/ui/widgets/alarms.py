"""A widget's timers by name: at most one each, and none that has nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from textual.screen import Screen
from textual.signal import Signal
from textual.timer import Timer
from textual.widget import Widget

__all__ = ["Alarms", "Returning"]


@runtime_checkable
class Returning(Protocol):
    """A screen that tells when it is seen again."""

    seen_again: Signal[None]


class Alarms:
    """Timers of one widget; they end with it. Nothing ticks that another screen covers."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._once: dict[str, Timer] = {}
        self._ticking: Timer | None = None
        self._every: float | None = None
        self._is_waiting = False

    def later(self, name: str, delay: float, call: Callable[[], None]) -> None:
        """Call once after so many seconds, unless that is arranged already."""

        def run() -> None:
            del self._once[name]
            call()

        if name not in self._once:
            self._once[name] = self._widget.set_timer(delay, run, name=name)

    def every(self, seconds: float | None, call: Callable[[], None]) -> None:
        """Call every so many seconds from now on, and when seen again; None for never again."""
        if seconds == self._every:
            return
        if self._ticking is not None:
            self._ticking.stop()
        self._every = seconds
        self._ticking = None
        if seconds is not None:
            self._ticking = self._widget.set_interval(seconds, lambda: self._tick(call))

    def _tick(self, call: Callable[[], None]) -> None:
        screen = self._widget.screen
        if not isinstance(screen, Returning) or not _is_covered(screen):
            call()
        elif self._ticking is not None:
            self._ticking.pause()
            if not self._is_waiting:
                self._is_waiting = True
                screen.seen_again.subscribe(self._widget, lambda _: self._go_on(call))

    def _go_on(self, call: Callable[[], None]) -> None:
        screen = self._widget.screen
        assert isinstance(screen, Returning)
        screen.seen_again.unsubscribe(self._widget)
        self._is_waiting = False
        if self._ticking is not None:
            self._ticking.resume()
            call()


def _is_covered(screen: Screen[object]) -> bool:
    """Is it not to be seen? What is asked over it leaves it in sight."""
    stack = screen.app.screen_stack
    return screen not in stack or any(
        not above.is_modal for above in stack[stack.index(screen) + 1 :]
    )
