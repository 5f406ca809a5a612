"""The keys of a task in full."""

from __future__ import annotations

from genie_tui.ui.keys.everywhere import APP, TASK
from genie_tui.ui.keys.key import look, write

__all__ = [
    "COMMENTS",
    "CONFLICT",
    "CRITERIA",
    "LINKS",
    "SECTIONS",
    "STEPS",
    "TOGETHER",
    "TRANSCRIPT",
    "VIEW",
]

VIEW = (
    look("view.close", "escape", "close", "Back", "back"),
    look("view.down", "j,down", "scroll_lines(1)", "Down", "down"),
    look("view.up", "k,up", "scroll_lines(-1)", "Up", "up"),
    look("view.half_down", "ctrl+d,pagedown", "scroll_pages(0.5)", "Half a page down"),
    look("view.half_up", "ctrl+u,pageup", "scroll_pages(-0.5)", "Half a page up"),
    look("view.top", "g,home", "scroll_edge(False)", "To the beginning"),
    look("view.bottom", "G,end", "scroll_edge(True)", "To the end"),
)

STEPS = (
    look("view.next", "J", "step(1)", "The next card", "next"),
    look("view.previous", "K", "step(-1)", "The card before"),
)

SECTIONS = (
    look("view.overview", "1", "show_section(0)", "Overview"),
    look("view.comments", "2", "show_section(1)", "Comments and their threads", "comments"),
    look("view.dependencies", "3", "show_section(2)", "Dependencies and parts", "deps"),
    look("view.history", "4", "show_section(3)", "History", "history"),
    look("view.transcript", "5", "show_section(4)", "What its agents said", "transcript"),
    look("view.raw", "6", "show_section(5)", "The row as it is stored", "raw"),
    look("view.next_section", "l,right", "turn_section(1)", "Next section", "sections"),
    look("view.previous_section", "h,left", "turn_section(-1)", "Previous section"),
)

CRITERIA = (write("criteria.tick", "space", "tick", "Tick a criterion, or not any more", "tick"),)

COMMENTS = (
    write("comments.reply", "greater_than_sign", "reply", "Reply to the comment", "reply"),
    look("comments.fold", "enter", "fold", "Show all of a long comment, or not", "unfold"),
    write("comments.edit", "w", "rewrite", "Write your own comment anew", "rewrite"),
    write("comments.delete", "minus,delete", "unsay", "Delete your own comment, after asking"),
)

LINKS = (
    look("dependencies.open", "enter", "open", "Go to the task; esc comes back", "open"),
    write("dependencies.add", "plus", "link", "Link another task", "link"),
    write("dependencies.remove", "minus,delete", "unlink", "Remove the link", "unlink"),
)

TRANSCRIPT = (
    look("transcript.fold", "enter", "fold", "Show all of a turn, or not", "unfold"),
    write("transcript.session", "s", "session", "Another session", "sessions"),
)

CONFLICT = (
    look("conflict.keep", "m,left", "take('mine')", "Keep yours"),
    look("conflict.take", "t,right", "take('theirs')", "Take theirs"),
    write("conflict.edit", "e", "take('edit')", "Edit it again"),
    look("conflict.next", "j,down,tab", "go(1)", "Next field"),
    look("conflict.previous", "k,up,shift+tab", "go(-1)", "Field before"),
    write("conflict.write", "ctrl+s,enter", "write", "Write it like that"),
    look("conflict.cancel", "escape", "cancel", "Back to what you typed; nothing is written"),
)
"""Of what is asked where two have changed the same."""

_EVERYWHERE = (*APP, *TASK, *VIEW, *STEPS, *SECTIONS)

TOGETHER = (
    (*_EVERYWHERE, *CRITERIA, *COMMENTS),
    (*_EVERYWHERE, *LINKS),
    (*_EVERYWHERE, *TRANSCRIPT),
    CONFLICT,
)
