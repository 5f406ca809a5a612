"""The parts of a task's screen, as content that is built from variables and never from markup."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from textual.content import Content

from genie_tui.domain.conversations import Message
from genie_tui.domain.durations import short
from genie_tui.domain.stages import StageChange
from genie_tui.domain.tasks import Link, Task
from genie_tui.ui.widgets.plain import clean

__all__ = ["comments", "history", "links", "people"]

Local = Callable[[datetime], datetime]

HEAD = "bold $primary"
DIM = "$foreground 55%"
NUMBER = "$primary"


def comments(messages: Sequence[Message], local: Local) -> Content:
    """What was said, oldest first."""
    if not messages:
        return Content.styled("nobody has said anything yet", DIM)
    return Content("\n\n").join(_comment(message, local) for message in messages)


def _comment(message: Message, local: Local) -> Content:
    head = Content.assemble(
        (clean(message.sender_id), "bold"), (f"  {_when(message.created_at, local)}", DIM)
    )
    body = (Content(clean(line)) for line in message.body.splitlines() or [""])
    return Content("\n").join([head, *body])


def _when(at: datetime, local: Local) -> str:
    here = local(at)
    return f"{here:%a} {here.day} {here:%b %H:%M}"


def links(task: Task) -> Content:
    """What it waits for, and what waits for it."""
    parts = [
        _list("waits for", (_link(link) for link in task.waits), "nothing"),
        _list("blocks", (_link(link) for link in task.holds), "nothing"),
    ]
    return Content("\n\n").join(parts)


def _link(link: Link) -> Content:
    return Content.assemble(
        (f"#{link.seq} ", NUMBER), clean(link.title), (f"  {clean(link.stage)}", DIM)
    )


def people(task: Task, now: datetime) -> Content:
    """Who works on it, its tags and dates, and where it lives."""
    rows: list[tuple[str, str]] = [
        ("assigned", " ".join(f"@{clean(name)}" for name in task.assignees) or "nobody"),
        ("tags", " ".join(clean(tag.name) for tag in task.tags) or "none"),
        ("project", clean(task.project_name or "none")),
        ("created", f"{short(now - task.created_at)} ago"),
        ("changed", f"{short(now - task.updated_at)} ago"),
    ]
    if task.due is not None:
        left = task.due - now
        late = left < timedelta(0)
        rows.append(("due", f"{short(left)} ago" if late else f"in {short(left)}"))
    if task.started_at is not None:
        rows.append(("started", f"{short(now - task.started_at)} ago"))
    if task.estimated_effort:
        rows.append(("effort", clean(task.estimated_effort)))
    if task.children_open:
        rows.append(("children", f"{task.children_open} open"))
    if task.lock is not None:
        rows.append(("run", clean(task.lock.run_id)))
    if task.pane_id:
        rows.append(("pane", clean(task.pane_id)))
    rows.append(("id", task.id))
    return _list("facts", (Content.assemble((f"{k:<9}", DIM), v) for k, v in rows), "")


def history(task: Task, log: Sequence[StageChange], now: datetime, local: Local) -> Content:
    """The stages it went through, with how long it stayed in each, the present one last."""
    rows = []
    since, stage = task.created_at, log[0].from_stage if log else task.stage
    for change in log:
        rows.append(_stay(stage or "?", change.at - since, f"until {_when(change.at, local)}"))
        if change.actor_id:
            rows.append(
                Content.styled(f"  to {clean(change.to_stage)} by {clean(change.actor_id)}", DIM)
            )
        since, stage = change.at, change.to_stage
    rows.append(_stay(stage or task.stage, now - since, "now"))
    return _list("history", rows, "")


def _stay(stage: str, length: timedelta, note: str) -> Content:
    return Content.assemble((f"{clean(stage)} ", "bold"), f"{short(length)}", (f"  {note}", DIM))


def _list(title: str, rows: Iterable[Content], none: str) -> Content:
    found = list(rows) or [Content.styled(none, DIM)]
    return Content("\n").join([Content.styled(title, HEAD), *found])
