"""The application: one subscription to the feed, the keys that work everywhere, its screens."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.command import Provider
from textual.driver import Driver
from textual.filter import Monochrome
from textual.widget import Widget
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from genie_tui.domain.actors import Actor
from genie_tui.errors import GenieError
from genie_tui.settings import Settings
from genie_tui.ui import theme
from genie_tui.ui.ascii_only import plain_text
from genie_tui.ui.burst import Burst
from genie_tui.ui.keyboard import Keyboard, Roads
from genie_tui.ui.keymap import remap
from genie_tui.ui.keys.everywhere import APP
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.memory import Memory
from genie_tui.ui.navigating import BOARD, Navigating
from genie_tui.ui.screens import MAIN, made
from genie_tui.ui.sheet import Sheet
from genie_tui.ui.terminal import enduring
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.workspace import Workspace

if TYPE_CHECKING:
    from rich.console import RenderableType

    from genie_tui.ui.ahead import Fetching
    from genie_tui.ui.backend import Backend
    from genie_tui.ui.glimpse import Glimpse
    from genie_tui.ui.linking import Linking
    from genie_tui.ui.notifying import Notifying
    from genie_tui.ui.tidying import Tidying

__all__ = ["GenieApp", "run"]

HOLD = 0.002
"""Seconds for which a key that writes is held back, to see whether a burst is behind it."""

DIGESTED_WITHIN = 0.5
"""Seconds in which a text field has taken the letters typed before a key that acts."""


def run(
    settings: Settings,
    me: Actor,
    fetching: Fetching | None = None,
    glimpse: Glimpse | None = None,
) -> int:
    """Show the dashboard until it is quit; the exit code.

    `fetching` brings the first rows, where another process was sent for them; `glimpse` takes
    what is seen last.
    """
    # Until the board is there, collections would only look at what is going to stay.
    gc.disable()
    app = GenieApp(settings, me, fetching=fetching, glimpse=glimpse)
    app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


def _commands() -> type[Provider]:
    from genie_tui.ui.commands import Commands

    return Commands


def _finds() -> type[Provider]:
    from genie_tui.ui.commands import Finds

    return Finds


class GenieApp(Navigating, inherit_bindings=False):
    """The dashboard of one person or agent."""

    TITLE = "genie"
    # Read with the program's own; the screen's would be parsed, and everything styled, again.
    CSS_PATH = "screens/board.tcss"
    DEFAULT_MODE = BOARD
    BINDINGS: ClassVar[list[BindingType]] = bindings(APP)
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_commands, _finds}
    # It is opened by a key of ours, which has an id.
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        settings: Settings,
        me: Actor,
        *,
        burst: Burst | None = None,
        fetching: Fetching | None = None,
        glimpse: Glimpse | None = None,
    ) -> None:
        super().__init__()
        self._fetching = fetching
        self._glimpse = glimpse
        self._veil = contextlib.ExitStack()
        if glimpse is not None and glimpse.is_seen:
            self._veil.enter_context(self.batch_update())
        self.stylesheet = Sheet(variables=self.get_css_variables(), ascii=settings.ascii)
        self.animation_level = "none"
        self.failure: BaseException | None = None
        self._settings = settings
        self.set_class(settings.reduced_motion, "-still")
        keymap, self._complaints = remap(settings.keys, plain=settings.ascii)
        guard = burst or Burst(keymap.guarded.__contains__, keymap.known.__contains__)
        self.workspace = Workspace(self, settings, me, keymap, Keyboard(guard, self._roads()))
        self._memory = Memory.of_home(settings.home)
        self._linking: Linking | None = None
        self._notifying: Notifying | None = None
        self._tidying: Tidying | None = None
        self._link: Worker[None] | None = None
        for name in MAIN:
            self.add_mode(name, partial(made, name, self.workspace))
        self._choose_look()

    def _choose_look(self) -> None:
        for own in theme.THEMES:
            self.register_theme(own)
        known = self.available_themes
        wanted = self._settings.theme or self._memory.theme
        self.theme = wanted if wanted in known else theme.DEFAULT
        if self._settings.theme not in {None, self.theme}:
            complaint = f"no theme {self._settings.theme!r}; there are {', '.join(known)}"
            self._complaints += (complaint,)
        if self.console.color_system == "standard":
            from genie_tui.ui.sixteen import SixteenColors

            self._filters.append(SixteenColors())
        self._filters += plain_text(ascii=self._settings.ascii)
        if not self._settings.color and not self.no_color:
            self._filters.append(Monochrome())

    # Starting and ending

    def get_driver_class(self) -> type[Driver]:
        """One that does not keep the program from ending where the terminal is gone."""
        return enduring(super().get_driver_class())

    def on_mount(self) -> None:
        """The frame comes first; everything else after it."""
        self.set_keymap(self.workspace.keymap.changed)
        self._obey_signals()
        self.call_after_refresh(self._begin)

    def _obey_signals(self) -> None:
        """Whoever ends the program from outside gets the terminal back as it was."""
        if self.is_headless:
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))

    def unveil(self) -> None:
        """Draw from now on; until then the board is there as it was last seen."""
        self._veil.close()
        self.screen.refresh()

    def _begin(self) -> None:
        # Neither has to be there for the first frame.
        from genie_tui.ui.linking import Linking
        from genie_tui.ui.notifying import Notifying
        from genie_tui.ui.tidying import Tidying

        workspace = self.workspace
        if not self.is_headless:
            self._tidying = Tidying(self, self.forget_hidden)
            self._tidying.start()
        self._notifying = Notifying(workspace)
        self._notifying.start(self)
        self._linking = Linking(
            workspace, self._settings, workspace.me, self._memory, ready=self.unveil
        )
        self._link = self.run_worker(self._linking.run(self._fetching), name="link")
        workspace.told.subscribe(self, lambda s: self.page.say(s, tone=Tone.BAD), immediate=True)
        if (unsent := workspace.drafts.told()) and not self._settings.read_only:
            self.page.say(unsent)
        if self._complaints:
            said = (f"tui.toml: {complaint}" for complaint in self._complaints)
            self.page.say(*said, tone=Tone.BAD)

    def exit(
        self,
        result: None = None,
        return_code: int = 0,
        message: RenderableType | None = None,
    ) -> None:
        """Quit; what is on the screen is what the next dashboard begins with."""
        if self._glimpse is not None:
            self._keep_glimpse(self._glimpse)
        super().exit(result, return_code, message)

    def _keep_glimpse(self, glimpse: Glimpse) -> None:
        """Of the board alone, and of one that has its cards; its head says that it is starting."""
        from genie_tui.ui.screens.board import BoardPage

        page = self.screen
        if isinstance(page, BoardPage) and self.workspace.link.connected:
            page.tell_start()
            strips = page._compositor.render_strips()
            glimpse.keep([strip.render(self.console) for strip in strips])

    async def on_unmount(self) -> None:
        """Close the connections before the event loop ends."""
        self.workspace.drafts.write()
        if self._notifying is not None:
            self._notifying.stop()
        if self._link is not None:
            self._link.cancel()
            with contextlib.suppress(WorkerFailed, WorkerCancelled):
                await self._link.wait()

    def _handle_exception(self, error: Exception) -> None:
        """A fault of ours ends the program; whoever ran it tells of it, without a traceback."""
        if self.failure is None:
            self.failure = error.error if isinstance(error, WorkerFailed) else error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self.bell()
        self._close_messages_no_wait()

    # Keys

    def _roads(self) -> Roads:
        return Roads(
            act=self._act,
            typed=lambda _: self._writing() is not None,
            urgent=self._urgent,
            soon=self._soon,
            next=self._next,
            dropped=self._dropped,
        )

    async def on_event(self, event: events.Event) -> None:
        """Keys take their own road; a paste that no text field is there for is not let in."""
        if self._notifying is not None:
            self._notifying.saw(event)
        if self._tidying is not None and isinstance(event, events.InputEvent):
            self._tidying.used()
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self.workspace.keyboard.press(event)
        elif isinstance(event, events.Paste) and self._writing() is None:
            self.page.say("nothing takes a pasted text here; it was dropped", tone=Tone.BAD)
        else:
            if isinstance(event, events.MouseDown) and not event.is_forwarded:
                self.page.hush()
            await super().on_event(event)

    def _writing(self) -> Widget | None:
        """The text field that keys go to."""
        focused = self.focused
        return focused if focused is not None and focused.check_consume_key("x", "x") else None

    def _urgent(self, event: events.Key) -> bool:
        """Quitting waits for nothing."""
        return event.key in self.workspace.keymap.keys("app.quit_now")

    def _soon(self, call: Callable[[], Awaitable[None]]) -> None:
        asyncio.get_running_loop().call_later(HOLD, self.call_later, call)

    def _next(self, call: Callable[[], Awaitable[None]]) -> None:
        self.call_later(call)

    def _dropped(self, count: int) -> None:
        keys = "1 key" if count == 1 else f"{count} keys"
        self.page.say(
            f"{keys} came faster than anybody types, as of a pasted text; dropped",
            tone=Tone.BAD,
        )

    async def _act(self, event: events.Key) -> None:
        """Do what a key says before the next one is looked at.

        Textual would hand it from queue to queue; what is typed fast would overtake a prompt
        that opens, or Enter the letters before it.
        """
        if (field := self._writing()) is None:
            self.page.hush()
        elif event.is_printable:
            await super().on_event(event)
            return
        else:
            await self._digested(field)
        bound = await self._check_bindings(event.key, priority=True)
        if not bound and not await self._check_bindings(event.key):
            await super().on_event(event)
        self.page.settle()

    async def _digested(self, field: Widget) -> None:
        """Wait until a field has taken the letters that were sent to it."""
        done = asyncio.Event()
        field.call_later(done.set)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DIGESTED_WITHIN):
                await done.wait()

    # Actions that work everywhere

    async def action_leave(self) -> None:
        """Back to the screen before; at the root, quit."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            await self.action_quit()

    def action_interrupt(self) -> None:
        """Too many a hand presses this to copy something; so it only says what quits."""
        self.page.say(f"{self.workspace.keymap.shown('app.quit_now')} quits, wherever you are")

    def action_reload(self) -> None:
        """Read everything again; start or look for a server that is not there."""
        if self._linking is None:
            return
        if (backend := self.workspace.backend) is None:
            self.workspace.started.publish("Trying again")
            self._linking.retry()
        elif self.workspace.link.connected:
            self._linking.reload()
        else:
            self.run_worker(self._start(backend), group="start", exclusive=True)

    async def _start(self, backend: Backend) -> None:
        self.page.say("looking for the server, and starting it where none runs")
        try:
            await backend.start()
        except GenieError as error:
            self.page.say(str(error), tone=Tone.BAD)
        else:
            self.page.hush()
