"""The contract's tables as DDL, and what PostgreSQL's catalog says of a schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from psycopg import AsyncConnection, sql

__all__ = ["contract", "migrated"]

CATALOG = Path(__file__).with_name("catalog.txt")

COLUMNS = """
    SELECT class.relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
           pg_get_expr(adbin, adrelid)
      FROM pg_attribute
      JOIN pg_class AS class ON class.oid = attrelid AND relkind = 'r'
      LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
     WHERE relnamespace = quote_ident(current_schema())::regnamespace
       AND attnum > 0 AND NOT attisdropped
"""
CONSTRAINTS = """
    SELECT class.relname, conname, pg_get_constraintdef(con.oid)
      FROM pg_constraint AS con
      JOIN pg_class AS class ON class.oid = conrelid
     WHERE connamespace = quote_ident(current_schema())::regnamespace AND contype <> 'n'
"""
INDEXES = """
    SELECT tablename, indexname, indexdef
      FROM pg_indexes
     WHERE schemaname = current_schema()
"""


async def migrated(conn: AsyncConnection) -> set[tuple[object, ...]]:
    """The catalog of the current schema, without what the contract leaves to us.

    What our own migrations add is named for them; the table of names is the runner's.
    """
    found = await _describe(conn)
    ours = ("tui_", "_genie_migrations")
    return {row for row in found if not any(str(part).startswith(ours) for part in row[1:3])}


async def contract(conn: AsyncConnection) -> set[tuple[object, ...]]:
    """The catalog that the contract's tables make, in a schema that is rolled back."""
    async with conn.transaction(force_rollback=True):
        await conn.execute("CREATE SCHEMA contract")
        await conn.execute("SET LOCAL search_path = contract")
        for statement in _tables_ddl():
            await conn.execute(statement)
        return await _describe(conn)


async def _describe(conn: AsyncConnection) -> set[tuple[object, ...]]:
    """Every column, constraint and index of the current schema, without the schema's name."""
    found: set[tuple[object, ...]] = set()
    for kind, query in (("column", COLUMNS), ("constraint", CONSTRAINTS), ("index", INDEXES)):
        rows = await (await conn.execute(query.encode())).fetchall()
        found |= {(kind, *row) for row in rows}
    schema = await (await conn.execute("SELECT quote_ident(current_schema())")).fetchone()
    assert schema is not None
    return {tuple(_without(schema[0], part) for part in row) for row in found}


def _without(schema: str, part: object) -> object:
    return part.replace(f"{schema}.", "") if isinstance(part, str) else part


def _tables_ddl() -> Iterator[sql.SQL]:
    """Statements that make the contract's tables, constraints and indexes in an empty schema."""
    text = re.sub(r"^#.*\n", "", CATALOG.read_text(), flags=re.MULTILINE)
    later: list[str] = []
    for block in text.strip().split("\n\n"):
        table, *lines = block.strip().splitlines()
        columns = " ".join(line.strip() for line in lines if not line.startswith("    ."))
        facts = [line.strip(" .") for line in lines if line.startswith("    .")]
        parts = [_column(one) for one in re.split(r", (?=[a-z_]+ [a-z])", columns)]
        yield sql.SQL(f"CREATE TABLE {table} ({', '.join(parts)})")
        later += [_fact(table, fact) for fact in facts]
    # Keys come first: references need what they point at.
    for statement in sorted(later, key=lambda one: (" KEY (" not in one, "FOREIGN" in one)):
        yield sql.SQL(statement)


def _column(text: str) -> str:
    text = text.replace("identity-always", "GENERATED ALWAYS AS IDENTITY").replace(
        "! ", " NOT NULL "
    )
    text = re.sub(r"!$", " NOT NULL", text)
    text = re.sub(
        r"= ('\w+-') \+ first 8 hex digits of a random uuid",
        r"DEFAULT \1 || substr(gen_random_uuid()::text, 1, 8)",
        text,
    )
    return text.replace(" = ", " DEFAULT ")


def _fact(table: str, fact: str) -> str:
    if index := re.fullmatch(r"(unique )?index (\w+) (gin )?(.*)", fact):
        unique, name, gin, rest = index.groups()
        using = "USING gin " if gin else ""
        return f"CREATE {unique or ''}INDEX {name} ON {table} {using}{rest}"
    if reference := re.fullmatch(r"ref (\(\w+\)) -> (\S+)(?: \((.*)\))?", fact):
        column, target, action = reference.groups()
        name = "CONSTRAINT fk_conv_parent_msg " if column == "(parent_message_id)" else ""
        on_delete = f" ON DELETE {action.upper()}" if action else ""
        return f"ALTER TABLE {table} ADD {name}FOREIGN KEY {column} REFERENCES {target}{on_delete}"
    if fact.startswith("key "):
        return f"ALTER TABLE {table} ADD PRIMARY KEY {fact.removeprefix('key ')}"
    if fact.startswith("unique "):
        return f"ALTER TABLE {table} ADD UNIQUE {fact.removeprefix('unique ')}"
    return f"ALTER TABLE {table} ADD CHECK ({fact.removeprefix('check ')})"
