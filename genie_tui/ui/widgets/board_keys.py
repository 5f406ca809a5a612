"""The keys that move over a board; each binding has an id, by which it can be remapped."""

from __future__ import annotations

from textual.binding import Binding, BindingType

__all__ = ["KEYS"]


def _key(name: str, key: str, action: str, description: str) -> Binding:
    return Binding(key, action, description, show=False, id=f"board.{name}")


KEYS: list[BindingType] = [
    _key("left", "h,left", "column(-1)", "Previous column"),
    _key("right", "l,right", "column(1)", "Next column"),
    _key("up", "k,up", "row(-1)", "Previous card"),
    _key("down", "j,down", "row(1)", "Next card"),
    _key("top", "g,home", "top", "First card"),
    _key("bottom", "G,end", "bottom", "Last card"),
    _key("half_down", "ctrl+d", "page(0.5)", "Half a page down"),
    _key("half_up", "ctrl+u", "page(-0.5)", "Half a page up"),
    _key("page_down", "pagedown", "page(1)", "A page down"),
    _key("page_up", "pageup", "page(-1)", "A page up"),
    _key("first", "0", "nth_column(0)", "First column"),
    _key("last", "dollar_sign", "nth_column(-1)", "Last column"),
    *(_key(f"column_{n}", str(n), f"nth_column({n - 1})", f"Column {n}") for n in range(1, 10)),
    _key("mark", "space", "mark", "Mark the card, to act on several"),
    _key("mark_column", "asterisk", "mark_column", "Mark the whole column, or none of it"),
    _key("fold", "z", "fold", "Fold the column away, or open it for good; from the last one all"),
    _key("open", "enter", "open", "Open the card"),
]
