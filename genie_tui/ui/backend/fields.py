"""What keys change of a task itself: who has it, its tags and priority, its texts and dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genie_tui.domain.actors import Actor, acting
from genie_tui.domain.tasks import Tag
from genie_tui.services import editing, editor, people, tags, tasks
from genie_tui.settings import Settings
from genie_tui.ui.backend.transactions import Transaction

__all__ = ["FieldsDesk"]


class FieldsDesk:
    """Reads what there is to choose from, and writes what was chosen or typed."""

    def __init__(self, transaction: Transaction, settings: Settings, me: Actor) -> None:
        self._transaction = transaction
        self._settings = settings
        self._me = me

    async def people(self) -> tuple[tuple[str, str], ...]:
        """Whoever may be assigned: type and id."""
        async with self._transaction() as conn:
            return await people.known(conn)

    async def assign(self, task_id: str, type_and_id: str, *, on: bool) -> None:
        """Assign somebody, or not any more: `local/eng-1`, or a name alone."""
        chosen = acting(name=type_and_id, agent_name=None, login="", host="")
        async with self._transaction() as conn:
            verb = people.assign if on else people.unassign
            await verb(conn, task_id, chosen, by=self._me)

    async def tags(self) -> tuple[Tag, ...]:
        """All tags."""
        async with self._transaction() as conn:
            return await tags.list_tags(conn)

    async def tag(self, task_id: str, tag_id: str, *, on: bool) -> None:
        """Put a tag on, or take it off."""
        async with self._transaction() as conn:
            verb = tags.tag if on else tags.untag
            await verb(conn, task_id, tag_id, self._me)

    async def set_priority(self, task_id: str, priority: str) -> None:
        """Another priority."""
        async with self._transaction() as conn:
            await tasks.set_priority(conn, task_id, priority, self._me)

    async def read(self, task_id: str) -> Mapping[str, Any]:
        """What of a task can be edited, by the names of its columns."""
        async with self._transaction() as conn:
            return await editing.fields_of(conn, task_id)

    async def edit(
        self, task_id: str, values: Mapping[str, Any], seen: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Change fields, unless somebody else did; what those are now in which they did."""
        try:
            async with self._transaction() as conn:
                await editing.edit_task(conn, task_id, values, self._me, seen=seen)
        except editing.EditConflict as error:
            return {name: theirs for name, (_, theirs) in error.fields.items()}
        return {}

    def rewrite(self, text: str) -> str:
        """A text as it comes out of the user's editor."""
        return editor.rewrite(self._settings.editor, text)
