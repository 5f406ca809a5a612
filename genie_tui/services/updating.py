"""Columns of one row, changed by their names; the names are ours, the values anybody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import AsyncConnection, sql

__all__ = ["assignments", "update"]

UPDATE = "UPDATE {table} SET {values} WHERE id = {id}"


def assignments(names: Iterable[str]) -> sql.Composed:
    """`name = %(name)s, …`, as an UPDATE sets columns by parameters of their names."""
    return sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in names
    )


async def update(
    conn: AsyncConnection,
    table: str,
    row_id: str,
    values: Mapping[str, Any],
    *,
    touch: bool = False,
) -> None:
    """Write some columns of the row of that id; nothing where there are none to write.

    `touch`: it has an updated_at, which no trigger sets.
    """
    if not values:
        return
    touched = [sql.SQL("updated_at = clock_timestamp()")] if touch else []
    query = sql.SQL(UPDATE).format(
        table=sql.Identifier(table),
        values=sql.SQL(", ").join([assignments(values), *touched]),
        id=sql.Placeholder("row_id"),
    )
    await conn.execute(query, {**values, "row_id": row_id})
