"""What keys do with an agent: go to it, write to it, give it work, free what it left locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from genie_tui.domain.agents import Agent, Life, Standing
from genie_tui.domain.boards import Column
from genie_tui.errors import GenieError
from genie_tui.ui.screens.card_page import CardPage
from genie_tui.ui.screens.reading import ReadingPage
from genie_tui.ui.screens.writing import explained
from genie_tui.ui.widgets.notice import Tone

if TYPE_CHECKING:
    from genie_tui.services.agents import Ready
    from genie_tui.ui.backend import Backend
    from genie_tui.ui.widgets.prompt import Field

__all__ = ["AgentVerbs"]


class AgentVerbs(CardPage, ReadingPage, inherit_bindings=False):
    """The keys act on the agent that `agent` names; what they wrote can be undone here, too."""

    def agent(self) -> Agent | None:
        """The agent that keys act on."""
        raise NotImplementedError

    def subject(self) -> None:
        """No task has the cursor."""

    def columns(self) -> tuple[Column, ...]:
        """Nothing is moved from here."""
        return ()

    def meant(self) -> Agent | None:
        """The one under the cursor; where there is none, that is said."""
        if self.agent() is None:
            self.say("no agent is under the cursor")
        return self.agent()

    def action_pane(self) -> None:
        """To where it runs."""
        agent, backend = self.meant(), self.workspace.backend
        if agent is None or backend is None:
            return
        if agent.standing is Standing.GONE:
            free = self.workspace.keymap.shown("agents.release")
            where = f"the pane {agent.pane}" if agent.in_tmux else "the process"
            self.say(f"{where} of {agent.name} is gone; {free} releases what it locked")
            return

        async def go() -> None:
            try:
                if said := await backend.agents.go_to(agent):
                    self.say(said)
            except GenieError as error:
                self.say(str(error), tone=Tone.BAD)

        self.run_worker(go(), group="pane")

    async def action_mail(self) -> None:
        """Write it a letter."""
        from genie_tui.ui.widgets.prompt import Field

        if (agent := self.meant()) is None or self.writable() is None:
            return

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            await backend.agents.write(agent, values["text"])
            self.say(f"sent to {agent.name}", tone=Tone.GOOD)

        fields: tuple[Field, ...] = (Field(name="text", label="Letter", lines=8, required=True),)
        await self.prompt(f"Mail to {agent.name}", fields, f"mail {agent.id}", send)

    def action_assign(self) -> None:
        """Give it a task that is ready."""
        agent, place = self.meant(), self.workspace.place
        if agent is None or place is None or (backend := self.writable()) is None:
            return

        async def choose() -> None:
            try:
                await self._offer_ready(agent, await backend.agents.ready(place))
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)

        self.run_worker(self.workspace.keyboard.keep_during(choose()), group="picking")

    async def _offer_ready(self, agent: Agent, ready: Sequence[Ready]) -> None:
        from genie_tui.ui.widgets.picker import Item, Picker

        if not ready:
            self.say("no task is ready to be given to anybody")
            return
        items = [
            Item(
                id=task.id,
                text=f"#{task.seq} {task.title}",
                note=" ".join((task.stage, *(f"@{name}" for name in task.assignees[:2]))),
                current=bool(agent.names & set(task.assignees)),
            )
            for task in ready
        ]
        names = {task.id: f"#{task.seq}" for task in ready}

        def chosen(task_id: str | None) -> None:
            if task_id is None:
                return

            async def assign(backend: Backend) -> str:
                new = await backend.agents.assign(task_id, agent)
                had = f"{names[task_id]} is {agent.name}'s already"
                undo = self.workspace.keymap.shown("task.undo")
                return (
                    f"assigned {names[task_id]} to {agent.name}  ({undo} takes it back)"
                    if new
                    else had
                )

            self.decide(assign)

        title = f"Give {agent.name} a task"
        await self.app.push_screen(
            Picker(title, items, hint="a number or a title", ascii=self.ascii), chosen
        )

    def action_release(self) -> None:
        """Take its locks away: at once where it is gone, else after asking."""
        if (agent := self.meant()) is None or self.writable() is None:
            return
        if not agent.locks:
            self.say(f"{agent.name} has locked nothing")
            return

        async def release(backend: Backend) -> str:
            freed = await backend.agents.release(agent)
            self.reread()
            tasks = " ".join(f"#{seq}" for seq in freed)
            left = f", {len(freed)} of {len(agent.locks)}" if len(freed) < len(agent.locks) else ""
            undo = self.workspace.keymap.shown("task.undo")
            return f"released {tasks}{left}  ({undo} takes it back)"

        if agent.life is Life.GONE:
            self.decide(release)
            return
        held = ", ".join(f"#{one.seq} {one.title}" for one in agent.locks[:5])
        reasons = (
            f"It may be at work: nothing says that it is gone. It has locked {held}.",
            "The lock is taken away and the task is ready again; the log will say it was you.",
        )
        self.ask(
            f"Release what {agent.name} has locked?",
            reasons,
            "Release",
            lambda: self.decide(release),
        )
