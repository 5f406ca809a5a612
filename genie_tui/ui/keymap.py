"""The keys: binding ids with their defaults, and what `[keys]` in tui.toml makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from textual.keys import Keys, _character_to_key, format_key, key_to_character

from genie_tui.ui.keys import (
    activity,
    agents,
    asking,
    board,
    columns,
    everywhere,
    graph,
    lists,
    messages,
    metrics,
    registry,
    schedules,
    sessions,
    task,
    triage,
)
from genie_tui.ui.keys.key import Key

__all__ = ["ALL", "Keymap", "remap", "shown"]


MODULES = (
    everywhere,
    board,
    activity,
    task,
    triage,
    graph,
    messages,
    agents,
    metrics,
    registry,
    schedules,
    sessions,
    columns,
    lists,
    asking,
)

_TOGETHER = tuple(group for module in MODULES for group in module.TOGETHER)
"""The keys that meet on a screen, and so must differ."""

ALL: Mapping[str, Key] = {key.id: key for group in _TOGETHER for key in group}
"""Every binding by its id."""


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
