"""Hints gathered until they are read for: what to look at, not what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from genie_tui.domain.changes import Hint
from genie_tui.services.sightings import Wanted

__all__ = ["Hints"]

ONE_BY_ONE = 1000
"""Tasks that are read each by its id; more than that, and the windows are read again."""

EVERYTHING = "*"

BOARDS = frozenset({"board", "project", "task_type"})
"""Entities whose audit events say that a board's definition may have changed."""


@dataclass(slots=True)
class Hints:
    """What the hints of one frame ask for; sets, so that a burst costs one read.

    `since` is the monotonic time of the first of them. `missed` says that some may never have
    been heard. `agents` are changes of an agent's state; `odd` are those that did not parse.
    """

    since: float | None = None
    tasks: set[str] = field(default_factory=set)
    logs: bool = False
    reread: bool = False
    missed: bool = False
    boards: bool = False
    agents: list[Hint] = field(default_factory=list)
    wanted: Wanted = field(default_factory=Wanted)
    odd: list[Hint] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.since is not None

    def everything(self, now: float) -> None:
        """Something may have been missed: read all there is to read."""
        self.look_again(now)
        self.missed = self.reread = self.boards = self.wanted.everything = True

    def look_again(self, now: float) -> None:
        """Read the logs, whatever was announced."""
        self.since = now if self.since is None else self.since
        self.logs = True

    def add(self, hints: Iterable[Hint], now: float) -> None:
        """Take in what was announced."""
        self.since = now if self.since is None else self.since
        for hint in hints:
            self._add(hint)
        if len(self.tasks) > ONE_BY_ONE:
            self.reread = True
        if self.reread:
            self.tasks.clear()

    def merge(self, later: Hints) -> None:
        """Take in what was gathered since, because this could not be read for."""
        if later.since is not None and self.since is None:
            self.since = later.since
        self.logs |= later.logs
        self.reread |= later.reread
        self.tasks = set() if self.reread else self.tasks | later.tasks
        self.missed |= later.missed
        self.boards |= later.boards
        self.agents += later.agents
        self.wanted.merge(later.wanted)
        self.odd += later.odd

    def _add(self, hint: Hint) -> None:
        parts = hint.parts
        match hint.channel:
            case _ if not parts:
                self.odd.append(hint)
            case "tui_task_change":
                self._tasks(parts)
            case "genie_task_stage":
                self.logs = True
                self.tasks.add(parts[0])
            case "genie_task_dep":
                self.logs = True
                self.tasks.update((parts[0], parts[2]))
            case "genie_message":
                self.logs = True
            case "genie_audit_event":
                self._audited(*parts)
            case "genie_agent_state":
                self.agents.append(hint)
                self.wanted.agents.add(parts[0])
            case "genie_mailbox_delivery":
                self.wanted.letters.add(parts[1])
            case "genie_trigger_due":
                # A schedule's next trigger is made as its run begins, which nothing else tells.
                self.wanted.new_runs = True

    def _tasks(self, ids: tuple[str, ...]) -> None:
        if EVERYTHING in ids:
            self.reread = True
        else:
            self.tasks.update(ids)

    def _audited(self, entity: str, _: str, entity_id: str) -> None:
        self.logs = True
        if entity == "task":
            # An approval is not a change of the task's own row, but one of its card.
            self.tasks.add(entity_id)
        elif entity == "run":
            self.wanted.runs.add(entity_id)
        elif entity in BOARDS:
            self.boards = True
        elif entity == "tag":
            # Its name and colour stand on cards whose own rows do not change.
            self.reread = True
