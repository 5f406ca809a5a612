"""Writes docs/database.md from a database as the migrations make it.

python -m docs.schema            write the file

A test reads the database that it has, and compares.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path

import psycopg

from genie_tui.db import migrations, server
from genie_tui.settings import Settings

__all__ = ["FILE", "schema"]

FILE = Path(__file__).resolve().parent / "database.md"
PORT = 29871

TABLES = """
    SELECT c.oid, c.relname FROM pg_class c
     WHERE c.relnamespace = current_schema::regnamespace AND c.relkind IN ('r', 'p')
     ORDER BY starts_with(c.relname, 'tui_'), c.relname
"""
COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attnotnull THEN 'never' ELSE '' END,
           coalesce(pg_get_expr(d.adbin, d.adrelid), '')
      FROM pg_attribute a
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY a.attnum
"""
CONSTRAINTS = """
    SELECT pg_get_constraintdef(oid) FROM pg_constraint
     WHERE conrelid = %s AND contype IN ('p', 'u', 'f', 'c') ORDER BY contype, conname
"""
INDEXES = """
    SELECT i.relname, pg_get_indexdef(i.oid)
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
     WHERE x.indrelid = %s AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid)
     ORDER BY i.relname
"""
TRIGGERS = """
    SELECT tgname, proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE tgrelid = %s AND NOT tgisinternal ORDER BY tgname
"""

HEAD = """\
# Database

Written by `python -m docs.schema` from a database as the {count} migrations make it. The tables are
shared by every Genie client; what is called `tui_…` is genie-tui's own addition, which others may
ignore. [Events](events.md) has the channels that its triggers announce on.

{contents}
"""


def schema(conn: psycopg.Connection) -> str:
    """The page, of the database and schema that a connection works in."""
    tables = list(conn.execute(TABLES))
    contents = "\n".join(f"- [`{name}`](#{name})" for _, name in tables)
    parts = [HEAD.format(count=len(migrations.available()), contents=contents)]
    for oid, name in tables:
        parts.append(f"## {name}\n")
        parts.append(_table(("column", "type", "null", "default"), conn.execute(COLUMNS, [oid])))
        parts += _listed("Constraints", (text for (text,) in conn.execute(CONSTRAINTS, [oid])))
        parts += _listed("Indexes", (_brief(text) for _, text in conn.execute(INDEXES, [oid])))
        parts += _listed("Triggers", (f"{t} → {f}()" for t, f in conn.execute(TRIGGERS, [oid])))
    return "\n".join(parts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for column, kind, null, default in rows:
        shown = f"`{_one_line(default)}`" if default else ""
        lines.append(f"| `{column}` | {kind} | {null} | {shown} |")
    return "\n".join([*lines, ""])


def _listed(title: str, texts: Iterable[str]) -> list[str]:
    lines = [f"- `{_one_line(text)}`" for text in texts]
    return [f"{title}:\n", *lines, ""] if lines else []


def _brief(definition: str) -> str:
    """An index without the schema it happens to be in."""
    before, _, after = definition.partition(" ON ")
    return f"{before} ON {after.partition('.')[2] or after}"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


async def _migrate(conninfo: str) -> None:
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as conn:
        await migrations.migrate(conn)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="genie-schema-") as place:
        settings = Settings(home=Path(place) / "home", port=PORT)
        at = server.ensure(settings)
        try:
            asyncio.run(_migrate(at.conninfo))
            with psycopg.connect(at.conninfo, autocommit=True) as conn:
                FILE.write_text(schema(conn), encoding="utf-8")
        finally:
            server.stop(settings)
