"""`genie-tui task`: the cards of the boards, for agents and scripts."""

from __future__ import annotations

import click

from genie_tui.cli.options import LazyGroup

__all__ = ["task"]

_HERE = "genie_tui.cli.task"

TABLE = {
    "create": (f"{_HERE}.making:create", "Make a task."),
    "list": (f"{_HERE}.reading:list_", "List tasks."),
    "show": (f"{_HERE}.reading:show", "Show a task in full."),
    "edit": (f"{_HERE}.making:edit", "Change a task's fields."),
    "move": (f"{_HERE}.moving:move", "Move tasks to a stage."),
    "advance": (f"{_HERE}.moving:advance", "Send a task on, if its gate opens."),
    "complete": (f"{_HERE}.moving:complete", "Say that the work of its stage is over."),
    "back": (f"{_HERE}.moving:back", "Send a task back."),
    "claim": (f"{_HERE}.locking:claim", "Check out the next task that is ready."),
    "checkout": (f"{_HERE}.locking:checkout", "Lock a task, to work on it."),
    "renew": (f"{_HERE}.locking:renew", "Keep one's lock for longer."),
    "release": (f"{_HERE}.locking:release", "Give one's lock back."),
    "unlock": (f"{_HERE}.locking:unlock", "Break a lock, whoever holds it."),
    "block": (f"{_HERE}.standing:block", "Say that tasks cannot go on, and why."),
    "unblock": (f"{_HERE}.standing:unblock", "Say that they can."),
    "done": (f"{_HERE}.standing:done", "Say that tasks are done."),
    "fail": (f"{_HERE}.standing:fail", "Say that tasks failed, and why."),
    "cancel": (f"{_HERE}.standing:cancel", "Give tasks up."),
    "reopen": (f"{_HERE}.standing:reopen", "Take up again what was closed."),
    "delete": (f"{_HERE}.making:delete", "Delete tasks."),
    "comment": (f"{_HERE}.talking:comment", "Comment on a task."),
    "comments": (f"{_HERE}.talking:comments", "Show a task's comments."),
    "assign": (f"{_HERE}.people:assign", "Make somebody responsible for tasks."),
    "unassign": (f"{_HERE}.people:unassign", "Take the responsibility for tasks from somebody."),
    "tag": (f"{_HERE}.people:tag", "Put a tag on tasks."),
    "untag": (f"{_HERE}.people:untag", "Take a tag off tasks."),
    "dep": (f"{_HERE}.linking:dep", "What tasks wait for."),
    "log": (f"{_HERE}.reading:log", "The history of a task."),
    "undo": (f"{_HERE}.undoing:undo", "Take back one's last change."),
    "redo": (f"{_HERE}.undoing:redo", "Make it again."),
}


@click.group(cls=LazyGroup, table=TABLE)
def task() -> None:
    """Tasks: made, listed, claimed, moved and finished.

    A task is named #12 or 12 in this repository, name#12 in the project of that name, or by its id
    or the beginning of it.

    \b
    genie-tui task list --filter 'p:high,urgent !blocked'
    genie-tui task claim --stage build
    genie-tui task show 12
    """
