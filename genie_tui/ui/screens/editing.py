"""Editing a task in place; what others changed meanwhile is shown, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from genie_tui.domain.dates import parse_date
from genie_tui.domain.tasks import Card
from genie_tui.errors import Conflict, GenieError
from genie_tui.ui.screens.choosing import ChoosingPage
from genie_tui.ui.screens.writing import explained
from genie_tui.ui.widgets.notice import Tone

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend
    from genie_tui.ui.widgets.prompt import Field

__all__ = ["EditingPage"]


class EditingPage(ChoosingPage):
    """`edit` opens the task's fields; only what was changed in them is written."""

    def action_edit(self) -> None:
        """Title, description, acceptance criteria, due date, effort."""
        if (card := self.target()) is None or (backend := self.workspace.backend) is None:
            return

        async def read() -> None:
            try:
                await self._edit(card, dict(await backend.fields.read(card.id)))
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)

        self.run_worker(self.workspace.keyboard.keep_during(read()), group="editing")

    async def _edit(self, card: Card, seen: dict[str, Any]) -> None:
        """Prompt with what is there; `seen` is what an edit must find unchanged."""
        shown = {name: _text(seen[name]) for name in FIELDS}

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            changed = {
                name: _value(name, text) for name, text in values.items() if text != shown[name]
            }
            theirs = await backend.fields.edit(card.id, changed, seen)
            if theirs:
                # What was typed stays; sent once more, it takes the place of theirs.
                seen.update(theirs)
                raise Conflict(_told(theirs))

        title = f"Edit #{card.seq} {card.title}"
        await self.prompt(title, _fields(shown), f"edit {card.id}", send)


FIELDS = ("title", "description", "acceptance_criteria", "due_date", "estimated_effort")


def _fields(shown: Mapping[str, str]) -> tuple[Field, ...]:
    from genie_tui.ui.widgets.prompt import Field

    def field(name: str, label: str, **how: Any) -> Field:
        return Field(name=name, label=label, value=shown[name], **how)

    return (
        field("title", "Title", required=True),
        field("description", "Description", lines=8, paragraphs=True),
        field("acceptance_criteria", "Acceptance criteria", lines=6, paragraphs=True),
        field("due_date", "Due", hint="2026-12-01, tomorrow, friday, 3d; nothing for no date"),
        field("estimated_effort", "Effort", hint="2h, 3 days, whatever says it"),
    )


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def _value(name: str, text: str) -> Any:
    if name == "due_date":
        return parse_date(text, datetime.now().astimezone()) if text.strip() else None
    return text if name == "title" else text.strip() or None


def _told(theirs: Mapping[str, Any]) -> str:
    """What somebody else wrote, field by field."""
    parts = [
        f"{name.replace('_', ' ')} is now {_text(value)!r}" if value else f"{name} is empty now"
        for name, value in theirs.items()
    ]
    return f"somebody changed it meanwhile: {'; '.join(parts)}. Send again to keep yours"
