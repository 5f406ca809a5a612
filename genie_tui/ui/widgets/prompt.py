"""A prompt: one or more fields, sent with Enter. What was typed is lost in no case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from genie_tui.errors import GenieError
from genie_tui.ui.keys.asking import CHOICE, PROMPT
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.widgets.area import Area
from genie_tui.ui.widgets.line import Line
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["Choice", "Field", "Keys", "Prompt"]

QUOTE_AT_MOST = 300
"""Letters of a line that is quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What is asked for: a line of text, several lines, or one of `choices`.

    Enter ends a line in a field that takes `paragraphs`; elsewhere it sends. What is answered is
    shown above as a `quote`.
    """

    name: str
    label: str
    value: str = ""
    hint: str = ""
    required: bool = False
    lines: int = 1
    paragraphs: bool = False
    choices: tuple[str, ...] = ()
    quote: str = ""


class Keys(Protocol):
    """Whoever keeps the keys that are pressed while something is being sent."""

    def close(self) -> None:
        """Keep them from now on."""

    def open(self, *, forget: bool = False) -> None:
        """Let them take effect, or forget them."""


Editor = Callable[[str], str]
"""Has a text written in a program of the user's; gives what it has become."""

Send = Callable[[Mapping[str, str]], Awaitable[None]]
"""Does what was asked for; a GenieError is shown, and the prompt stays open."""


class Choice(Widget, can_focus=True):
    """One of a few words; the chosen one stands in brackets."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(CHOICE)
    DEFAULT_CSS = """
    Choice { height: 1; width: 1fr; color: $foreground 75%; }
    Choice:focus { color: $foreground; background: $primary 20%; }
    """
    value: reactive[str] = reactive("")

    def __init__(self, choices: Sequence[str], value: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._choices = tuple(choices)
        self.set_reactive(Choice.value, value if value in choices else choices[0])

    def render(self) -> Content:
        """All of them, side by side; where there is no room for that, those around the chosen."""
        room = max(self.size.width, 12)
        names = [clean(choice[:room]) for choice in self._choices]
        names = [name if cell_len(name) <= room - 6 else fit(name, room - 6, "~") for name in names]
        chosen = self._choices.index(self.value)
        first, last = _around(chosen, [cell_len(name) + 2 for name in names], room)
        parts = [
            (f"[{name}]", "bold") if at == chosen else (f" {name} ", "")
            for at, name in enumerate(names)
        ]
        before, after = "< " if first else "", " >" if last < len(names) else ""
        return Content.assemble(before, *parts[first:last], after)

    def action_choose(self, step: int) -> None:
        """Another one."""
        index = (self._choices.index(self.value) + step) % len(self._choices)
        self.value = self._choices[index]


def _around(at: int, widths: Sequence[int], room: int) -> tuple[int, int]:
    """From where to where there is room, around one of them; four cells are for what is left."""
    if sum(widths) <= room:
        return 0, len(widths)
    first, last, room = at, at + 1, room - 4 - widths[at]
    while True:
        if last < len(widths) and widths[last] <= room:
            room, last = room - widths[last], last + 1
        elif first and widths[first - 1] <= room:
            room, first = room - widths[first - 1], first - 1
        else:
            return first, last


class Prompt(ModalScreen[bool], inherit_bindings=False):
    """Asks for texts and sends them; dismissed with whether they were sent.

    `drafts` keeps what is typed until it is sent, and gives it back the next time.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(PROMPT)
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    Prompt {
        align: center bottom; background: transparent;
        & > Vertical {
            width: 100%; height: auto; max-height: 90%; padding: 0 1;
            background: $surface; border: round $primary; border-title-color: $primary;
            border-title-style: bold; border-subtitle-color: $foreground 60%;
            overflow-y: auto; scrollbar-size-vertical: 1;
        }
        .label { height: 1; color: $foreground 60%; }
        .quote { height: auto; max-height: 8; color: $foreground 70%; }
        .wrong { height: auto; color: $error; display: none; }
        TextArea {
            border: none; padding: 0 1; height: auto; background: $panel;
            &:focus { border: none; }
        }
    }
    """

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        *,
        send: Send,
        keys: Keys,
        drafts: MutableMapping[str, str],
        editor: Editor | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._fields = tuple(fields)
        self._send = send
        self._keys = keys
        self._drafts = drafts
        self._editor = editor
        self._sending = False
        self._kept = any(drafts.get(field.name, field.value) != field.value for field in fields)

    def compose(self) -> ComposeResult:
        """A label above each field where there are several."""
        with Vertical() as box:
            again = ", as you left it" if self._kept else ""
            box.border_title = Content(f" {clean(self._title)}{again} ")
            box.border_subtitle = Content(self._how())
            for field in self._fields:
                if len(self._fields) > 1:
                    yield Static(Content(field.label), classes="label")
                if field.quote:
                    yield Static(_quoted(field.quote), classes="quote")
                yield self._widget(field)
            yield Static("", classes="wrong")

    def on_mount(self) -> None:
        """The first key is typed into the first field."""
        self.set_focus(self.query_one(f"#{self._fields[0].name}"))

    def _widget(self, field: Field) -> Widget:
        value = self._drafts.get(field.name, field.value)
        if field.choices:
            value = value if value in field.choices else field.value
            return Choice(field.choices, value, id=field.name)
        if field.lines == 1:
            return Line(value, entered=self.action_send, placeholder=field.hint, id=field.name)
        area = Area(value, id=field.name, placeholder=field.hint, show_line_numbers=False)
        area.styles.max_height = field.lines
        area.highlight_cursor_line = False
        area.cursor_blink = not self.app.has_class("-still")
        area.move_cursor(area.document.end)
        return area

    def _how(self) -> str:
        parts = ["enter or ctrl-s send", "tab next field"] if len(self._fields) > 1 else []
        parts = parts or ["enter send"]
        if any(field.lines > 1 and not field.paragraphs for field in self._fields):
            parts.append("ctrl-j new line")
        if self._editor is not None and any(field.lines > 1 for field in self._fields):
            parts.append("ctrl-e editor")
        return f" {', '.join([*parts, 'esc cancel'])} "

    # What is typed

    @property
    def values(self) -> dict[str, str]:
        """What stands in the fields, by their names."""
        return {field.name: self._value(field.name) for field in self._fields}

    def _value(self, name: str) -> str:
        widget = self.query_one(f"#{name}")
        if isinstance(widget, TextArea):
            return widget.text
        return widget.value if isinstance(widget, Line | Choice) else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter is a line's end where paragraphs are written; an editor is for texts."""
        if action == "editor":
            return self._editor is not None and isinstance(self.focused, TextArea)
        if action == "send_line" and self.focused is not None:
            return not self._writes_paragraphs(self.focused.id)
        return super().check_action(action, parameters)

    def _writes_paragraphs(self, name: str | None) -> bool:
        return any(field.paragraphs for field in self._fields if field.name == name)

    # What becomes of it

    def action_send_line(self) -> None:
        """Send, by Enter."""
        self.action_send()

    def action_new_line(self) -> None:
        """A line's end where Enter sends."""
        if isinstance(self.focused, TextArea):
            self.focused.insert("\n")

    def action_editor(self) -> None:
        """Write the text of the field in another program."""
        area = self.focused
        if self._editor is None or not isinstance(area, TextArea):
            return
        try:
            area.text = self._editor(area.text)
        except GenieError as error:
            self._say(str(error))
        area.move_cursor(area.document.end)

    def action_send(self) -> None:
        """Send what is typed."""
        if self._sending:
            return
        for field in self._fields:
            if field.required and not self._value(field.name).strip():
                self._say(f"{field.label} is missing; type it, or cancel with esc")
                self.set_focus(self.query_one(f"#{field.name}"))
                return
        self._sending = True
        self._keys.close()
        self.run_worker(self._deliver(self.values), exit_on_error=True)

    async def _deliver(self, values: Mapping[str, str]) -> None:
        sent = False
        try:
            await self._send(values)
            sent = True
        except GenieError as error:
            self._say(str(error))
        finally:
            self._sending = False
            if sent:
                self._drafts.clear()
                self.dismiss(True)
            self._keys.open(forget=not sent)

    def _say(self, text: str) -> None:
        wrong = self.query_one(".wrong", Static)
        wrong.update(Content(clean(text)))
        wrong.display = True
        wrong.call_after_refresh(wrong.scroll_visible, animate=False)

    def action_cancel(self) -> None:
        """Keep what was typed for the next time, and do nothing."""
        if not self._sending:
            self._keep()
            self.dismiss(False)

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _keep(self) -> None:
        for field in self._fields:
            # What was not touched may be somebody else's by the next time.
            if (text := self._value(field.name)) in {"", field.value}:
                self._drafts.pop(field.name, None)
            else:
                self._drafts[field.name] = text


def _quoted(text: str) -> Content:
    """The first lines of what is answered."""
    lines = [clean(line[:QUOTE_AT_MOST]) for line in text[: 10 * QUOTE_AT_MOST].splitlines()]
    return Content("\n".join(f"> {line}" for line in lines[:8]))
