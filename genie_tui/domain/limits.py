"""What a server, and our role on it, do not let us do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Limits"]

ESSENTIAL = "tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of the program a server lets work; the embedded one lets all of it.

    `pooled`: a connection pooler stands between, so that nothing lasts longer than a transaction.
    `standby`: it follows another server. `read_only`: it, or its database or role, is set so.
    `role` is ours, `schema` where our tables are, with `owner` and whether we `may_create` there.
    `missing` maps a privilege (`INSERT`) to our tables on which the role lacks it; with `filtered`
    row security decides which rows of these tables we see.
    """

    pooled: bool = False
    standby: bool = False
    read_only: bool = False
    role: str = ""
    schema: str | None = "public"
    owner: str = ""
    may_create: bool = True
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filtered: tuple[str, ...] = ()

    @property
    def grants(self) -> tuple[str, ...]:
        """What somebody with the right would have to run, a statement each."""
        if self.schema is None:
            return (f"GRANT USAGE ON SCHEMA public TO {_quoted(self.role)}",)
        tables: dict[tuple[str, ...], list[str]] = {}
        for privilege, names in self.missing.items():
            tables.setdefault(names, []).append(privilege)
        schema, role = _quoted(self.schema), _quoted(self.role)
        return tuple(
            f"GRANT {', '.join(privileges)} ON "
            f"{', '.join(f'{schema}.{_quoted(name)}' for name in names)} TO {role}"
            for names, privileges in tables.items()
        )

    @property
    def only_reads(self) -> str:
        """Why nothing can be written, and what to do about it; empty where something can."""
        if self.standby:
            return (
                "nothing can be written: this server is a standby; "
                "write on its primary, or wait until it is promoted"
            )
        if self.read_only:
            return (
                "nothing can be written: the server, the database or the role is set to read only; "
                "use another, or have default_transaction_read_only turned off"
            )
        if any(ESSENTIAL in self.missing.get(which, ()) for which in ("INSERT", "UPDATE")):
            return (
                f"nothing can be written: the role {self.role} may only read; "
                "'genie-tui db status' says what to ask the owner for"
            )
        return ""


def _quoted(name: str) -> str:
    """An identifier as SQL has it."""
    plain = name.isascii() and name.isidentifier() and name == name.lower()
    return name if plain else '"' + name.replace('"', '""') + '"'
