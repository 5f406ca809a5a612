"""All checks, in the order in which what is wrong is best mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from genie_tui.doctor import database, places, programs, terminal
from genie_tui.doctor.finding import Check, Finding, Patient, examine
from genie_tui.settings import Settings

__all__ = ["CHECKS", "examination"]

CHECKS: Mapping[str, Check] = {
    "home": places.home,
    "disk": places.disk,
    "file system": places.network,
    "memory": places.memory,
    "leftovers": places.leftovers,
    "binaries": programs.binaries_,
    "ports": database.ports,
    "server": database.server,
    "password": database.password,
    "migrations": database.migrated,
    "listener": database.listener,
    "clock": database.clock,
    "tmux": programs.tmux,
    "colours": terminal.colours,
    "encoding": terminal.encoding,
    "mouse": terminal.mouse,
    "widths": terminal.widths,
}


def examination(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Look at everything; nothing is started, and nothing is written."""
    patient = Patient(settings=settings, environment=environment)
    for name, check in CHECKS.items():
        yield from examine(name, check, patient)
