"""What the registry's screen asks."""

from __future__ import annotations

from genie_tui.domain.registry import Entry, Version
from genie_tui.services import registry
from genie_tui.ui.backend.transactions import Transaction

__all__ = ["RegistryDesk"]


class RegistryDesk:
    """Reads what there is to install, and what is."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def entries(self) -> tuple[Entry, ...]:
        """All of them."""
        async with self._transaction() as conn:
            return await registry.entries(conn)

    async def versions(self, entry_id: str) -> tuple[Version, ...]:
        """Those of one entry, the newest first."""
        async with self._transaction() as conn:
            return await registry.versions(conn, entry_id)
