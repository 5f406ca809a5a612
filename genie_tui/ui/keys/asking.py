"""Keys of what is asked over a screen."""

from __future__ import annotations

from genie_tui.ui.keys.everywhere import APP, TASK
from genie_tui.ui.keys.key import look, write

__all__ = ["CHOICE", "CONFIRM", "FILTER", "HELP", "PICKER", "PROMPT", "TOGETHER"]

CONFIRM = (
    write("confirm.yes", "y", "go_on", "Go on"),
    look("confirm.no", "n,escape,enter,q", "cancel", "Cancel"),
)

PROMPT = (
    look("prompt.send_line", "enter", "send_line", "Send; a new line where paragraphs are written"),
    look("prompt.send", "ctrl+s", "send", "Send"),
    look("prompt.editor", "ctrl+e", "editor", "Write it in $EDITOR"),
    look("prompt.new_line", "ctrl+j,shift+enter,alt+enter", "new_line", "New line"),
    look(
        "prompt.cancel",
        "escape",
        "cancel",
        "Cancel; what you typed is kept for next time",
        "cancel",
    ),
    look("prompt.next", "tab", "app.focus_next", "Next field"),
    look("prompt.previous", "shift+tab", "app.focus_previous", "Previous field"),
)

CHOICE = (
    look("choice.next", "right,down,space", "choose(1)", "The next one"),
    look("choice.previous", "left,up", "choose(-1)", "The one before"),
)

PICKER = (
    look("picker.take", "enter", "take", "Take it"),
    look("picker.cancel", "escape", "cancel", "Cancel"),
    look("picker.down", "down,ctrl+n,tab", "go(1)", "Down"),
    look("picker.up", "up,ctrl+p,shift+tab", "go(-1)", "Up"),
    look("picker.page_down", "pagedown", "go(10)", "Ten down"),
    look("picker.page_up", "pageup", "go(-10)", "Ten up"),
)

HELP = (
    look("help.close", "escape", "close", "Back", "back"),
    look("help.down", "down", "go(1)", "Down", "down"),
    look("help.up", "up", "go(-1)", "Up", "up"),
    look("help.page_down", "pagedown", "go(20)", "A page down"),
    look("help.page_up", "pageup", "go(-20)", "A page up"),
)

FILTER = (
    look("filter.keep", "enter", "keep", "Keep the filter", "keep"),
    look("filter.drop", "escape", "drop", "Back to the filter before", "back"),
    look("filter.complete", "tab", "complete", "Take what is offered under the filter", "take"),
)

TOGETHER = (
    # Never the key that asked.
    (*CONFIRM, *(key for key in (*TASK, *APP) if key.asks)),
    (*PROMPT, *CHOICE),
    PICKER,
    HELP,
    FILTER,
)
