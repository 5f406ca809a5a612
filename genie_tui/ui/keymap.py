"""The keys: binding ids with their defaults, and what `[keys]` in tui.toml makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from textual.binding import Binding, BindingType
from textual.keys import Keys, _character_to_key, format_key, key_to_character

from genie_tui.ui.widgets.board_keys import KEYS as BOARD_KEYS

__all__ = [
    "ACTIVITY",
    "ALL",
    "APP",
    "BOARD",
    "CHOICE",
    "CONFIRM",
    "FILTER",
    "HELP",
    "LOG",
    "PICKER",
    "PROMPT",
    "QUEUE",
    "STEPS",
    "TASK",
    "TRIAGE",
    "VIEW",
    "VIEWING",
    "Key",
    "Keymap",
    "bindings",
    "remap",
    "shown",
]


FIRST = frozenset({"app.quit_now", "prompt.editor"})
"""Quitting works over whatever is asked; a text area would take the editor's key for itself."""

ASKING = frozenset({"task.undo", "task.advance", "task.checkout", "task.unlock", "task.done"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A binding by default: `keys` as Textual has them, `label` for the footer.

    A `guarded` one writes, asks or leaves: it is not taken from a burst of keys that nobody typed.
    """

    id: str
    keys: str
    action: str
    says: str
    label: str = ""
    guarded: bool = True

    @property
    def asks(self) -> bool:
        """Is a question to be confirmed what may come of it?"""
        return self.id in ASKING

    @property
    def binding(self) -> Binding:
        """As Textual has it; one with priority works before what has the focus."""
        return Binding(
            self.keys, self.action, self.says, show=False, priority=self.id in FIRST, id=self.id
        )


def _key(id_: str, keys: str, action: str, says: str, label: str = "") -> Key:
    return Key(id=id_, keys=keys, action=action, says=says, label=label)


def _look(id_: str, keys: str, action: str, says: str, label: str = "") -> Key:
    return Key(id=id_, keys=keys, action=action, says=says, label=label, guarded=False)


APP = (
    _key("app.help", "question_mark,f1", "help", "Help: every key, searchable", "help"),
    _key("app.palette", "colon,ctrl+p", "palette", "Command palette", "cmd"),
    _look("app.previous_screen", "left_square_bracket", "cycle_screen(-1)", "Previous screen"),
    _look("app.next_screen", "right_square_bracket", "cycle_screen(1)", "Next screen", "screens"),
    _look("app.triage", "i", "show_screen('triage')", "Triage: what needs you", "triage"),
    _key("app.boards", "v", "boards", "Another board, of any project", "boards"),
    _key("app.reload", "r", "reload", "Read again; start the server if it was stopped", "reload"),
    _look("app.next_panel", "tab", "focus_next", "Next panel", "panel"),
    _look("app.previous_panel", "shift+tab", "focus_previous", "Previous panel"),
    _key("app.quit", "q", "leave", "Back; quit at the root", "quit"),
    _key("app.quit_now", "ctrl+q", "quit", "Quit", "quit"),
    _key("app.interrupt", "ctrl+c", "interrupt", "Say how to quit"),
)

TASK = (
    _key(
        "task.advance", "L", "advance", "Advance to the next column, if the gate opens", "advance"
    ),
    _key("task.back", "H", "send_back", "Send back, with a reason if you like", "back"),
    _key("task.checkout", "C", "checkout", "Check out, or renew your lock", "checkout"),
    _key("task.release", "R", "release", "Release your lock", "release"),
    _key("task.unlock", "X", "unlock", "Force the lock open, whoever holds it", "unlock"),
    _key("task.done", "D", "done", "Done", "done"),
    _key("task.move", "m", "move", "Move to another column", "move"),
    _key("task.comment", "c", "comment", "Comment", "comment"),
    _key("task.block", "b", "block", "Block with a reason, or unblock", "block"),
    _key("task.undo", "u", "undo", "Undo your last change, after asking", "undo"),
    _key("task.redo", "ctrl+y", "redo", "Do again what was undone"),
    _key("task.assign", "a", "assign", "Assign, or unassign", "assign"),
    _key("task.tags", "t", "tags", "Tags", "tags"),
    _key("task.priority", "p", "priority", "Priority", "priority"),
    _key("task.edit", "e", "edit", "Edit", "edit"),
    _look("task.pane", "o", "pane", "Go to its agent's tmux pane", "pane"),
    _look("task.copy_id", "y", "copy_id", "Copy the task's id", "copy id"),
)

BOARD = (
    _key("board.new", "n", "new", "New task in this column", "new"),
    _key("board.filter", "slash", "filter", "Filter, as you type", "filter"),
    _look("board.clear", "escape", "clear", "Mark nothing; clear the filter"),
    _look("board.follow", "f", "follow", "Follow the newest activity, or stand still"),
)

VIEWING = (
    _look("board.sort", "s", "sort", "Sort by priority, age, due date, last change", "sort"),
    _look("board.hide_done", "full_stop", "hide_done", "Hide what is done, or show it"),
    _look("board.hide_blocked", "comma", "hide_blocked", "Hide what is blocked, or show it"),
)

STEPS = (
    _look("view.next", "J", "step(1)", "The next card", "next"),
    _look("view.previous", "K", "step(-1)", "The card before"),
)

VIEW = (
    _look("view.close", "escape", "close", "Back", "back"),
    _look("view.down", "j,down", "scroll_lines(1)", "Down", "down"),
    _look("view.up", "k,up", "scroll_lines(-1)", "Up", "up"),
    _look("view.half_down", "ctrl+d,pagedown", "scroll_pages(0.5)", "Half a page down"),
    _look("view.half_up", "ctrl+u,pageup", "scroll_pages(-0.5)", "Half a page up"),
    _look("view.top", "g,home", "scroll_edge(False)", "To the beginning"),
    _look("view.bottom", "G,end", "scroll_edge(True)", "To the end"),
)

ACTIVITY = (
    _look("activity.follow", "f", "follow", "Follow the newest, or stand still", "follow"),
    _look("activity.back", "escape", "back", "To the board", "board"),
)

LOG = (
    _look("log.up", "k,up", "older(1)", "Older", "older"),
    _look("log.down", "j,down", "older(-1)", "Newer", "newer"),
    _look("log.half_up", "ctrl+u,pageup", "older_pages(0.5)", "Half a page up"),
    _look("log.half_down", "ctrl+d,pagedown", "older_pages(-0.5)", "Half a page down"),
    _look("log.top", "g,home", "oldest", "The oldest that is loaded", "oldest"),
    _look("log.bottom", "G,end", "newest", "The newest, and follow", "newest"),
)

TRIAGE = (_look("triage.back", "escape", "back", "To the board", "board"),)

QUEUE = (
    _look("queue.open", "enter", "open", "Open", "open"),
    _look("queue.skip", "space", "skip", "Next, without a verdict", "skip"),
    _look("queue.down", "j,down", "go(1)", "Down", "down"),
    _look("queue.up", "k,up", "go(-1)", "Up", "up"),
    _look("queue.half_down", "ctrl+d,pagedown", "go_pages(0.5)", "Half a page down"),
    _look("queue.half_up", "ctrl+u,pageup", "go_pages(-0.5)", "Half a page up"),
    _look("queue.top", "g,home", "go_edge(False)", "To the first"),
    _look("queue.bottom", "G,end", "go_edge(True)", "To the last"),
)

CONFIRM = (
    _key("confirm.yes", "y", "go_on", "Go on"),
    _look("confirm.no", "n,escape,enter,q", "cancel", "Cancel"),
)

PROMPT = (
    _look(
        "prompt.send_line", "enter", "send_line", "Send; a new line where paragraphs are written"
    ),
    _look("prompt.send", "ctrl+s", "send", "Send"),
    _look("prompt.editor", "ctrl+e", "editor", "Write it in $EDITOR"),
    _look("prompt.new_line", "ctrl+j,shift+enter,alt+enter", "new_line", "New line"),
    _look(
        "prompt.cancel",
        "escape",
        "cancel",
        "Cancel; what you typed is kept for next time",
        "cancel",
    ),
    _look("prompt.next", "tab", "app.focus_next", "Next field"),
    _look("prompt.previous", "shift+tab", "app.focus_previous", "Previous field"),
)

CHOICE = (
    _look("choice.next", "right,down,space", "choose(1)", "The next one"),
    _look("choice.previous", "left,up", "choose(-1)", "The one before"),
)

PICKER = (
    _look("picker.take", "enter", "take", "Take it"),
    _look("picker.cancel", "escape", "cancel", "Cancel"),
    _look("picker.down", "down,ctrl+n,tab", "go(1)", "Down"),
    _look("picker.up", "up,ctrl+p,shift+tab", "go(-1)", "Up"),
    _look("picker.page_down", "pagedown", "go(10)", "Ten down"),
    _look("picker.page_up", "pageup", "go(-10)", "Ten up"),
)

HELP = (
    _look("help.close", "escape", "close", "Back", "back"),
    _look("help.down", "down", "go(1)", "Down", "down"),
    _look("help.up", "up", "go(-1)", "Up", "up"),
    _look("help.page_down", "pagedown", "go(20)", "A page down"),
    _look("help.page_up", "pageup", "go(-20)", "A page up"),
)

FILTER = (
    _look("filter.keep", "enter", "keep", "Keep the filter", "keep"),
    _look("filter.drop", "escape", "drop", "Back to the filter before", "back"),
)

MOVES = tuple(
    Key(
        id=binding.id or "",
        keys=binding.key,
        action=binding.action,
        says=binding.description,
        label="open" if binding.id == "board.open" else "",
        guarded=False,
    )
    for binding in BOARD_KEYS
    if isinstance(binding, Binding)
)
"""Those of the board itself, which are declared with it."""

ALL: Mapping[str, Key] = {
    key.id: key
    for group in (
        APP,
        TASK,
        BOARD,
        VIEWING,
        MOVES,
        LOG,
        VIEW,
        STEPS,
        ACTIVITY,
        TRIAGE,
        QUEUE,
        CONFIRM,
        PROMPT,
        CHOICE,
        PICKER,
        HELP,
        FILTER,
    )
    for key in group
}

_TOGETHER = (
    (*APP, *TASK, *BOARD, *VIEWING, *MOVES),
    (*APP, *TASK, *BOARD, *VIEWING, *LOG),
    (*APP, *TASK, *VIEW, *STEPS),
    (*APP, *ACTIVITY, *LOG),
    (*APP, *TASK, *TRIAGE, *QUEUE),
    # Never the key that asked.
    (*CONFIRM, *(key for key in (*TASK, *APP) if key.asks)),
    (*PROMPT, *CHOICE),
    PICKER,
    HELP,
    FILTER,
)
"""The keys that meet on a screen, and so must differ."""


def bindings(keys: Iterable[Key]) -> list[BindingType]:
    """A group of keys, as a class has them in BINDINGS."""
    return [key.binding for key in keys]


@dataclass(frozen=True, kw_only=True)
class Keymap:
    """What is bound to what: binding id -> keys, defaults and remapped ones.

    With `plain`, keys are shown in ASCII alone.
    """

    changed: Mapping[str, str]
    plain: bool = False

    def keys(self, id_: str) -> tuple[str, ...]:
        """The keys of a binding, as Textual names them."""
        return tuple(self.changed.get(id_, ALL[id_].keys).split(","))

    @cached_property
    def guarded(self) -> frozenset[str]:
        """Keys that are not taken from a burst."""
        return frozenset(key for id_, of in ALL.items() if of.guarded for key in self.keys(id_))

    @cached_property
    def known(self) -> frozenset[str]:
        """Keys that do anything anywhere."""
        return frozenset(key for id_ in ALL for key in self.keys(id_))

    def shown(self, id_: str) -> str:
        """A binding's first key, as people read it."""
        return shown(self.keys(id_)[0], plain=self.plain)

    def hint(self, id_: str) -> tuple[str, str]:
        """A binding's first key, and a word for what it does."""
        return self.shown(id_), ALL[id_].label or ALL[id_].says


def remap(wanted: Mapping[str, str], *, plain: bool = False) -> tuple[Keymap, tuple[str, ...]]:
    """What of tui.toml's `[keys]` can be had, and a sentence for each entry that cannot.

    An entry that clashes is dropped, and the binding keeps its own keys; the rest holds.
    """
    complaints: list[str] = []
    taken: dict[str, str] = {}
    for id_, keys in wanted.items():
        if complaint := _complaint(id_, keys):
            complaints.append(complaint)
        else:
            taken[id_] = ",".join(_name(key) for key in _split(keys))
    while clash := next(_clashes(taken), None):
        key, loser, other = clash
        del taken[loser]
        own = shown(ALL[loser].keys.partition(",")[0])
        complaints.append(f"{loser} and {other} both want {shown(key)}; {loser} keeps {own}")
    return Keymap(changed=taken, plain=plain), tuple(complaints)


def shown(key: str, *, plain: bool = False) -> str:
    """A key as people read it: `L`, `?`, `ctrl-d`, `esc`; `plain` is for ASCII alone."""
    *modifiers, base = key.split("+")
    name = _SHOWN.get(base) or key_to_character(base) or format_key(base)
    return "-".join([*modifiers, base if plain and not name.isascii() else name])


_SHOWN = {"escape": "esc", "enter": "enter", "space": "space", "tab": "tab"}
_NAMED = frozenset(key.value for key in Keys)
_MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "meta", "hyper"})


def _complaint(id_: str, keys: str) -> str | None:
    if id_ not in ALL:
        close = get_close_matches(id_, ALL, n=1)
        meant = f"did you mean {close[0]}?" if close else "? in the program lists them"
        return f"no key binding goes by {id_!r}; {meant}"
    for key in _split(keys):
        if not _is_key(key):
            return f"{id_}: {key!r} is no key; write one like L, ctrl+k, f5 or comma"
    return None


def _split(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",")]


def _name(key: str) -> str:
    *modifiers, base = key.split("+") if len(key) > 1 else [key]
    return "+".join([*modifiers, _character_to_key(base) if len(base) == 1 else base])


def _is_key(key: str) -> bool:
    *modifiers, base = key.split("+") if len(key) > 1 else [key]
    if not set(modifiers) <= _MODIFIERS:
        return False
    return (len(base) == 1 and base.isprintable()) or base in _NAMED or bool(key_to_character(base))


def _clashes(taken: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """A key that two bindings of a screen have, the one to lose it, and the other."""
    order = list(taken)
    keymap = Keymap(changed=taken)
    for group in _TOGETHER:
        holders: dict[str, str] = {}
        for key, id_ in ((key, of.id) for of in group for key in keymap.keys(of.id)):
            other = holders.setdefault(key, id_)
            if other != id_:
                pair = sorted(
                    (id_, other), key=lambda name: order.index(name) if name in order else -1
                )
                yield key, pair[1], pair[0]
