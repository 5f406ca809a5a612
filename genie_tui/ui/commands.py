"""The command palette: what keys do here, and screens, tasks, boards and agents by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.types import IgnoreReturnCallbackType

from genie_tui.errors import GenieError
from genie_tui.ui.going import Going
from genie_tui.ui.keymap import shown
from genie_tui.ui.screens import MAIN
from genie_tui.ui.widgets.plain import clean

if TYPE_CHECKING:
    from genie_tui.ui.app import GenieApp

__all__ = ["Commands", "Finds"]

HIDDEN = ("log", "view", "queue", "list", "board.column", "app.palette", "app.interrupt")
"""The beginnings of ids of what nobody would look for by name: moving about."""

_Command = tuple[str, IgnoreReturnCallbackType, str]
"""What it is called, what it does, and a note."""


def _note(text: str) -> str:
    """A text as Textual takes notes: as markup, in which it stands for itself."""
    return Content(clean(text)).markup


class Commands(Provider):
    """The live bindings of the screen below, the screens, and the themes."""

    async def discover(self) -> Hits:
        """All of them."""
        for text, run, note in self._commands():
            yield DiscoveryHit(text, run, help=_note(note))

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for text, run, note in self._commands():
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), run, help=_note(note))

    def _commands(self) -> Iterator[_Command]:
        seen = set()
        for key, active in self.screen.active_bindings.items():
            id_, text = active.binding.id or "", active.binding.description
            if not text or id_.startswith(HIDDEN) or id_ in seen:
                continue
            seen.add(id_)
            run = partial(self.app.run_action, active.binding.action, active.node)
            yield text, run, f"{shown(key, plain=True)}   {id_}"
        for name, main in MAIN.items():
            go = partial(self.app.run_action, f"app.show_screen({name!r})")
            yield f"Go to {main.title}", go, "screen"
        yield "Theme", self.app.action_change_theme, "choose other colours"


class Finds(Provider):
    """Tasks, boards and agents: found in the database, so that none is too many."""

    async def search(self, query: str) -> Hits:
        """Boards, views and agents by their names, tasks by their numbers or titles."""
        app = cast("GenieApp", self.app)
        workspace = app.workspace
        if (backend := workspace.backend) is None:
            return
        matcher = self.matcher(query)

        def hit(score: float, text: str, run: Callable[[], object], note: str) -> Hit:
            return Hit(score, matcher.highlight(clean(text)), run, help=_note(note))

        project = workspace.place.project_id if workspace.place else None
        try:
            for place in await backend.places(workspace.place):
                if (score := matcher.match(place.name)) > 0:
                    yield hit(score, place.name, partial(app.go_to, place), "board")
            for saved in await backend.views.all():
                if (score := matcher.match(saved.name)) > 0:
                    go = partial(Going(app).go_to_view, saved)
                    yield hit(score, saved.name, go, f"view of {saved.place}")
            for agent in await backend.finding.agents(query):
                score = max(matcher.match(agent.name), 0.1)
                yield hit(score, agent.name, partial(app.show_agent, agent.id), "agent")
            for task in await backend.finding.tasks(query, project):
                where = f"{task.project}  " if project is None and task.project else ""
                note = f"task  {where}{task.stage}  {task.status.replace('_', ' ')}"
                text = f"#{task.seq} {task.title}"
                # It has all the words, which the matcher may rate at nothing.
                score = max(matcher.match(text), 0.1)
                yield hit(score, text, partial(app.open_task, task.id), note)
        except GenieError:
            # What keys do is found all the same.
            return
