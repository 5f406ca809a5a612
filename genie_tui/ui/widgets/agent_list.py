"""Agents, a line each: who needs somebody on top, or by their teams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from genie_tui.domain.agents import Agent, Crew, Standing, Team, dollars
from genie_tui.domain.durations import countdown, short
from genie_tui.domain.tasks import Lock
from genie_tui.ui.widgets.alarms import Alarms
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.listing import Listing
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit

__all__ = ["AgentList", "lock_told", "mark", "style_of"]

NAME_AT_LEAST, NAME_AT_MOST = 9, 14
TEAM_AT_MOST = 14
NARROW = 66
"""Cells below which there is room for who, how and what alone."""

LONELY = "without a team"

STYLES = {
    Standing.PERMISSION: "bad",
    Standing.QUESTION: "bad",
    Standing.ERROR: "bad",
    Standing.GONE: "gone",
    Standing.WORKING: "on",
    Standing.HOLDING: "lock",
}


def mark(agent: Agent, marks: Marks) -> str:
    """What stands before an agent's name: does it need somebody, is it there?"""
    standing = agent.standing
    if agent.attention:
        return marks.attention
    return {
        Standing.GONE: marks.failed,
        Standing.WORKING: marks.alive,
        Standing.HOLDING: marks.lock,
        Standing.DONE: marks.done,
    }.get(standing, marks.idle)


def style_of(agent: Agent) -> str:
    """The style of how it stands."""
    return STYLES.get(agent.standing, "dim")


def lock_told(lock: Lock, now: datetime, marks: Marks) -> Piece:
    """A lock, and the time it has left."""
    left = lock.left(now)
    if left < timedelta(0):
        return f"{marks.stale} +{short(left)}", "gone"
    return f"{marks.lock} {countdown(left)}", "lock"


class AgentList(Listing[Agent]):
    """`! eng-4 %19 permission 4m  Bash rm -r`; what time changes is drawn anew by itself."""

    PREFIX = "agents"
    EMPTY = "no agent is known here: agents have rows once a Genie client starts them"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "agents--bad",
        "agents--cost",
        "agents--cursor",
        "agents--dim",
        "agents--gone",
        "agents--group",
        "agents--lock",
        "agents--number",
        "agents--on",
        "agents--team",
        "agents--text",
        "agents--title",
    }
    DEFAULT_CSS = """
    AgentList {
        color: $foreground; background: $background;
        .agents--bad { color: $accent; text-style: bold; }
        .agents--cost { color: $secondary; }
        .agents--cursor { color: $primary; text-style: bold; }
        .agents--dim { color: $foreground 55%; }
        .agents--gone { color: $error; text-style: bold; }
        .agents--group { color: $accent; text-style: bold; }
        .agents--lock { color: $success; }
        .agents--number { color: $primary; }
        .agents--on { color: $success; }
        .agents--team { color: $secondary; }
        .agents--text { color: $foreground 85%; }
        .agents--title { color: $foreground; text-style: bold; }
    }
    """

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self._clock = clock
        self._teams: Mapping[str, Team] = {}
        self._grouped = False
        self._idle_teams: tuple[str, ...] = ()
        self._name_width = self._pane_width = 1
        self._lock_width = 0
        self._alarms = Alarms(self)

    # What is told from above

    def show_crew(
        self,
        crew: Crew,
        agents: Sequence[Agent],
        *,
        grouped: bool,
        idle_teams: tuple[str, ...] = (),
    ) -> None:
        """Show some of a crew; `grouped` by teams, with those after them that have no agent."""
        self._teams, self._grouped = crew.teams, grouped
        self._idle_teams = idle_teams if grouped else ()
        names = [cell_len(clean(agent.name)) for agent in agents]
        self._name_width = min(max(names, default=1), NAME_AT_MOST)
        self._lock_width = max(
            (cell_len(self._locked(a, self._clock())[0]) for a in agents), default=0
        )
        panes = [cell_len(agent.pane) for agent in agents if agent.in_tmux]
        self._pane_width = max(panes, default=1)
        self.show(agents)
        ticks = any(agent.locks for agent in agents)
        self._alarms.every(1.0 if ticks else None, self._tick)

    def _tick(self) -> None:
        if self.display and self.region and self.screen.is_current:
            self.redraw()

    def key(self, item: Agent) -> str:
        """Its row's id; the run's, where it has none."""
        return item.id if item.row else f"\0{item.id}"

    def group(self, item: Agent) -> str:
        """Its team, where one asked for that."""
        return (item.team or LONELY) if self._grouped else ""

    def _lay(self) -> None:
        super()._lay()
        self._rows += [(None, name) for name in self._idle_teams]

    # Drawing

    def heading(self, text: str, width: int) -> Line:
        """A team: how it stands, who leads it, who is in it, what it is for and where."""
        team = self._teams.get(text)
        name = f" {clean(text) if team or text != LONELY else LONELY} "
        if team is None:
            return ((fit(name, width, self.marks.ellipsis), "group"),)
        members = " ".join(team.members) if text in self._idle_teams else ""
        count = len(team.members)
        facts = [team.status.replace("_", " "), f"{count} member{'' if count == 1 else 's'}"]
        facts += [members] if members else []
        facts += [f"leader {team.leader}"] if team.leader else []
        facts += [f"wish {team.wish}"] if team.wish else []
        facts += [team.worktree] if team.worktree else []
        name = cut(name, width, self.marks.ellipsis)
        room = width - cell_len(name) - 1
        return ((name, "group"), (" ", ""), (self._cut(clean("  ".join(facts)), room), "dim"))

    def line(self, item: Agent, width: int, *, cursor: bool) -> Line:
        """Who, where, how since when; what it is at; its lock, its last sign of life, its cost."""
        now = self._clock()
        name = self._name_width if width >= NARROW else min(self._name_width, NAME_AT_LEAST)
        left: list[Piece] = [
            (self.marks.cursor if cursor else " ", "cursor"),
            (f"{mark(item, self.marks)} ", style_of(item)),
            (self._cut(clean(item.name), name), "title" if cursor else "text"),
            (f" {item.pane if item.in_tmux else '':<{self._pane_width}} ", "dim"),
            (f"{item.standing.value:<10} {short(now - item.since):>4}  ", style_of(item)),
        ]
        if width >= 84 and not self._grouped:
            place = clean("/".join(filter(None, (item.team, item.role))))
            left.append((f"{self._cut(place, TEAM_AT_MOST)}  ", "team"))
        right = self._right(item, width, now)
        room = width - _cells(left) - _cells(right) - 1
        return (*left, *self._work(item, room), *right, (" ", ""))

    def _work(self, item: Agent, room: int) -> list[Piece]:
        """What it asks for; else what it is at."""
        if room < 4:
            return [(" " * max(room, 0), "")]
        number = f"#{item.task_seq} " if item.task_seq is not None else ""
        number = number if cell_len(number) <= room else ""
        if item.said and item.attention:
            return [(number, "number"), (self._cut(clean(item.said), room - len(number)), "bad")]
        title = item.task_title or (item.task_id or "" if not number else "")
        return [(number, "number"), (self._cut(clean(title), room - len(number)), "dim")]

    def _right(self, item: Agent, width: int, now: datetime) -> list[Piece]:
        pieces: list[Piece] = []
        if self._lock_width:
            text, style = self._locked(item, now)
            gap = " " * max(self._lock_width - cell_len(text), 0)
            pieces.append((f" {gap}{text}", style))
        if width >= NARROW:
            pieces.append((f" {short(now - item.last_at):>4}", "dim"))
        if width >= 70:
            pieces.append((f" {dollars(item.cost_day):>8}", "cost"))
        return pieces

    def _locked(self, item: Agent, now: datetime) -> Piece:
        """Its oldest lock, and how many it has."""
        if not item.locks:
            return "", "dim"
        text, style = lock_told(item.locks[0].lock, now, self.marks)
        return (f"{text} ({len(item.locks)})" if len(item.locks) > 1 else text), style

    def _cut(self, text: str, width: int) -> str:
        return fit(text, max(width, 0), self.marks.ellipsis)


def _cells(pieces: Sequence[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces)
