"""How the dashboard is driven where `genie-tui serve` has begun it for a browser."""

from __future__ import annotations

from textual import messages
from textual.drivers.web_driver import WebDriver

__all__ = ["ServedDriver"]


class ServedDriver(WebDriver):
    """Textual's driver for browsers; the app ends when nobody is left who could speak to it."""

    def run_input_thread(self) -> None:
        """Hear the browser, until the pipe is closed: also by a server that was killed."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(messages.ExitApp())
