"""Agents: who needs somebody, who is there, what each is at, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget

from genie_tui.domain.agents import Agent, Crew, Session
from genie_tui.domain.changes import Change, Event, EventKind
from genie_tui.errors import GenieError
from genie_tui.ui.keys.agents import AGENTS, UNDOING
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import BACK
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.agent_verbs import AgentVerbs
from genie_tui.ui.widgets.agent_head import AgentHead
from genie_tui.ui.widgets.agent_list import AgentList
from genie_tui.ui.widgets.agent_parts import about
from genie_tui.ui.widgets.footer import Hint
from genie_tui.ui.widgets.marks import marks
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.pane import Pane
from genie_tui.ui.widgets.search import Search
from genie_tui.ui.workspace import Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["AgentsPage"]

READ_AFTER = 0.05
"""Seconds that the cursor rests on an agent before more is read about it."""

TELLING = frozenset({EventKind.AGENT, EventKind.MAIL, EventKind.CHECKOUT})
"""Events after which an agent may stand otherwise."""

Story = tuple[Sequence[Event], Sequence[Session]]


class AgentsPage(AgentVerbs, inherit_bindings=False):
    """The crew as a list, and the agent under the cursor in full."""

    NAME = "Agents"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*AGENTS, *UNDOING, *BACK))
    EVERY = 0.5
    # No row tells of a pane that is closed, nor of time that passes.
    AGAIN = 5.0
    HINTS = (
        "list.open",
        "agents.pane",
        "agents.mail",
        "agents.assign",
        "agents.release",
        "agents.search",
        "agents.attention",
        "agents.teams",
        "app.next_panel",
        "app.palette",
        "screen.back",
    )
    DEFAULT_CSS = """
    AgentsPage {
        AgentHead { height: 1; width: 100%; }
        #crew { layout: horizontal; height: 1fr; }
        AgentList { width: 11fr; height: 1fr; }
        #agent { width: 7fr; height: 1fr; border-left: solid $foreground 22%; }
        &.-narrow #crew, &.-pair #crew, &.-compact #crew { layout: vertical; }
        &.-narrow, &.-pair, &.-compact {
            AgentList { width: 100%; height: 1fr; }
            #agent {
                width: 100%; height: 45%; border-left: none; border-top: solid $foreground 22%;
            }
        }
        &.-status #crew, &.-status AgentHead, &.-status Search { display: none; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.agent_head = AgentHead(ascii=self.ascii)
        self.list = AgentList(ascii=self.ascii)
        self.about = Pane(id="agent")
        self.search = Search("name, role, team, task, or how it stands")
        self._crew = Crew()
        self._grouped = False
        self._attention = False
        self._wanted = ""
        self._told: tuple[str, Story] = ("", ((), ()))
        self._stories: Latest[Agent] = Latest(self._read_story, delay=READ_AFTER)

    def body(self) -> Iterable[Widget]:
        """How many of what, the list, and the agent under its cursor."""
        yield self.agent_head
        yield self.search
        yield Container(self.list, self.about, id="crew")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.set_focus(self.list)
        self.run_worker(self._stories.run(), group="reading")

    # What is read

    def concerned(self, change: Change) -> bool:
        """An agent's state, its mail, a lock; or a task that one of them is at."""
        if change.reread or any(event.kind in TELLING for event in change.events):
            return True
        at_work = {agent.task_id for agent in self._crew.agents}
        return any(card.id in at_work for card in change.cards) or bool(change.gone & at_work)

    async def read(self, backend: Backend) -> None:
        """The agents at once; what they cost may take longer, the first time."""
        if (place := self.workspace.place) is None:
            return
        if not self._crew.agents:
            self._take(await backend.agents.crew(place))
        self._take(await backend.agents.crew(place, priced=True))

    def _take(self, crew: Crew) -> None:
        self._crew = crew
        self._narrow()

    def _narrow(self) -> None:
        """Show those that are wanted."""
        text, crew = self.search.text, self._crew
        shown = [
            agent
            for agent in crew.agents
            if (agent.attention or not self._attention)
            and (
                agent.matches(text)
                or (agent.team in crew.teams and crew.teams[agent.team].matches(text))
            )
        ]
        if self._grouped:
            shown = _by_team(shown)
        teams = {agent.team for agent in crew.agents}
        idle = [
            team.name
            for team in crew.teams.values()
            if team.name not in teams and team.matches(text) and not self._attention
        ]
        self.list.show_crew(crew, shown, grouped=self._grouped, idle_teams=tuple(idle))
        note = "only those that need somebody" if self._attention else ""
        self.agent_head.show(crew, note)
        if self._wanted and self.list.move_to(self._wanted):
            self._wanted = ""
        if self.heading():
            self.show_bearings()

    def find(self, agent_id: str) -> None:
        """Put the cursor on an agent, once it is known."""
        self._wanted, self._attention = agent_id, False
        self.search.set_text("")
        self._narrow()

    @on(AgentList.Selected)
    def _selected(self, event: AgentList.Selected) -> None:
        event.stop()
        self._tell(event.item, top=event.item is None or event.item.id != self._told[0])
        if event.item is not None:
            self._stories.ask(event.item)

    def _tell(self, agent: Agent | None, *, top: bool = False) -> None:
        if agent is None:
            self.about.show(_nobody(bool(self._crew.agents)), top=True)
            return
        story = self._told[1] if self._told[0] == agent.id else ((), ())
        told = about(
            agent,
            self._crew,
            story,
            now=datetime.now(UTC),
            local=datetime.astimezone,
            marks=marks(ascii=self.ascii),
        )
        self.about.show(told, top=top)

    async def _read_story(self, agent: Agent) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            story = await backend.agents.story(agent)
        except GenieError:
            # The list itself is read again, and says what is wrong.
            return
        top = self._told[0] != agent.id
        self._told = (agent.id, story)
        if self.list.item is not None and self.list.item.id == agent.id:
            self._tell(self.list.item, top=top)

    def on_resize(self, event: events.Resize) -> None:
        """What had the focus may be gone."""
        del event
        if self.focused is None:
            self.set_focus(self.list)

    # What keys act on

    def hints(self) -> list[Hint]:
        """While one types, what ends that."""
        if self.is_mounted and self.focused is not None and self.search in self.focused.ancestors:
            return self._hints(("search.keep", "search.drop"))
        return super().hints()

    def heading(self) -> str:
        """Where there is one line for all, how many need somebody."""
        if not self.has_class("-compact") or self.has_class("-status"):
            return ""
        need = sum(agent.attention for agent in self._crew.agents)
        return f"Agents {len(self._crew.agents)}{f', {need} need you' if need else ''}"

    def agent(self) -> Agent | None:
        """The one under the cursor."""
        return self.list.item

    # Keys

    @on(AgentList.Opened)
    async def _opened(self, event: AgentList.Opened) -> None:
        """To its task."""
        event.stop()
        agent: Agent = event.item
        if agent.task_id is None:
            self.say(f"{agent.name} is at no task")
        else:
            await self.run_action(f"app.open_task({agent.task_id!r})")

    def action_search(self) -> None:
        """Narrow the list down."""
        self.search.open()
        self.show_bearings()

    @on(Search.Searched)
    def _searched(self, event: Search.Searched) -> None:
        event.stop()
        self._narrow()

    @on(Search.Closed)
    def _search_closed(self, event: Search.Closed) -> None:
        event.stop()
        self.set_focus(self.list)
        self.show_bearings()

    def action_teams(self) -> None:
        """By teams, or all together."""
        self._grouped = not self._grouped
        self._narrow()
        self.say("by teams" if self._grouped else "all together, who needs somebody on top")

    def action_attention(self) -> None:
        """Only those that need somebody, or all."""
        self._attention = not self._attention
        self._narrow()

    def action_copy(self) -> None:
        """The agent's id, to the clipboard."""
        if (agent := self.meant()) is not None:
            self.app.copy_to_clipboard(agent.id)
            self.say(f"{agent.id} is in the clipboard, if this terminal takes it", tone=Tone.GOOD)

    async def action_back(self) -> None:
        """From the text to the list; from there to the board."""
        if self.focused is self.about:
            self.set_focus(self.list)
        else:
            await super().action_back()


def _by_team(agents: Sequence[Agent]) -> list[Agent]:
    """Teams together, that on top whose first agent is; within them as they are."""
    teams = list(dict.fromkeys(agent.team for agent in agents if agent.team))
    return sorted(agents, key=lambda agent: teams.index(agent.team) if agent.team else len(teams))


def _nobody(some: bool) -> Content:
    """What is said where no agent is shown."""
    text = "nobody here is like that; / and w show more"
    if not some:
        text = (
            "Agents that Genie clients start stand here, with what they are at and what they cost."
        )
    return Content.styled(text, "$foreground 55%")
