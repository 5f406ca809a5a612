"""A task in full, as a person reads it in a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import output
from genie_tui.cli.tables import write_table
from genie_tui.cli.task import words
from genie_tui.domain.durations import short
from genie_tui.domain.text import clean
from genie_tui.domain.threads import threaded

if TYPE_CHECKING:
    from genie_tui.domain.conversations import Message

__all__ = ["write", "write_history"]

LAST = 5
"""So many of the newest moves are shown."""

DEEPEST = 8
"""Answers to answers are indented up to so many times."""

Object = Mapping[str, Any]


def write(tasks: Sequence[Object], now: datetime) -> None:
    """Print tasks, one below the other."""
    for number, task in enumerate(tasks):
        if number:
            click.echo("\n" + "─" * 40 + "\n")
        _write(task, now)


def _write(task: Object, now: datetime) -> None:
    click.echo(f"#{task['seq']} {clean(task['title'])}")
    output.write_fields(_fields(task, now))
    _section("description", _prose(task["description"]))
    _section("acceptance criteria", _prose(task["acceptance_criteria"]))
    for title, key in {
        "waits for": "dependencies",
        "holds up": "dependents",
        "related to": "related",
        "children": "children",
    }.items():
        _section(title, [_other(task, other) for other in task[key]])
    _section("comments", list(_thread(task["comments"])))
    _section("last stages", [_move(row) for row in task["log"][-LAST:]])


def _fields(task: Object, now: datetime) -> dict[str, str | None]:
    roles = dict.fromkeys(actor["role"] for actor in task["actors"])
    found = {
        "id": task["id"],
        "project": task["project"],
        "repository": task["repo_path"],
        "board": task["board"] or f"none (type {task['type_id']})",
        "stage": task["stage"],
        "status": _status(task),
        "priority": task["priority"],
        "lock": words.lock(task, now),
        "waits for": words.missing(task) and f"{words.missing(task)} ({_words(task)})",
        "due": words.due(task, now),
        **{role: ", ".join(words.people(task, role)) for role in roles},
        "tags": ", ".join(task["tags"]),
        "parent": task["parent"] and _other(task, task["parent"]),
        "wish": task["wish_file"],
        "group": task["group_name"],
        "effort": task["estimated_effort"],
        "release": task["release_id"],
        **{
            title: task[name] and output.moment(task[name])
            for title, name in {
                "start": "start_date",
                "created": "created_at",
                "updated": "updated_at",
                "started": "started_at",
                "ended": "ended_at",
            }.items()
        },
        "session": task["session_id"],
        "pane": task["pane_id"],
        "trace": task["trace_id"],
        "metadata": task["metadata"] and json.dumps(task["metadata"], ensure_ascii=False),
    }
    return {clean(title): clean(str(text)) for title, text in found.items() if text}


def _status(task: Object) -> str:
    reason = task["blocked_reason"]
    return f"{task['status']}: {reason}" if reason else str(task["status"])


def _words(task: Object) -> str:
    """Who has said that it may go on."""
    return ", ".join(f"{word['actor_id']} approves" for word in task["approvals"])


def _other(task: Object, other: Object) -> str:
    elsewhere = other["repo_path"] != task["repo_path"]
    facts = f"{other['stage']}, {other['status']}"
    cycle = "; they wait for each other: a cycle" if other.get("cycle") else ""
    return clean(f"{words.name(other, with_project=elsewhere)} {other['title']} ({facts}{cycle})")


def _move(row: Object) -> str:
    by = f" by {row['actor_id']}" if row["actor_id"] else ""
    return clean(
        f"{output.moment(row['created_at'])}  {row['from_stage'] or '?'} → {row['to_stage']}{by}"
    )


def _prose(text: str | None) -> list[str]:
    return [clean(line) for line in (text or "").strip().splitlines()]


def _thread(comments: Sequence[Message]) -> Iterator[str]:
    """Each comment under the one that it answers; what answers none that is left, for itself."""
    answers = threaded(
        comments, id_of=lambda message: message.id, answers=lambda message: message.reply_to_id
    )
    for message, depth in answers:
        yield from _comment(message, depth)


def _comment(message: Message, depth: int) -> Iterator[str]:
    indent = "    " * min(depth, DEEPEST)
    at = output.moment(message.created_at)
    yield f"{indent}{message.id}  {clean(message.sender_id)}  {at}"
    yield from (f"{indent}    {line}" for line in _prose(message.body))


def _section(title: str, lines: Sequence[str]) -> None:
    if lines:
        click.echo(f"\n{title}")
        click.echo("\n".join(f"  {line}".rstrip() for line in lines))


def write_history(
    stays: Sequence[Object], log: Sequence[Object], told: Sequence[tuple[datetime, str]]
) -> None:
    """Print the stages that a task was in, and then what the audit log tells of it."""
    rows = []
    for number, stay in enumerate(stays):
        left = log[number] if number < len(log) else {}
        seconds = stay["seconds"]
        rows.append(
            (
                stay["stage"],
                stay["entered_at"] and output.moment(stay["entered_at"]),
                stay["left_at"] and output.moment(stay["left_at"]),
                None if seconds is None else short(timedelta(seconds=seconds)),
                left.get("actor_id"),
                left.get("gate_type"),
            )
        )
    headings = ("stage", "entered", "left", "time", "left by", "gate")
    write_table(headings, rows, flexible=("stage", "left by"), optional=("gate", "left by"))
    _section("events", [f"{output.moment(moment)}  {clean(text)}" for moment, text in told])
