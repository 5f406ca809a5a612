"""What keys do with the registry's items: add, activate or not, upgrade, remove."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from genie_tui.domain.registry import Entry
from genie_tui.ui.screens.reading import ReadingPage
from genie_tui.ui.screens.writing import WritingPage
from genie_tui.ui.widgets.notice import Tone

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["RegistryVerbs"]


class RegistryVerbs(WritingPage, ReadingPage):
    """The keys act on the item that is under the cursor."""

    def item(self) -> Entry | None:
        """The item that keys act on."""
        raise NotImplementedError

    def subject(self) -> None:
        """No task has the cursor."""

    def meant(self) -> Entry | None:
        """The one under the cursor; where there is none, that is said."""
        if self.item() is None:
            self.say("no item is under the cursor")
        return self.item()

    async def action_add(self) -> None:
        """One more, of a directory or a git repository."""
        from genie_tui.ui.widgets.prompt import Field

        if self.writable() is None:
            return

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            version = values["version"].strip() or None
            said = await to.registry.add(values["where"].strip(), version)
            self.reread()
            self.say(said, tone=Tone.GOOD)

        where = Field(
            name="where",
            label="Directory, or address of a git repository",
            required=True,
            hint="it has a genie.json",
        )
        version = Field(name="version", label="Version", hint="the latest, if none is named")
        await self.prompt("Add an item", (where, version), "add an item", send)

    def action_activate(self) -> None:
        """Have it take part, with what it needs; or not."""
        if (entry := self.meant()) is None:
            return

        async def turn(to: Backend) -> str:
            said = await to.registry.turn(entry, on=not entry.active)
            self.reread()
            return said

        self.decide(turn)

    def action_upgrade(self) -> None:
        """Its newest version."""
        if (entry := self.meant()) is None:
            return

        async def upgrade(to: Backend) -> str:
            said = await to.registry.upgrade(entry)
            self.reread()
            return said

        if entry.git_url and self.writable() is not None:
            self.say(f"fetching what is new of {entry.name}")
        self.decide(upgrade)

    def action_remove(self) -> None:
        """Out of the registry, after asking."""
        if (entry := self.meant()) is None or self.writable() is None:
            return

        async def remove(to: Backend) -> str:
            said = await to.registry.remove(entry)
            self.reread()
            return said

        kept = "What was fetched of it goes too." if entry.git_url else f"{entry.path} stays."
        question = f"Remove {entry.name} {entry.version}?"
        reasons = ("Its versions go with it. Where others need it, nothing is done.", kept)
        self.ask(question, reasons, "Remove", lambda: self.decide(remove))
