"""The facts of a task beside its words: links, people, lock, dates, and how it went; ticking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from genie_tui.domain.actors import Actor
from genie_tui.domain.durations import short
from genie_tui.domain.gates import Gate
from genie_tui.domain.task_parts import Family, Person, Story, Tagging
from genie_tui.domain.tasks import Link, Status, Task
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit
from genie_tui.ui.widgets.task_history import approval_lines
from genie_tui.ui.widgets.task_style import CLASSES, PREFIX, css, held, moment
from genie_tui.ui.widgets.task_words import paragraphs

__all__ = ["Known", "TaskFacts"]

LABEL = 10
"""Cells for the name of a fact."""

LINES_AT_MOST = 3
"""Of one fact; the row itself has all of it."""

MOVES = 5
"""The last so many stages are told here; the history has them all."""

METADATA_AT_MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is told here; `gate` is that of the column in which the task stands."""

    task: Task
    gate: Gate | None
    people: tuple[Person, ...]
    tags: tuple[Tagging, ...]
    family: Family
    story: Story


class TaskFacts(Drawn):
    """Groups of facts under their titles; the page has it drawn anew as the time goes on."""

    PREFIX = PREFIX
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = css("TaskFacts", "width: 100%; height: auto;")

    def __init__(
        self,
        me: Actor,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self._me = me
        self._clock = clock
        self._known: Known | None = None

    def show(self, known: Known | None) -> None:
        """Other facts; None while nothing is known."""
        if known != self._known:
            self._known = known
            self.refresh(layout=True)
            self.redraw()

    def get_content_height(self, *sizes: object) -> int:
        """As many lines as it takes."""
        width = sizes[-1] if isinstance(sizes[-1], int) else 40
        return len(self._lay(width))

    def lines(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """All of them; there is as much height as they take."""
        return self._lay(width)

    def _lay(self, width: int) -> list[Line]:
        if self._known is None:
            return []
        known, now = self._known, self._clock()
        rows: list[Line] = [
            *self._links("waits for", known.task.waits, width, none="nothing"),
            *self._links("blocks", known.task.holds, width, none="nothing"),
        ]
        if known.family.parent is not None:
            rows += self._links("part of", (known.family.parent,), width)
        rows += self._links("its parts", known.family.children[:8], width)
        rows += [((f"  {more:,} more", "dim"),)] if (more := _more(known.family)) else []
        for title, facts in (
            ("lock", self._lock(known.task, now)),
            ("people", _people(known, now)),
            ("facts", _facts(known, now)),
        ):
            rows += self._titled(title, facts, width)
        return [*rows, *self._history(known, width, now)]

    def _titled(self, title: str, facts: Iterator[tuple[str, Piece]], width: int) -> list[Line]:
        lines = [line for label, piece in facts for line in self._fact(label, piece, width)]
        return [(), ((title, "head"),), *lines] if lines else []

    def _fact(self, label: str, piece: Piece, width: int) -> list[Line]:
        room = max(width - LABEL, 8)
        parts = paragraphs(piece[0], room, LINES_AT_MOST + 1) or [""]
        if len(parts) > LINES_AT_MOST:
            parts = [*parts[: LINES_AT_MOST - 1], fit(parts[-2], room, self.marks.ellipsis)]
        name = fit(clean(label), LABEL - 1, self.marks.ellipsis)
        return [
            ((f"{name if n == 0 else '':<{LABEL}}", "dim"), (part, piece[1]))
            for n, part in enumerate(parts)
        ]

    def _links(
        self, title: str, links: Sequence[Link], width: int, *, none: str = ""
    ) -> list[Line]:
        if not links and not none:
            return []
        lines: list[Line] = (
            [(), ((title, "head"),)] if title != "waits for" else [((title, "head"),)]
        )
        if not links:
            lines.append(((none, "dim"),))
        for link in links[:8]:
            number = f"#{link.seq} "
            over = link.status in {Status.DONE, Status.CANCELLED}
            mark = f"{self.marks.done} " if over else ""
            stage = cut(f"  {mark}{clean(link.stage)}", width // 2, self.marks.ellipsis)
            room = max(width - cell_len(number) - cell_len(stage), 4)
            title = cut(clean(link.title[:500]), room, self.marks.ellipsis)
            lines.append(((number, "number"), (title, "text"), (stage, "dim")))
        if len(links) > 8:
            lines.append(((f"{len(links) - 8} more", "dim"),))
        return lines

    def _lock(self, found: Task, now: datetime) -> Iterator[tuple[str, Piece]]:
        if found.lock is None:
            return
        yield "held by", held(found.lock, now, self.marks, self._me.run_id)
        yield "run", (clean(found.lock.run_id), "fact")
        since = f"{moment(found.lock.since, now)}, for {short(found.lock.timeout)}"
        yield "since", (since, "fact")
        if found.pane_id:
            yield "pane", (f"{clean(found.pane_id)}  (o goes there)", "fact")

    def _history(self, known: Known, width: int, now: datetime) -> list[Line]:
        rows: list[Line] = [(), (("history", "head"),)]
        shown = known.story.stays[-MOVES:]
        earlier = known.story.earlier + len(known.story.stays) - len(shown)
        rows += [((f"{earlier} earlier", "dim"),)] if earlier else []
        for stay, after in zip(shown, [*shown[1:], None], strict=True):
            length = short(stay.length) if stay.length is not None else "?"
            until = f"until {moment(stay.left, now)}" if stay.left else "now"
            stage = cut(clean(stay.stage), width // 2, self.marks.ellipsis)
            rows.append(((f"{stage} ", "stage"), (length, "strong"), (f"  {until}", "dim")))
            if after is not None and stay.by:
                who = f"  to {clean(after.stage)} by {clean(stay.by)}"
                rows.append(((cut(who, width, self.marks.ellipsis), "dim"),))
        for text in approval_lines(known.task, known.gate, now):
            rows += [((part, "wait"),) for part in paragraphs(text, width, 2)]
        return rows


def _more(family: Family) -> int:
    return family.more + max(len(family.children) - 8, 0)


def _people(known: Known, now: datetime) -> Iterator[tuple[str, Piece]]:
    if not known.task.assignees:
        yield "assigned", ("nobody", "dim")
    for person in known.people:
        kind = "" if person.type == "local" else f" ({person.type})"
        may = f", may {_may(person.permissions)}" if person.permissions else ""
        at = "@" if person.role == "assignee" else ""
        role = "assigned" if person.role == "assignee" else person.role
        yield role, (f"{at}{clean(person.id)}{kind}{clean(may)}", "fact")
    for tag in known.tags:
        by = f", by {clean(tag.by)} {short(now - tag.at)} ago" if tag.by else ""
        yield "tag", (f"{clean(tag.name)}{by}", "fact")


def _may(permissions: Any) -> str:
    """Permissions as another client stored them: names, those that are false with a not."""
    if isinstance(permissions, Mapping):
        said = {True: "{}", False: "not {}"}
        return ", ".join(
            said[value].format(name) if isinstance(value, bool) else f"{name} {value}"
            for name, value in sorted(permissions.items(), key=lambda item: item[1] is False)
        )
    return ", ".join(map(str, permissions)) if isinstance(permissions, list) else str(permissions)


def _facts(known: Known, now: datetime) -> Iterator[tuple[str, Piece]]:
    found = known.task
    named: list[tuple[str, str | None]] = [
        ("project", found.project_name or "none"),
        ("created", f"{short(now - found.created_at)} ago"),
        ("changed", f"{short(now - found.updated_at)} ago"),
        ("start", moment(found.start_date, now) if found.start_date else None),
        ("due", _due(found.due, now) if found.due else None),
        ("started", f"{short(now - found.started_at)} ago" if found.started_at else None),
        ("ended", f"{short(now - found.ended_at)} ago" if found.ended_at else None),
        ("effort", found.estimated_effort),
        ("wish", found.wish_file),
        ("group", found.group_name),
        ("release", found.release_id),
        ("type", found.type_id),
        ("repo", found.repo_path),
        ("pane", found.pane_id if found.lock is None else None),
        ("session", found.session_id),
        ("trace", found.trace_id),
        ("id", found.id),
    ]
    yield from ((label, (clean(text), "fact")) for label, text in named if text)
    if isinstance(found.metadata, Mapping):
        shown = [(k, v) for k, v in found.metadata.items() if isinstance(v, str | int | float)]
        for name, value in shown[:METADATA_AT_MOST]:
            yield str(name), (clean(str(value)[:1000]), "fact")


def _due(due: datetime, now: datetime) -> str:
    late = due < now
    return f"{short(due - now)} ago" if late else f"in {short(due - now)}"
