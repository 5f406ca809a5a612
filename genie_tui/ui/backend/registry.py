"""What the registry's screen asks, and what it writes."""

from __future__ import annotations

from pathlib import Path

from genie_tui.domain.actors import Actor
from genie_tui.domain.registry import Entry, Version
from genie_tui.services import registry, registry_changes, registry_sources
from genie_tui.services.registry_changes import Added
from genie_tui.ui.backend.transactions import Transaction

__all__ = ["RegistryDesk"]


class RegistryDesk:
    """Reads what there is to install, and what is; changes it, with a sentence about what came."""

    def __init__(self, transaction: Transaction, me: Actor, home: Path) -> None:
        self._transaction = transaction
        self._me = me
        self._home = home

    async def entries(self) -> tuple[Entry, ...]:
        """All of them."""
        async with self._transaction() as conn:
            return await registry.entries(conn)

    async def versions(self, entry_id: str) -> tuple[Version, ...]:
        """Those of one entry, the newest first."""
        async with self._transaction() as conn:
            return await registry.versions(conn, entry_id)

    async def add(self, where: str, version: str | None) -> str:
        """Take an item in, from where it is."""
        source = await registry_sources.obtain(self._home, where, version)
        try:
            async with self._transaction() as conn:
                added = await registry_changes.add(conn, source, self._me)
        except BaseException:
            registry_sources.drop(self._home, source.item_id)
            raise
        return _said(f"added {added.entry.name} {added.entry.version}", added)

    async def upgrade(self, entry: Entry) -> str:
        """Take the newest version of an item."""
        used = Path(entry.path)
        try:
            source = await registry_sources.obtain_again(self._home, entry)
            async with self._transaction() as conn:
                added = await registry_changes.upgrade(conn, entry, source, self._me)
            used = source.path
        finally:
            registry_sources.keep_only(self._home, entry.id, used)
        if added.entry.version == entry.version:
            return f"there is no newer version of {entry.name} than {entry.version}"
        return _said(f"{entry.name}: from {entry.version} to {added.entry.version}", added)

    async def turn(self, entry: Entry, *, on: bool) -> str:
        """Have an item take part, or not."""
        async with self._transaction() as conn:
            if on:
                done = await registry_changes.activate(conn, entry, self._me)
                return f"activated {', '.join(done)}" if done else f"{entry.name} is active already"
            done_so = await registry_changes.deactivate(conn, entry, self._me)
            return f"deactivated {entry.name}" if done_so else f"{entry.name} is not active"

    async def remove(self, entry: Entry) -> str:
        """Take an item out."""
        async with self._transaction() as conn:
            await registry_changes.remove(conn, entry, self._me)
        registry_sources.drop(self._home, entry.id)
        return f"removed {entry.name}"


def _said(text: str, added: Added) -> str:
    if added.also:
        text += f"; activated what it needs: {', '.join(added.also)}"
    return f"{text}; not active: {'; '.join(added.missing)}" if added.missing else text
