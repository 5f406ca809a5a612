"""An event in full, as content that is built from variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.content import Content

from genie_tui.domain.folding import Shown
from genie_tui.ui.widgets.plain import clean

__all__ = ["about"]

DIM = "$foreground 55%"
LINES_AT_MOST = 400


def about(item: Shown, told: tuple[str, str], local: Callable[[datetime], datetime]) -> Content:
    """The whole line, when it was, who and what it is about, and what its row says."""
    event = item.event
    at = local(event.at)
    what, text = told
    rows = [
        ("at", f"{at:%Y-%m-%d %H:%M:%S}"),
        ("kind", event.kind.value),
        ("by", event.actor or ""),
        ("task", f"#{event.task_seq}" if event.task_seq is not None else event.task_id or ""),
        ("fold", f"{item.count} of them; z unfolds" if item.count > 1 else ""),
        ("row", what),
    ]
    facts = [Content.assemble((f"{name:<6}", DIM), clean(value)) for name, value in rows if value]
    body = [Content(clean(line)) for line in text.splitlines()[:LINES_AT_MOST]]
    return Content("\n").join(
        [Content.styled(clean(item.text), "bold"), Content(""), *facts, Content(""), *body]
    )
