"""Keys that work on every screen, and on every task."""

from __future__ import annotations

from genie_tui.ui.keys.key import look, write

__all__ = ["APP", "TASK", "TOGETHER"]

APP = (
    write("app.help", "question_mark,f1", "help", "Help: every key, searchable", "help"),
    write("app.palette", "colon,ctrl+p", "palette", "Command palette", "cmd"),
    look("app.previous_screen", "left_square_bracket", "cycle_screen(-1)", "Previous screen"),
    look("app.next_screen", "right_square_bracket", "cycle_screen(1)", "Next screen", "screens"),
    write("app.screens", "x", "screens", "Another screen, by its name", "screens"),
    look("app.graph", "d", "graph", "Graph: what the task waits for and holds up", "graph"),
    look("app.triage", "i", "show_screen('triage')", "Triage: what needs you", "triage"),
    write("app.boards", "v", "boards", "Saved views, and boards of any project", "views"),
    write("app.reload", "r", "reload", "Read again; start the server if it was stopped", "reload"),
    look("app.next_panel", "tab", "focus_next", "Next panel", "panel"),
    look("app.previous_panel", "shift+tab", "focus_previous", "Previous panel"),
    write("app.quit", "q", "leave", "Back; quit at the root", "quit"),
    write("app.quit_now", "ctrl+q", "quit", "Quit", "quit"),
    write("app.interrupt", "ctrl+c", "interrupt", "Say how to quit"),
)

TASK = (
    write(
        "task.advance", "L", "advance", "Advance to the next column, if the gate opens", "advance"
    ),
    write("task.back", "H", "send_back", "Send back, with a reason if you like", "back"),
    write("task.checkout", "C", "checkout", "Check out, or renew your lock", "checkout"),
    write("task.release", "R", "release", "Release your lock", "release"),
    write("task.unlock", "X", "unlock", "Force the lock open, whoever holds it", "unlock"),
    write("task.done", "D", "done", "Done", "done"),
    write("task.move", "m", "move", "Move to another column", "move"),
    write("task.comment", "c", "comment", "Comment", "comment"),
    write("task.block", "b", "block", "Block with a reason, or unblock", "block"),
    write("task.undo", "u", "undo", "Undo your last change, after asking", "undo"),
    write("task.redo", "ctrl+y", "redo", "Do again what was undone"),
    write("task.assign", "a", "assign", "Assign, or unassign", "assign"),
    write("task.tags", "t", "tags", "Tags", "tags"),
    write("task.priority", "p", "priority", "Priority", "priority"),
    write("task.edit", "e", "edit", "Edit", "edit"),
    look("task.pane", "o", "pane", "Go to its agent's tmux pane", "pane"),
    look("task.copy_id", "y", "copy_id", "Copy the task's id", "copy id"),
)

TOGETHER = ((*APP, *TASK),)
