"""Who is at work: agents, those that need somebody first, and whoever else has locked a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from genie_tui.domain.actors import Actor
from genie_tui.domain.agents import Agent, Standing
from genie_tui.domain.durations import countdown, short
from genie_tui.domain.tasks import Card, Lock
from genie_tui.ui.widgets.agent_list import mark, style_of
from genie_tui.ui.widgets.alarms import Alarms
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit

__all__ = ["Holders"]

LINES_AT_MOST = 5

LOOKS = {"bad": "attention", "gone": "stale", "on": "lock", "lock": "lock", "dim": "text"}
"""The styles of an agent's standing, as they are called here."""

NAME_AT_MOST = 16
SLOW = 20.0
"""Seconds after which how long ago something was is told anew."""

RESTING = frozenset({Standing.IDLE, Standing.SPAWNING})
OVER = frozenset({Standing.DONE, Standing.SUSPENDED})


class Holders(Drawn):
    """A rule with a title, then a line for each agent, and for each lock that is no agent's."""

    PREFIX = "holders"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "holders--attention",
        "holders--frame",
        "holders--lock",
        "holders--name",
        "holders--number",
        "holders--stale",
        "holders--text",
        "holders--title",
    }
    DEFAULT_CSS = """
    Holders {
        width: 100%; height: auto; background: $background;
        .holders--attention { color: $accent; text-style: bold; }
        .holders--frame { color: $foreground 22%; }
        .holders--lock { color: $success; }
        .holders--name { color: $foreground; text-style: bold; }
        .holders--number { color: $primary; }
        .holders--stale { color: $error; text-style: bold; }
        .holders--text { color: $foreground 80%; }
        .holders--title { color: $foreground 70%; text-style: bold; }
    }
    """

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
        self._cards: tuple[tuple[Card, Lock], ...] = ()
        self._agents: tuple[Agent, ...] = ()
        self._alarms = Alarms(self)

    def show(self, cards: Sequence[Card], agents: Sequence[Agent] = ()) -> None:
        """Tell of these agents, in their order, and of these locks."""
        rows = tuple(agent for agent in agents if agent.row and agent.standing not in OVER)
        theirs = {one.lock.run_id for agent in rows for one in agent.locks}
        held = [(card, card.lock) for card in cards if card.lock is not None]
        held = [(card, lock) for card, lock in held if lock.run_id not in theirs]
        held.sort(key=lambda pair: pair[1].ends)
        if (tuple(held), rows) != (self._cards, self._agents):
            before = self.get_content_height()
            self._cards, self._agents = tuple(held), rows
            self._alarms.every(1.0 if held else SLOW if rows else None, self._tick)
            self.refresh(layout=self.get_content_height() != before)
            self.redraw()

    def _tick(self) -> None:
        if self.display and self.region:
            self.redraw()

    def get_content_height(self, *_: object) -> int:
        """The rule, and the lines below."""
        return 1 + max(min(len(self._cards) + len(self._agents), LINES_AT_MOST), 1)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """Who is at what; whose lock, on what, and for how much longer; who rests comes last."""
        across = self.marks.joints[0]
        rest = across * max(width - 9, 0)
        head: Line = ((across, "frame"), (" agents ", "title"), (rest, "frame"))
        if not self._cards and not self._agents:
            return [head, ((" nobody holds a task", "text"),)]
        busy = [agent for agent in self._agents if agent.standing not in RESTING]
        resting = [agent for agent in self._agents if agent.standing in RESTING]
        lines = [
            *(self._agent(agent, width) for agent in busy),
            *(self._line(card, lock, width) for card, lock in self._cards),
            *(self._agent(agent, width) for agent in resting),
        ]
        return [head, *lines[: height - 1]]

    def _agent(self, agent: Agent, width: int) -> Line:
        """`! eng-4 %19 permission Bash rm -r 4m`, `● eng-1 %12 working #47 token refresh 2s`."""
        now = self._clock()
        look = LOOKS[style_of(agent)]
        since = agent.since if agent.attention else agent.last_at
        ago = f" {short(now - since)} "
        head = f" {mark(agent, self.marks)} "
        name = clean(agent.name)
        name = cut(name, NAME_AT_MOST, self.marks.ellipsis)
        pane = f" {agent.pane}" if agent.in_tmux else ""
        state = f" {agent.standing.value}"
        number = f" #{agent.task_seq}" if agent.task_seq is not None else ""
        said = clean(agent.said if agent.attention and agent.said else agent.task_title)
        used = sum(map(cell_len, (head, name, pane, state, number, ago)))
        text = fit(f" {said}" if said else "", max(width - used, 0), self.marks.ellipsis)
        return (
            (head, look),
            (name, "name"),
            (pane, "text"),
            (state, look),
            (number, "number"),
            (text, "text"),
            (ago, look),
        )

    def _line(self, card: Card, lock: Lock, width: int) -> Line:
        left = lock.left(self._clock())
        stale = left < timedelta(0)
        mark = self.marks.stale if stale else self.marks.lock
        time = f"STALE +{short(left)} " if stale else f"{countdown(left)} "
        style = "stale" if stale else "lock"
        name = "you" if lock.run_id == self._me.run_id else clean(lock.holder)
        head = f" {mark} "
        number = f" #{card.seq} "
        room = width - cell_len(head) - cell_len(name) - cell_len(number) - cell_len(time)
        title = fit(clean(card.title), max(room, 0), self.marks.ellipsis)
        return ((head, style), (name, "name"), (number, "number"), (title, "text"), (time, style))
