"""What the system screen asks: the server's own view, and the end of its log."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

from genie_tui.db.starting import log_file
from genie_tui.domain.system import Report
from genie_tui.services import system
from genie_tui.settings import Settings
from genie_tui.ui.backend.transactions import Transaction

__all__ = ["SystemDesk"]

TAIL = 32 * 1024
"""Bytes at the end of the log that are read."""

LINES = 60


class SystemDesk:
    """Looks at the server."""

    def __init__(self, transaction: Transaction, settings: Settings) -> None:
        self._transaction = transaction
        self._settings = settings

    async def report(self) -> Report:
        """How everything stands now."""
        async with self._transaction() as conn:
            found = await system.report(conn)
        if self._settings.dsn is not None:
            return replace(found, mode="external: the one that --dsn names")
        log = await asyncio.to_thread(_tail, log_file(self._settings))
        return replace(found, mode=f"embedded, in {self._settings.data}", log=log)


def _tail(path: Path) -> tuple[str, ...]:
    """The last lines of a file; none where it cannot be read."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(length - TAIL, 0))
        lines = file.read().decode("utf-8", "replace").splitlines()
        return tuple(lines[-LINES:])
    return ()
