"""A bare Textual program: a line that counts keys. What the dashboard is beside."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    """As little as Textual can do that shows what is typed."""

    keys = 0

    def compose(self) -> ComposeResult:
        """The line."""
        yield Static("hello")

    def on_key(self) -> None:
        """Count."""
        self.keys += 1
        self.query_one(Static).update(f"hello {self.keys}")


if __name__ == "__main__":
    Hello().run()
