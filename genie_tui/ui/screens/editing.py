"""Editing a task in place; what others changed meanwhile is shown, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from genie_tui.domain.dates import parse_date
from genie_tui.domain.tasks import Card
from genie_tui.errors import GenieError
from genie_tui.ui.screens.choosing import ChoosingPage
from genie_tui.ui.screens.writing import explained
from genie_tui.ui.widgets.notice import Tone

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend
    from genie_tui.ui.widgets.prompt import Field
    from genie_tui.ui.widgets.task_conflict import Choice

__all__ = ["EditingPage"]

FIELDS = {
    "title": "Title",
    "description": "Description",
    "acceptance_criteria": "Acceptance criteria",
    "due_date": "Due",
    "estimated_effort": "Effort",
}


class EditingPage(ChoosingPage):
    """`edit` opens the task's fields; only what was changed in them is written.

    Where somebody else changed the same, theirs and yours are shown beside each other.
    """

    def action_edit(self) -> None:
        """Title, description, acceptance criteria, due date, effort."""
        if (card := self.target()) is None or (backend := self.workspace.backend) is None:
            return

        async def read() -> None:
            try:
                seen = dict(await backend.fields.read(card.id))
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)
            else:
                _recall(self.workspace.drafts.of(f"edit {card.id}"), seen)
                await self._edit(card, seen)

        self.run_worker(self.workspace.keyboard.keep_during(read()), group="editing")

    async def _edit(self, card: Card, seen: dict[str, Any]) -> None:
        """Prompt with what is there; `seen` is what an edit must find unchanged."""
        shown = {name: _text(seen[name]) for name in FIELDS}
        typed: dict[str, str] = {}
        theirs: dict[str, Any] = {}

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            typed.update(values)
            theirs.update(await backend.fields.edit(card.id, _changes(values, seen), seen))

        def then(_: bool | None) -> None:
            if theirs:
                self._resolve(card, seen, typed, theirs)

        title = f"Edit #{card.seq} {card.title}"
        await self.prompt(title, _fields(shown), f"edit {card.id}", send, then)

    def _resolve(
        self, card: Card, seen: dict[str, Any], typed: dict[str, str], theirs: Mapping[str, Any]
    ) -> None:
        """Have somebody choose, for each field that was changed twice."""
        from genie_tui.ui.widgets.task_conflict import Clash, Conflict

        clashes = [
            Clash(name=name, label=FIELDS[name], theirs=_text(value), mine=typed[name])
            for name, value in theirs.items()
        ]

        async def chosen(choices: dict[str, Choice] | None) -> None:
            # Whatever comes of it, what was typed is there until it is written.
            _keep(self.workspace.drafts.of(f"edit {card.id}"), typed, seen)
            if choices is None:
                await self._edit(card, seen)
                return
            seen.update(theirs)
            typed.update(
                {name: _text(theirs[name]) for name, way in choices.items() if way == "theirs"}
            )
            _keep(self.workspace.drafts.of(f"edit {card.id}"), typed, seen)
            if "edit" in choices.values():
                await self._edit(card, seen)
            else:
                self.run_worker(self._write_resolved(card, seen, typed), group="write")

        title = f"somebody changed #{card.seq} meanwhile"
        self.app.push_screen(Conflict(title, clashes, ascii=self.ascii), chosen)

    async def _write_resolved(
        self, card: Card, seen: dict[str, Any], typed: dict[str, str]
    ) -> None:
        """Write what was chosen, unless somebody has been quicker once more."""
        backend = self.workspace.backend
        try:
            if backend is None:
                return
            changes = _changes(typed, seen)
            theirs = await backend.fields.edit(card.id, changes, seen) if changes else {}
        except GenieError as error:
            key = self.workspace.keymap.shown("task.edit")
            said = f"{explained(error)}; {key} has what you typed"
            self.say(said, tone=Tone.BAD)
            return
        if theirs:
            self._resolve(card, seen, typed, theirs)
            return
        self.workspace.drafts.of(f"edit {card.id}").clear()
        await self.tell_done(frozenset({card.id}))


def _changes(typed: Mapping[str, str], seen: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed that is not what one saw."""
    return {name: _value(name, text) for name, text in typed.items() if text != _text(seen[name])}


def _keep(
    drafts: MutableMapping[str, str], typed: Mapping[str, str], seen: Mapping[str, Any]
) -> None:
    """Have what was typed offered again, with what it was typed over."""
    drafts.update(typed)
    drafts.update({_was(name): _text(seen[name]) for name in FIELDS})


def _recall(drafts: MutableMapping[str, str], seen: dict[str, Any]) -> None:
    """What was typed before is offered again, where it is other than what it was typed over.

    Where that has changed since, the edit is as of then, so that the conflict is seen.
    """
    for name in FIELDS:
        now, was = _text(seen[name]), drafts.get(_was(name))
        if was is None or drafts.get(name, was) == was:
            drafts.pop(name, None)
            drafts[_was(name)] = now
        elif was != now:
            seen[name] = was


def _was(name: str) -> str:
    return f"was {name}"


def _fields(shown: Mapping[str, str]) -> tuple[Field, ...]:
    from genie_tui.ui.widgets.prompt import Field

    def field(name: str, **how: Any) -> Field:
        return Field(name=name, label=FIELDS[name], value=shown[name], **how)

    return (
        field("title", required=True),
        field("description", lines=8, paragraphs=True),
        field("acceptance_criteria", lines=6, paragraphs=True),
        field("due_date", hint="2026-12-01, tomorrow, friday, 3d; nothing for no date"),
        field("estimated_effort", hint="2h, 3 days, whatever says it"),
    )


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def _value(name: str, text: str) -> Any:
    if name == "due_date":
        return parse_date(text, datetime.now().astimezone()) if text.strip() else None
    return text if name == "title" else text.strip() or None
