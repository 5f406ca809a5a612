"""The keys of the messages."""

from __future__ import annotations

from genie_tui.ui.keys.everywhere import APP
from genie_tui.ui.keys.key import look, write
from genie_tui.ui.keys.lists import BACK, LIST

__all__ = ["MESSAGES", "TALK", "TOGETHER"]

MESSAGES = (
    write("messages.write", "c", "write", "Write in this conversation", "write"),
    write("messages.answer", "a", "answer", "Answer the message under the cursor", "answer"),
    write("messages.thread", "t", "answer_apart", "Answer it in a thread", "thread"),
    write("messages.new", "n", "new", "New: direct message, mail, group, team chat", "new"),
    write("messages.search", "slash", "search", "Search everything that was said", "search"),
    write("messages.unread", "U", "mark_unread", "Unread from here on", "unread"),
    write("messages.all_read", "M", "mark_all_read", "Everything is read", "all read"),
    write("messages.task", "o", "open_task", "Go to the task of this conversation", "task"),
    look("messages.follow", "f", "follow", "Follow the newest, or stand still", "follow"),
    look("messages.order", "s", "order", "By kind, or the newest first", "sort"),
    look("messages.up", "p", "up", "From a thread to the message it hangs on", "up"),
    look("messages.copy", "y", "copy", "Copy the message's text", "copy"),
)

TALK = (
    look("talk.open", "enter", "open", "Its thread, or all of a long message", "open"),
    look("talk.down", "j,down", "go(1)", "The next message", "down"),
    look("talk.up", "k,up", "go(-1)", "The message before", "up"),
    look("talk.half_down", "ctrl+d,pagedown", "go_pages(0.5)", "Half a page down"),
    look("talk.half_up", "ctrl+u,pageup", "go_pages(-0.5)", "Half a page up"),
    look("talk.top", "g,home", "go_edge(False)", "The oldest that is loaded"),
    look("talk.bottom", "G,end", "go_edge(True)", "The newest, and follow"),
)
"""Of what is said in one."""

TOGETHER = ((*APP, *BACK, *LIST, *MESSAGES), (*APP, *BACK, *TALK, *MESSAGES))
