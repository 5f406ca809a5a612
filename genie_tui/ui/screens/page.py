"""What all screens have: a header, a footer with the keys that matter, a place for notices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.signal import Signal
from textual.widget import Widget

from genie_tui.domain.changes import LinkState
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.footer import Footer, Hint
from genie_tui.ui.widgets.header import Header
from genie_tui.ui.widgets.notice import Notice, Tone
from genie_tui.ui.workspace import Workspace

__all__ = ["Page"]


class Page(Screen[None], inherit_bindings=False):
    """A screen with a header, a footer and notices; the rest is `body`.

    `NAME` is the main screen to which it belongs. `HINTS` are ids of bindings in the order in
    which they matter here, those in `ALWAYS` are shown whatever the room.
    """

    NAME: str = "Board"
    HINTS: ClassVar[tuple[str, ...]] = ()
    ALWAYS: ClassVar[tuple[str, ...]] = ("app.help", "app.quit")
    HORIZONTAL_BREAKPOINTS = [
        (0, "-compact"),
        (61, "-pair"),
        (80, "-narrow"),
        (110, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-status"), (13, "-tall")]
    DEFAULT_CSS = """
    Page {
        layers: base notice; background: $background; color: $foreground;
        &.-compact Header, &.-status Header { height: 1; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.ascii = workspace.settings.ascii
        self.header = Header(workspace.bearings(self.NAME), ascii=self.ascii)
        self.footer = Footer(self.hints(), self._hints(self.ALWAYS), ascii=self.ascii)
        self.notice = Notice(ascii=self.ascii)
        self.seen_again: Signal[None] = Signal(self, "seen-again")

    def body(self) -> Iterable[Widget]:
        """What stands between header and footer."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        self._fit(self.app.size)
        yield self.header
        yield from self.body()
        yield self.footer
        yield self.notice

    def _fit(self, size: Size) -> None:
        """Have the classes of the breakpoints from the first frame on."""
        for breakpoints, cells in (
            (self.HORIZONTAL_BREAKPOINTS, size.width),
            (self.VERTICAL_BREAKPOINTS, size.height),
        ):
            self.add_class([name for least, name in breakpoints if least <= cells][-1])

    def on_mount(self) -> None:
        """Hear what the header has to tell."""
        self.workspace.news.subscribe(self, lambda _: self.show_bearings(), immediate=True)
        self.show_bearings()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Other things may hold than when it was left; not its styles. What stood still goes on."""
        # Where these have changed meanwhile, the app has seen to it by now.
        event.refresh_styles = False
        self.show_bearings()
        self.seen_again.publish(None)

    def on_screen_suspend(self) -> None:
        """What is asked over it has keys of its own."""
        self.footer.tell((), self._hints(("prompt.cancel", "app.quit_now")))

    def forget(self) -> None:
        """Nobody looks here: what is drawn need not be kept.

        Each line keeps what was ever cut out of it, which comes to megabytes a screen.
        """
        for widget in self.walk_children(Widget, with_self=True):
            widget._styles_cache.clear()
            if isinstance(widget, Drawn):
                widget.forget()

    def tell_start(self) -> None:
        """Show oneself as one begins: linked to nothing."""
        self.header.tell(replace(self.header.told, link=LinkState.CONNECTING))

    def show_bearings(self) -> None:
        """Tell anew where one is and how things stand."""
        if self.is_current or self.app.screen.is_modal:
            self.header.tell(self.workspace.bearings(self.NAME, self.heading()))
        if self.is_current:
            self.footer.tell(self.hints(), self._hints(self.ALWAYS), self._freshness())

    def heading(self) -> str:
        """What is told in the header where there is one line for all."""
        return ""

    def hints(self) -> list[Hint]:
        """The keys that matter here."""
        return self._hints(self.HINTS)

    def _hints(self, ids: Iterable[str]) -> list[Hint]:
        keymap = self.workspace.keymap
        return [keymap.hint(id_) for id_ in ids]

    def _freshness(self) -> str:
        at = self.workspace.fresh_at
        if self.workspace.link.connected or at is None:
            return ""
        return f"as of {at.astimezone():%H:%M:%S}"

    def settle(self) -> None:
        """A key has acted: what follows from it is to be seen in the same frame."""

    # Notices

    def say(self, *sentences: str, tone: Tone = Tone.PLAIN) -> None:
        """Say something where one looks; it stays until the next key."""
        self.notice.say(*sentences, tone=tone)

    def hush(self) -> None:
        """A key was pressed: what was said has been read."""
        self.notice.clear()
